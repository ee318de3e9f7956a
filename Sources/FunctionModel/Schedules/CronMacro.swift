/// The words that begin with `@`.
enum CronMacro {
    private static let calendars = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
        "@hourly": "0 * * * *", "@minutely": "* * * * *",
    ]
    /// The longest that `@every` and `rate` may wait: ten years.
    static let longest: Int64 = 3_653 * 86_400

    static func read(
        _ text: CronText,
        _ words: [Range<Int>]
    ) throws(CronMistake) -> CronExpression.Meaning {
        let word = text[words[0]].lowercased()
        if word == "@every" { return .every(seconds: try interval(text, words)) }
        guard word == "@reboot" || calendars[word] != nil else {
            throw text.mistake(
                words[0],
                "there is no such word: @yearly, @monthly, @weekly, @daily, @hourly, @minutely, "
                    + "@every 90s and @reboot are known"
            )
        }
        if words.count > 1 {
            throw text.mistake(words[1], "nothing follows \(word)")
        }
        guard let fields = calendars[word] else { return .reboot }
        let canonical = CronText(fields)
        return .calendar(try CronPattern(canonical, canonical.words()))
    }

    /// `1h30m`, `90s`: numbers with units, each once at most, the largest first.
    private static func interval(
        _ text: CronText,
        _ words: [Range<Int>]
    ) throws(CronMistake) -> Int64 {
        let end = text.bytes.count
        guard words.count > 1 else {
            throw text.mistake(end..<end, "how often? write '@every 90s' or '@every 1h30m'")
        }
        if words.count > 2 { throw text.mistake(words[2], "the interval is one word, as 1h30m") }
        let units: [(UInt8, Int64)] = [
            (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3_600), (UInt8(ascii: "m"), 60),
            (UInt8(ascii: "s"), 1),
        ]
        var (total, start, known) = (Int64(0), words[1].lowerBound, units[...])
        for index in words[1] where !(48...57).contains(text.bytes[index]) {
            guard let count = text.number(start..<index),
                let unit = known.firstIndex(where: { $0.0 == text.bytes[index] })
            else {
                throw text.mistake(start..<index + 1, "write d, h, m and s, in this order: 1h30m")
            }
            total += Int64(count) * known[unit].1
            known = known[(unit + 1)...]
            start = index + 1
        }
        guard start == words[1].upperBound else {
            throw text.mistake(start..<words[1].upperBound, "a number needs a unit: d, h, m or s")
        }
        guard (1...longest).contains(total) else {
            throw text.mistake(words[1], "an interval is between one second and ten years")
        }
        return total
    }
}
