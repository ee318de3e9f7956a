/// The words of a text without case and accents: `Zürich` and `zurich` are the same.
struct FoldedWords: Equatable {
    var words: [String]

    init(words: [String]) { self.words = words }

    init(_ text: String) {
        words = Self.folded(text).split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// Whether the words begin with others, the last of which may be cut short.
    func begin(with others: FoldedWords) -> Bool {
        guard let last = others.words.last, words.count >= others.words.count else { return false }
        let start = words.prefix(others.words.count)
        return start.dropLast().elementsEqual(others.words.dropLast())
            && start.last?.hasPrefix(last) == true
    }

    private static func folded(_ text: String) -> String {
        let small = text.lowercased()
        guard small.utf8.contains(where: { $0 >= 0x80 }) else { return small }
        return small.unicodeScalars.map(folded).joined()
    }

    /// Unicode's own name of a letter tells which plain one it is made of:
    /// `LATIN SMALL LETTER U WITH DIAERESIS`.
    private static func folded(_ scalar: Unicode.Scalar) -> String {
        guard !scalar.isASCII else { return String(scalar) }
        if scalar.properties.generalCategory == .nonspacingMark { return "" }
        let prefix = "LATIN SMALL LETTER "
        guard let name = scalar.properties.name, name.hasPrefix(prefix) else {
            return String(scalar)
        }
        let letter = name.dropFirst(prefix.count).split(separator: " WITH ").first ?? ""
        switch letter {
        case "SHARP S": return "ss"
        case "DOTLESS I": return "i"
        case "ETH": return "d"
        case "THORN": return "th"
        default: return letter.count <= 2 ? letter.lowercased() : String(scalar)
        }
    }
}
