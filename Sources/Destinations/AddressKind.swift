/// What kind of place an IP address names, as far as a host that posts to callers' URLs must know.
enum AddressKind: Sendable, Equatable {
    /// A place of the Internet.
    case global
    /// This machine, or a network that only some can reach.
    case local
    /// No place that a report may ever go to: link-local addresses, where clouds answer with their
    /// secrets, and those that name no single host.
    case never

    /// Reads an address as systems print it; `never` for what isn't one.
    init(_ text: String) {
        let text = text.prefix { $0 != "%" }
        if let bytes = Self.version4(text) {
            self = Self.kind(version4: bytes)
        } else if let words = Self.version6(text) {
            self = Self.kind(version6: words)
        } else {
            self = .never
        }
    }

    private static func kind(version4 bytes: [Int]) -> AddressKind {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (169, 254, _), (224...255, _, _): .never
        case (10, _, _), (127, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _),
            (192, 0, 0), (192, 0, 2), (198, 18...19, _), (198, 51, 100), (203, 0, 113):
            .local
        default: .global
        }
    }

    private static func kind(version6 words: [Int]) -> AddressKind {
        let last = [words[6] >> 8, words[6] & 0xff, words[7] >> 8, words[7] & 0xff]
        switch (words[0], words[1]) {
        case (0, 0) where words[2..<5].allSatisfy({ $0 == 0 }):
            if words[5] == 0, words[6] == 0 { return words[7] == 1 ? .local : .never }
            // IPv4 in IPv6's clothes.
            return words[5] == 0 || words[5] == 0xffff ? kind(version4: last) : .local
        case (0x64, 0xff9b): return kind(version4: last)
        case (0x2002, _):
            return kind(version4: [words[1] >> 8, words[1] & 0xff, words[2] >> 8, words[2] & 0xff])
        case (0xfe80...0xfebf, _), (0xff00...0xffff, _), (0xfd00, 0xec2): return .never
        case (0x2000...0x3fff, _): return words[0] == 0x2001 && words[1] < 0x200 ? .local : .global
        default: return .local
        }
    }

    private static func version4(_ text: Substring) -> [Int]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.utf8.count <= 3 ? UInt8($0).map(Int.init) : nil }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func version6(_ text: Substring) -> [Int]? {
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = halves.first.flatMap(words) else { return nil }
        guard halves.count == 2 else { return first.count == 8 ? first : nil }
        guard let rest = words(halves[1]), first.count + rest.count <= 7 else { return nil }
        return first + Array(repeating: 0, count: 8 - first.count - rest.count) + rest
    }

    private static func words(_ text: Substring) -> [Int]? {
        guard !text.isEmpty else { return [] }
        var words: [Int] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            if part.contains("."), let bytes = version4(part) {
                words += [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
            } else {
                guard (1...4).contains(part.utf8.count), let word = UInt16(part, radix: 16) else {
                    return nil
                }
                words.append(Int(word))
            }
        }
        return words
    }
}
