/// Counts lines, words and bytes of a text that comes in pieces.
///
/// A word is a run of letters, digits and bytes beyond ASCII; ASCII letters are lowered. Of a word
/// longer than 64 bytes only the beginning counts for the list of frequent words.
struct WordCounter {
    private(set) var bytes = 0
    private(set) var lines = 0
    private(set) var words = 0
    private var table = WordTable()
    private var word: [UInt8] = []
    private var inWord = false

    /// What each byte counts as: 0 for what separates words, else the byte, lowered.
    private static let letters: [UInt8] = (0...255).map { (byte: UInt8) in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 128...:
            byte
        default: 0
        }
    }

    init() { word.reserveCapacity(WordTable.longestWord) }

    /// Counts a piece; a word may go on in the next.
    mutating func add(_ piece: UnsafeRawBufferPointer) {
        bytes += piece.count
        Self.letters.withUnsafeBufferPointer { letters in
            for byte in piece {
                let letter = letters[Int(byte)]
                if letter != 0 {
                    inWord = true
                    if word.count < WordTable.longestWord { word.append(letter) }
                } else {
                    if byte == UInt8(ascii: "\n") { lines += 1 }
                    if inWord { endWord() }
                }
            }
        }
    }

    /// Counts the word at the very end.
    mutating func finish() {
        if inWord { endWord() }
    }

    /// What was found so far.
    func counts(top: Int) -> Counts {
        Counts(bytes: bytes, lines: lines, words: words, top: top == 0 ? [] : table.top(top))
    }

    private mutating func endWord() {
        words += 1
        table.count(word)
        word.removeAll(keepingCapacity: true)
        inWord = false
    }
}
