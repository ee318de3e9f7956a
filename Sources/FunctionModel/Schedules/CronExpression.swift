/// When something is to happen, as people write it.
///
/// Five fields (minute, hour, day of month, month, day of week), six with seconds first; `@hourly`
/// and its kin, `@every 90s`, `@reboot`; and `rate(…)`, `cron(…)` and `at(…)` as EventBridge has them.
public struct CronExpression: Hashable, Sendable {
    /// What a schedule can be.
    public enum Meaning: Hashable, Sendable {
        /// Whenever the clock on the wall shows a time that fits.
        case calendar(CronPattern)
        /// Again and again after so many seconds.
        case every(seconds: Int64)
        /// Once, when the clock on the wall shows this: seconds as if the zone were UTC.
        case once(local: Int64)
        /// At the start of the host.
        case reboot
    }

    /// The most that a schedule may have.
    public static let longest = 256

    /// As it was written.
    public let text: String
    /// What it means.
    public let meaning: Meaning

    /// Reads a schedule.
    ///
    /// - Throws: The first mistake, with its place.
    public init(_ text: String) throws(CronMistake) {
        guard text.utf8.count <= Self.longest else {
            let end = text.utf8.count
            throw CronMistake(
                String(text.prefix(Self.longest)),
                end..<end,
                "a schedule has \(Self.longest) bytes at most"
            )
        }
        self.text = text
        meaning = try Self.read(CronText(text))
    }

    private static func read(_ text: CronText) throws(CronMistake) -> Meaning {
        let words = text.words()
        guard let first = words.first else {
            throw text.mistake(0..<0, "it is empty: write five fields, such as '0 6 * * *'")
        }
        if text.bytes[first.lowerBound] == UInt8(ascii: "@") {
            return try CronMacro.read(text, words)
        }
        if let call = try EventBridgeCall(text) { return try call.meaning() }
        return .calendar(try CronPattern(text, words))
    }
}

/// A schedule's text and places in it.
struct CronText {
    let text: String
    let bytes: [UInt8]

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    func mistake(_ place: Range<Int>, _ reason: String) -> CronMistake {
        CronMistake(text, place, reason)
    }

    subscript(range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The words between white space.
    func words() -> [Range<Int>] { words(in: 0..<bytes.count) }

    func words(in range: Range<Int>) -> [Range<Int>] {
        split(range, keepingEmpty: false) { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
    }

    /// The parts between separators.
    func parts(of range: Range<Int>, at separator: Character) -> [Range<Int>] {
        split(range, keepingEmpty: true) { $0 == separator.asciiValue }
    }

    private func split(
        _ range: Range<Int>,
        keepingEmpty: Bool,
        at isSeparator: (UInt8) -> Bool
    ) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        for index in range where isSeparator(bytes[index]) {
            if keepingEmpty || start < index { parts.append(start..<index) }
            start = index + 1
        }
        if keepingEmpty || start < range.upperBound { parts.append(start..<range.upperBound) }
        return parts
    }

    /// A whole number of at most nine digits; `nil` for anything else.
    func number(_ range: Range<Int>) -> Int? {
        guard (1...9).contains(range.count) else { return nil }
        var value = 0
        for index in range {
            let byte = bytes[index]
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return value
    }
}
