/// A schedule that is written wrong, with the place of the mistake.
public struct CronMistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// The schedule as it was written.
    public var text: String
    /// Where the mistake begins, in characters from the start of the text.
    public var column: Int
    /// How many characters it has, at least 1.
    public var width: Int
    /// What is wrong, and what would be right.
    public var reason: String

    /// Marks a place given in bytes.
    init(_ text: String, _ bytes: Range<Int>, _ reason: String) {
        let all = Array(text.utf8)
        let start = min(max(bytes.lowerBound, 0), all.count)
        let end = min(max(bytes.upperBound, start), all.count)
        let marked = String(decoding: all[start..<end], as: UTF8.self)
        self.text = text
        column = String(decoding: all[..<start], as: UTF8.self).count
        width = max(1, marked.count)
        self.reason = reason
    }

    /// One sentence with the place in words.
    public var description: String {
        let part = text.dropFirst(column).prefix(width)
        let place = part.isEmpty ? "at its end" : "at character \(column + 1), '\(part)'"
        return "the schedule '\(text)' is wrong \(place): \(reason)"
    }

    /// The schedule with the place marked below, for terminals.
    public var marked: String {
        """
        \(text)
        \(String(repeating: " ", count: column))\(String(repeating: "^", count: width)) \(reason)
        """
    }
}
