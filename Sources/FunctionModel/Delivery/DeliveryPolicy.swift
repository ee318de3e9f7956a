/// Where the host may report the ends of invocations to, as its operator allows it.
public struct DeliveryPolicy: Sendable, Hashable {
    /// Beginnings of URLs; `*` alone stands for every host with a public address.
    public var urls: [String] = []
    /// The directory below which files may be written; `nil` for nowhere.
    public var directory: String?

    /// Allows nothing.
    public init() {}

    /// Whether every host with a public address is allowed.
    public var allowsPublicHosts: Bool { urls.contains("*") }

    /// Whether a URL stands below one that the operator names.
    public func names(_ url: String) -> Bool {
        guard let url = DeliveryURL(url) else { return false }
        return urls.contains { DeliveryURL($0).map(url.isPart) ?? false }
    }

    /// Why a destination isn't allowed; `nil` when it is, as far as its text tells.
    public func problem(_ destination: Destination) -> DeliveryProblem? {
        switch destination {
        case .function, .event: return nil
        case .url(let url):
            guard DeliveryURL(url) != nil else {
                return DeliveryProblem("'\(url.prefix(128))' is no URL that the host can post to")
            }
            guard !allowsPublicHosts, !names(url) else { return nil }
            return DeliveryProblem(
                "the host may not post to '\(url.prefix(128))': its operator names the URLs that "
                    + "are allowed as 'deliverTo' in roost.yaml"
            )
        case .file(let name):
            guard directory != nil else {
                return DeliveryProblem(
                    "the host may not write '\(name.prefix(128))': its operator names the directory "
                        + "that is allowed as 'deliverInto' in roost.yaml"
                )
            }
            guard Self.isPlain(name) else {
                return DeliveryProblem(
                    "'\(name.prefix(128))' is no file name: write 1 to 128 of letters, digits, '.', "
                        + "'_' and '-', not beginning with '.'"
                )
            }
            return nil
        }
    }

    /// Why a destination that a caller wishes isn't allowed.
    public func problem(_ wishes: DeliveryWishes) -> DeliveryProblem? {
        let all = [wishes.callback.map(Destination.url), wishes.onSuccess, wishes.onFailure]
        return all.compactMap { $0.flatMap(problem) }.first
    }

    /// A file lies in the directory itself: a name, no path.
    private static func isPlain(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
                    || "._-".unicodeScalars.contains($0)
            }
    }
}
