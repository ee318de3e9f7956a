/// The times of the clock on the wall that a schedule of fields names.
public struct CronPattern: Hashable, Sendable {
    /// A bit for each second, minute, hour.
    let seconds: UInt64
    let minutes: UInt64
    let hours: UInt64
    /// A bit for each month, January being bit 1.
    let months: UInt64
    /// Years in order; `nil` for all.
    let years: [Int]?
    let days: CronDays
    /// Whether it names times of day, and not each hour or minute: no `*` in either field.
    ///
    /// Changes of the clock concern only such schedules; others follow the clock.
    let isFixed: Bool

    /// Reads five fields, or six with seconds first.
    init(_ text: CronText, _ words: [Range<Int>]) throws(CronMistake) {
        guard words.count >= 5 else {
            let end = text.bytes.count
            throw text.mistake(
                end..<end,
                "five fields are needed (minute, hour, day of month, month, day of week), or six "
                    + "with seconds first; there \(words.count == 1 ? "is" : "are") \(words.count)"
            )
        }
        guard words.count <= 6 else {
            throw text.mistake(words[6], "there are at most six fields, seconds first")
        }
        let fields = words.count == 6 ? Array(words.dropFirst()) : words
        seconds = words.count == 6 ? try Self.mask(.second, text, words[0]) : 1
        minutes = try Self.mask(.minute, text, fields[0])
        hours = try Self.mask(.hour, text, fields[1])
        months = try Self.mask(.month, text, fields[3])
        years = nil
        days = CronDays(
            ofMonth: try CronDays.ofMonth(text, fields[2]),
            ofWeek: try CronDays.ofWeek(text, fields[4], .weekday)
        )
        isFixed = !text[fields[0].lowerBound..<fields[1].upperBound].contains("*")
    }

    /// Reads six fields with the year last, and Sunday being 1.
    init(eventBridge text: CronText, _ words: [Range<Int>]) throws(CronMistake) {
        guard words.count == 6 else {
            let end = text.bytes.count - 1
            throw text.mistake(
                words.count > 6 ? words[6] : end..<end,
                "cron(…) has six fields: minute, hour, day of month, month, day of week, year; "
                    + "there \(words.count == 1 ? "is" : "are") \(words.count)"
            )
        }
        let isOpen = (text[words[2]] == "?", text[words[4]] == "?")
        guard isOpen.0 != isOpen.1 else {
            throw text.mistake(
                words[isOpen.0 ? 4 : 2],
                "exactly one of day of month and day of week is '?'"
            )
        }
        seconds = 1
        minutes = try Self.mask(.minute, text, words[0])
        hours = try Self.mask(.hour, text, words[1])
        months = try Self.mask(.month, text, words[3])
        years = try Self.numbers(.year, text, words[5])
        days = CronDays(
            ofMonth: try CronDays.ofMonth(text, words[2]),
            ofWeek: try CronDays.ofWeek(text, words[4], .eventBridgeWeekday)
        )
        for field in [words[2], words[4]] { try Self.checkAlone(text, field) }
        for (field, most) in zip(words, [59, 23, 31, 12, 7]) {
            try Self.checkSteps(text, field, most)
        }
        isFixed = !text[words[0].lowerBound..<words[1].upperBound].contains("*")
    }

    /// EventBridge has no lists with L, W and #.
    private static func checkAlone(
        _ text: CronText,
        _ field: Range<Int>
    ) throws(CronMistake) {
        let items = text.parts(of: field, at: ",")
        guard items.count > 1 else { return }
        let special = items.first { item in
            let word = text[item].uppercased()
            return word.contains("#") || word.hasSuffix("L") || word.hasSuffix("W")
        }
        if let special { throw text.mistake(special, "L, W and # stand alone in cron(…)") }
    }

    /// EventBridge has no steps that lead out of their field at once.
    private static func checkSteps(
        _ text: CronText,
        _ field: Range<Int>,
        _ most: Int
    ) throws(CronMistake) {
        for item in text.parts(of: field, at: ",") {
            let parts = text.parts(of: item, at: "/")
            guard parts.count == 2, let step = text.number(parts[1]), step > most else { continue }
            throw text.mistake(parts[1], "in this field of cron(…) a step is \(most) at most")
        }
    }

    private static func numbers(
        _ field: CronField,
        _ text: CronText,
        _ word: Range<Int>
    ) throws(CronMistake) -> [Int]? {
        guard text[word] != "*" else { return nil }
        var all: Set<Int> = []
        for item in text.parts(of: word, at: ",") {
            all.formUnion(try field.numbers(text, item))
        }
        return all.sorted()
    }

    private static func mask(
        _ field: CronField,
        _ text: CronText,
        _ word: Range<Int>
    ) throws(CronMistake) -> UInt64 {
        var mask: UInt64 = 0
        for item in text.parts(of: word, at: ",") {
            for number in try field.numbers(text, item) { mask |= 1 << UInt64(number) }
        }
        return mask
    }
}
