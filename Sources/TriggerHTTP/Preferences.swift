/// What a client would like, as RFC 7240 writes it; what isn't known here is passed over.
struct Preferences: Sendable, Equatable {
    /// The longest wait that is granted, in seconds.
    static let longestWait = 60

    /// Whether the reply may come before the work is done; with a wait, after it at most.
    var respondsAsync = false
    /// How many seconds the client would wait.
    var wait: Int?

    /// Reads one `Prefer` field; the first of two that contradict each other holds.
    mutating func add(_ value: String) {
        for member in FieldText.members(value) {
            let preference = member.prefix { $0 != ";" }
            let parts = preference.split(separator: "=", maxSplits: 1).map(FieldText.trimmed)
            guard let name = parts.first else { continue }
            if FieldText.equals(name, lowercase: "respond-async") { respondsAsync = true }
            if FieldText.equals(name, lowercase: "wait"), parts.count == 2, wait == nil,
                let seconds = UInt32(Self.unquoted(parts[1]))
            {
                wait = min(Int(seconds), Self.longestWait)
            }
        }
    }

    private static func unquoted(_ text: Substring) -> Substring {
        text.count >= 2 && text.first == "\"" && text.last == "\""
            ? text.dropFirst().dropLast() : text
    }
}
