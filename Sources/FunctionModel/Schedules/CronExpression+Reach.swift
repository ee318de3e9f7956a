extension CronExpression {
    /// Checks that it names a time at all, past or to come.
    ///
    /// - Throws: A mistake that marks the day that none of its months has.
    public func checkThatItComes() throws(CronMistake) {
        guard case .calendar(let pattern) = meaning, !pattern.mayCome(from: 0) else { return }
        let text = CronText(text)
        let isOfMonth = pattern.days.ofMonth != nil
        var reason = "no month that it names has such a day"
        if pattern.years != nil { reason += " in the years that it names" }
        if isOfMonth { reason += "; L is a month's last day" }
        throw text.mistake(Self.dayField(text, ofMonth: isOfMonth), reason)
    }

    /// Where the days stand in a text that can be read: third or fifth, behind seconds one later.
    private static func dayField(_ text: CronText, ofMonth: Bool) -> Range<Int> {
        let place = ofMonth ? 2 : 4
        if let open = text.bytes.firstIndex(of: UInt8(ascii: "(")) {
            return text.words(in: open + 1..<text.bytes.count - 1)[place]
        }
        let words = text.words()
        return words[words.count - 5 + place]
    }
}
