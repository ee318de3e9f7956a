/// `rate(…)`, `cron(…)` and `at(…)` as EventBridge has them, with what it refuses.
struct EventBridgeCall {
    private enum Name: String, CaseIterable {
        case rate
        case cron
        case at
    }

    /// Nanoseconds since 1970 end in the next one.
    private static let lastYear = 2_261

    private let text: CronText
    private let name: Name
    /// What stands between the parentheses.
    private let inner: Range<Int>

    /// Finds the call; `nil` when the text is none.
    init?(_ text: CronText) throws(CronMistake) {
        guard let open = text.bytes.firstIndex(of: UInt8(ascii: "(")) else { return nil }
        guard let name = Name(rawValue: text[0..<open]) else {
            throw text.mistake(
                0..<max(1, open),
                "only rate(…), cron(…) and at(…) have parentheses, in small letters"
            )
        }
        let last = text.bytes.count - 1
        if let close = text.bytes.lastIndex(of: UInt8(ascii: ")")), close < last {
            throw text.mistake(close + 1..<last + 1, "nothing follows the closing parenthesis")
        }
        guard text.bytes[last] == UInt8(ascii: ")") else {
            throw text.mistake(last + 1..<last + 1, "the closing parenthesis is missing")
        }
        self.text = text
        self.name = name
        inner = open + 1..<last
    }

    func meaning() throws(CronMistake) -> CronExpression.Meaning {
        switch name {
        case .rate: .every(seconds: try rate())
        case .cron: .calendar(try CronPattern(eventBridge: text, text.words(in: inner)))
        case .at: .once(local: try instant())
        }
    }

    /// `5 minutes`; the unit is singular for 1 and plural for more.
    private func rate() throws(CronMistake) -> Int64 {
        let units: [(String, Int64)] = [("minute", 60), ("hour", 3_600), ("day", 86_400)]
        let words = text.words(in: inner)
        guard words.count == 2 else {
            throw text.mistake(inner, "a rate is a number and a unit: rate(5 minutes)")
        }
        guard let count = text.number(words[0]), count > 0 else {
            throw text.mistake(words[0], "the number of a rate is whole and positive")
        }
        let word = text[words[1]]
        guard let unit = units.first(where: { $0.0 == word || $0.0 + "s" == word }) else {
            throw text.mistake(
                words[1],
                "the unit of a rate is minute, minutes, hour, hours, day or days"
            )
        }
        let right = count == 1 ? unit.0 : unit.0 + "s"
        guard word == right else {
            throw text.mistake(words[1], "with \(count) the unit is '\(right)'")
        }
        let seconds = Int64(count) * unit.1
        guard seconds <= CronMacro.longest else {
            throw text.mistake(words[0], "a rate is ten years at most")
        }
        return seconds
    }

    /// `yyyy-mm-ddThh:mm:ss`.
    private func instant() throws(CronMistake) -> Int64 {
        let shape = Array("dddd-dd-ddTdd:dd:dd".utf8)
        let isShaped =
            inner.count == shape.count
            && zip(shape, text.bytes[inner]).allSatisfy { shape, byte in
                shape == UInt8(ascii: "d") ? (48...57).contains(byte) : shape == byte
            }
        guard isShaped else {
            throw text.mistake(inner, "write at(yyyy-mm-ddThh:mm:ss)")
        }
        func part(_ offset: Int, _ count: Int) -> Int {
            text.number(inner.lowerBound + offset..<inner.lowerBound + offset + count) ?? 0
        }
        let (year, month, day) = (part(0, 4), part(5, 2), part(8, 2))
        guard year <= Self.lastYear else {
            throw text.mistake(
                inner.prefix(4),
                "the last instant there may be is \(Self.lastYear)-12-31T23:59:59"
            )
        }
        let isDay =
            (1970...9999).contains(year) && (1...12).contains(month) && day >= 1
            && day <= CivilDay.days(inMonth: month, of: year)
        guard isDay else { throw text.mistake(inner.prefix(10), "there is no such day") }
        let (hour, minute, second) = (part(11, 2), part(14, 2), part(17, 2))
        guard hour < 24, minute < 60, second < 60 else {
            throw text.mistake(inner.suffix(8), "there is no such time of day")
        }
        let days = CivilDay(year: year, month: month, day: day).number
        return days * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    }
}
