/// Why a zone's file can't be used.
public struct ZoneProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public var description: String

    /// Describes a problem.
    public init(_ description: String) { self.description = description }
}

extension ZoneRules {
    /// The most that a zone's file may have.
    public static let longestFile = 1 << 18

    /// Reads a file as IANA's compiler writes it (TZif, RFC 9636).
    ///
    /// - Throws: `ZoneProblem` for anything else, and for a zone that counts leap seconds, which no
    ///   clock of this system does.
    public init(name: String, file bytes: [UInt8]) throws(ZoneProblem) {
        let broken = ZoneProblem(
            "the file of the time zone '\(name)' is damaged: install tzdata anew"
        )
        guard bytes.count <= Self.longestFile, var first = TZifBlock(bytes, at: 0, wordSize: 4)
        else { throw broken }
        var footer: ArraySlice<UInt8> = []
        if first.version >= UInt8(ascii: "2") {
            guard let second = TZifBlock(bytes, at: first.end, wordSize: 8) else { throw broken }
            first = second
            let rest = bytes[second.end...]
            guard rest.first == 10, let end = rest.dropFirst().firstIndex(of: 10) else {
                throw broken
            }
            footer = rest[(rest.startIndex + 1)..<end]
        }
        guard first.leapSeconds == 0 else {
            throw ZoneProblem("the time zone '\(name)' counts leap seconds: use the one without")
        }
        var rule: ZoneFooter?
        if !footer.isEmpty {
            rule = ZoneFooter(String(decoding: footer, as: UTF8.self))
            guard rule != nil else { throw broken }
        }
        guard let content = first.content(bytes) else { throw broken }
        self.init(name: name, earliest: content.earliest, changes: content.changes, rule: rule)
    }

    /// Whether a name may be one of IANA's, so that a path can be made of it.
    public static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part.utf8.first != UInt8(ascii: "-")
                    && part.utf8.allSatisfy { byte in
                        (48...57).contains(byte) || (65...90).contains(byte)
                            || (97...122).contains(byte) || "_+-".utf8.contains(byte)
                    }
            }
    }
}

/// One of the two blocks of a zone's file: where its parts lie.
private struct TZifBlock {
    /// Far beyond every calendar, and far from where numbers overflow.
    private static let furthest: Int64 = 1 << 40
    let version: UInt8
    let leapSeconds: Int
    private let times: Int
    private let types: Int
    private let start: Int
    private let wordSize: Int
    let end: Int

    init?(_ bytes: [UInt8], at start: Int, wordSize: Int) {
        guard bytes.count >= start + 44, bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
            return nil
        }
        let counts = (0..<6).map { Int(Self.number(bytes, start + 20 + 4 * $0, 4)) }
        guard counts.allSatisfy({ (0...10_000).contains($0) }), counts[4] > 0 else { return nil }
        let (isUniversal, isStandard, leap) = (counts[0], counts[1], counts[2])
        version = bytes[start + 4]
        leapSeconds = leap
        times = counts[3]
        types = counts[4]
        self.start = start + 44
        self.wordSize = wordSize
        end =
            self.start + times * (wordSize + 1) + types * 6 + counts[5] + leap * (wordSize + 4)
            + isStandard + isUniversal
        guard end <= bytes.count else { return nil }
    }

    /// The changes; `nil` when one has a type that isn't there, or they aren't in order.
    func content(
        _ bytes: [UInt8]
    ) -> (earliest: Int64, changes: [(time: Int64, offset: Int64)])? {
        let typesStart = start + times * (wordSize + 1)
        func offset(_ type: Int) -> Int64 { Self.number(bytes, typesStart + 6 * type, 4) }
        guard (0..<types).allSatisfy({ abs(offset($0)) < 100_000 }) else { return nil }
        var earliest = offset(0)
        var changes: [(time: Int64, offset: Int64)] = []
        for index in 0..<times {
            let type = Int(bytes[start + times * wordSize + index])
            let time = Self.number(bytes, start + index * wordSize, wordSize)
            guard type < types, time > changes.last?.time ?? .min else { return nil }
            // Some files begin with the beginning of time.
            if time < -Self.furthest { earliest = offset(type) }
            if abs(max(time, -.max)) <= Self.furthest { changes.append((time, offset(type))) }
        }
        return (earliest, changes)
    }

    /// A signed number in network order.
    private static func number(_ bytes: [UInt8], _ start: Int, _ size: Int) -> Int64 {
        let bits = bytes[start..<start + size].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return size == 8 ? Int64(bitPattern: bits) : Int64(Int32(truncatingIfNeeded: bits))
    }
}
