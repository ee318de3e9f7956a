/// Counts words in memory that has a bound.
///
/// A hash table with open addressing, which grows with the words up to its bound. When it is three
/// quarters full then, the rarest words go, as in lossy counting: with up to 49,152 distinct words the
/// counts are exact, beyond that the frequent ones are, but for the few times a word came before it
/// was frequent.
struct WordTable {
    static let longestWord = 64
    private static let mostSlots = 1 << 16

    private struct Entry {
        var hash: UInt64 = 0
        var count = 0
        var start: Int32 = 0
        var length: Int32 = 0
    }

    private var entries = [Entry](repeating: Entry(), count: 1 << 8)
    private var text: [UInt8] = []
    private var used = 0

    /// Counts one word.
    mutating func count(_ word: [UInt8]) {
        let hash = Self.hash(word)
        let slot = find(word, hash)
        if entries[slot].count == 0 {
            if used == entries.count * 3 / 4 {
                if entries.count < Self.mostSlots { grow() } else { prune() }
                return count(word)
            }
            entries[slot] = Entry(
                hash: hash,
                start: Int32(text.count),
                length: Int32(word.count)
            )
            text.append(contentsOf: word)
            used += 1
        }
        entries[slot].count += 1
    }

    /// The most frequent words, the most frequent first; alphabetically where equal.
    func top(_ number: Int) -> [Counts.Word] {
        entries.filter { $0.count > 0 }
            .map { entry in
                Counts.Word(word: String(decoding: bytes(entry), as: UTF8.self), count: entry.count)
            }
            .sorted { ($1.count, $0.word) < ($0.count, $1.word) }
            .prefix(number).map(\.self)
    }

    private func find(_ word: [UInt8], _ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (entries.count - 1)
        while entries[slot].count > 0 {
            if entries[slot].hash == hash, bytes(entries[slot]).elementsEqual(word) { break }
            slot = (slot + 1) & (entries.count - 1)
        }
        return slot
    }

    private func bytes(_ entry: Entry) -> ArraySlice<UInt8> {
        text[Int(entry.start)..<Int(entry.start + entry.length)]
    }

    /// Four times the slots; the words are distinct, so none has to be compared.
    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: Entry(), count: old.count * 4)
        for entry in old where entry.count > 0 {
            var slot = Int(truncatingIfNeeded: entry.hash) & (entries.count - 1)
            while entries[slot].count > 0 { slot = (slot + 1) & (entries.count - 1) }
            entries[slot] = entry
        }
    }

    /// Keeps the more frequent half, at most, and lays its text out anew.
    private mutating func prune() {
        let counts = entries.lazy.filter { $0.count > 0 }.map(\.count).sorted()
        let threshold = counts[counts.count / 2]
        let (old, oldText) = (entries, text)
        entries = [Entry](repeating: Entry(), count: old.count)
        text = []
        used = 0
        for entry in old where entry.count > threshold {
            let word = Array(oldText[Int(entry.start)..<Int(entry.start + entry.length)])
            let slot = find(word, entry.hash)
            entries[slot] = entry
            entries[slot].start = Int32(text.count)
            text.append(contentsOf: word)
            used += 1
        }
    }

    /// FNV-1a.
    private static func hash(_ word: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }
}
