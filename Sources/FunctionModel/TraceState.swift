/// The list that travels beside a trace: one member for each tracing system that saw it.
enum TraceState {
    private static let members = 32
    private static let bytes = 512
    private static let longMember = 128

    /// What may go on of the values that a caller sent, as one value; empty when the list breaks the
    /// rules.
    ///
    /// Too long a list loses long members first, then its oldest ones, which stand last.
    static func kept(of values: [String]) -> String {
        guard !values.isEmpty else { return "" }
        var kept: [Substring] = []
        var keys: Set<Substring> = []
        for value in values {
            for part in value.split(separator: ",") {
                let member = trimmed(part)
                guard !member.isEmpty else { continue }
                guard let key = key(of: member), keys.insert(key).inserted, kept.count < members
                else { return "" }
                kept.append(member)
            }
        }
        if size(kept) > bytes { kept.removeAll { $0.utf8.count > longMember } }
        while size(kept) > bytes { kept.removeLast() }
        return kept.joined(separator: ",")
    }

    private static func size(_ list: [Substring]) -> Int {
        list.reduce(max(0, list.count - 1)) { $0 + $1.utf8.count }
    }

    /// The key of a well-formed member; `nil` for anything else.
    private static func key(of member: Substring) -> Substring? {
        guard let equals = member.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = member[..<equals]
        let value = member[member.index(after: equals)...].utf8
        guard isKey(key.utf8), (1...256).contains(value.count), value.allSatisfy(isValueByte)
        else { return nil }
        return key
    }

    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        guard (1...256).contains(key.count), let first = key.first, isAlphanumeric(first) else {
            return false
        }
        let parts = key.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        let fits = parts.count == 1 || parts.count == 2 && !parts[1].isEmpty
        return fits && parts.allSatisfy { $0.allSatisfy(isKeyByte) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "_-*/".utf8.contains(byte)
    }

    private static func isValueByte(_ byte: UInt8) -> Bool {
        (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "=")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = text.utf8.firstIndex(where: { !isSpace($0) }),
            let last = text.utf8.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return text[first...last]
    }
}
