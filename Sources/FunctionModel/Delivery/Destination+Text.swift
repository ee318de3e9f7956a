extension Destination: CustomStringConvertible {
    /// Reads a destination as people write it: `function:shop.mail`, `event:order.failed`,
    /// `file:failed.jsonl`, or a URL with `http:` or `https:`.
    ///
    /// - Throws: `DeliveryProblem` with what should have been written.
    public init(_ text: String) throws(DeliveryProblem) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, text.utf8.count <= Self.longest,
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else { throw Self.problem(text) }
        let rest = String(parts[1])
        switch parts[0].lowercased() {
        case "function":
            do { self = .function(try FunctionName(rest)) } catch {
                throw DeliveryProblem("'\(text)' doesn't name a function: \(error)")
            }
        case "event": self = .event(type: rest)
        case "file": self = .file(rest)
        case "http", "https":
            guard rest.hasPrefix("//"), rest.utf8.count > 2, !text.contains(" ") else {
                throw Self.problem(text)
            }
            self = .url(text)
        default: throw Self.problem(text)
        }
    }

    /// The destination as people write it.
    public var description: String {
        switch self {
        case .function(let name): "function:\(name)"
        case .event(let type): "event:\(type)"
        case .url(let url): url
        case .file(let name): "file:\(name)"
        }
    }

    /// The longest text of a destination, in bytes.
    public static let longest = 2_048

    private static func problem(_ text: String) -> DeliveryProblem {
        DeliveryProblem(
            "'\(text.prefix(128))' is no destination: write function:plugin.name, event:type, "
                + "https://host/path or file:name"
        )
    }
}

/// Why a wish about delivery can't be taken, in a sentence that says what is expected.
public struct DeliveryProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence.
    public var description: String

    /// Refuses a wish.
    public init(_ description: String) { self.description = description }
}
