/// What is wrong with a glob pattern, so that it would fit other files than it seems to, or none.
struct PatternMistake {
    /// The most names that `{a,b}` may stand for.
    private static let mostChoices = 64

    /// The words that follow the pattern.
    let words: String

    /// Looks for the first mistake; `nil` when there is none.
    init?(in pattern: String) {
        guard let words = Self.words(Array(pattern.utf8)) else { return nil }
        self.words = words
    }

    private static func words(_ bytes: [UInt8]) -> String? {
        if bytes.first == UInt8(ascii: "/") {
            return "begins with '/': paths are below the watched directory, and have none"
        }
        var index = 0
        var (choices, isOpen, product) = (0, false, 1)
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"):
                index += 1
                if index == bytes.count { return "ends with a '\\' that stands before nothing" }
            case UInt8(ascii: "[") where !isOpen:
                guard let end = endOfSet(bytes, index) else { return unclosed("[") }
                index = end
            case UInt8(ascii: "{"):
                if isOpen { return "has braces within braces: write each choice out" }
                (isOpen, choices) = (true, 1)
            case UInt8(ascii: ",") where isOpen: choices += 1
            case UInt8(ascii: "}") where isOpen:
                isOpen = false
                product *= choices
                if product > mostChoices {
                    return "stands for more than \(mostChoices) names: make two of it"
                }
            default: break
            }
            index += 1
        }
        return isOpen ? unclosed("{") : nil
    }

    private static func unclosed(_ sign: String) -> String {
        "has a '\(sign)' that is never closed; write '\\\(sign)' for the character itself"
    }

    /// Where the `]` stands that ends a set; one right behind `[`, `[!` or `[^` is a member.
    private static func endOfSet(_ bytes: [UInt8], _ start: Int) -> Int? {
        var first = start + 1
        if first < bytes.count, "!^".utf8.contains(bytes[first]) { first += 1 }
        guard first < bytes.count else { return nil }
        return bytes[(first + 1)...].firstIndex(of: UInt8(ascii: "]"))
    }
}
