// How the two day fields are read.
extension CronDays {
    /// Reads a day of the month: numbers, `L`, `L-3`, `LW`, `15W`.
    static func ofMonth(
        _ text: CronText,
        _ field: Range<Int>
    ) throws(CronMistake) -> [Item]? {
        guard !isOpen(text, field) else { return nil }
        var items: [Item] = []
        for part in text.parts(of: field, at: ",") { items.append(try day(text, part)) }
        return items
    }

    /// Reads a day of the week: numbers and names, `5L`, `5#3`.
    static func ofWeek(
        _ text: CronText,
        _ field: Range<Int>,
        _ kind: CronField
    ) throws(CronMistake) -> [Item]? {
        guard !isOpen(text, field) else { return nil }
        var items: [Item] = []
        for part in text.parts(of: field, at: ",") { items.append(try weekday(text, part, kind)) }
        return items
    }

    private static func isOpen(_ text: CronText, _ field: Range<Int>) -> Bool {
        text[field] == "*" || text[field] == "?"
    }

    private static func day(_ text: CronText, _ part: Range<Int>) throws(CronMistake) -> Item {
        let word = text[part].uppercased()
        if word == "L" { return .last(minus: 0) }
        if word == "LW" || word == "WL" { return .lastWeekday }
        if word.hasPrefix("L-") {
            let number = part.dropFirst(2)
            guard let minus = text.number(number), minus <= 30 else {
                throw text.mistake(number, "L-n is n days before the last one, n up to 30")
            }
            return .last(minus: minus)
        }
        if word.hasSuffix("W") {
            return .nearestWeekday(try CronField.day.number(text, part.dropLast()))
        }
        return .days(
            try CronField.day.numbers(text, part).reduce(0) { $0 | 1 << UInt32($1) }
        )
    }

    private static func weekday(
        _ text: CronText,
        _ part: Range<Int>,
        _ kind: CronField
    ) throws(CronMistake) -> Item {
        let word = text[part].uppercased()
        let sunday = kind.range.lowerBound
        if word == "L" {
            // The last day of a week that begins with Sunday.
            guard sunday == 1 else {
                throw text.mistake(part, "L needs a day: 5L is the last Friday of the month")
            }
            return .weekdays(1 << 6)
        }
        let halves = text.parts(of: part, at: "#")
        if halves.count == 2 {
            let day = try kind.number(text, halves[0])
            guard let count = text.number(halves[1]), (1...5).contains(count) else {
                throw text.mistake(halves[1], "5#3 is the third Friday: 1 to 5 follow the '#'")
            }
            return .nth(count, weekday: (day - sunday) % 7)
        }
        if word.hasSuffix("L"), halves.count == 1 {
            return .lastOf(weekday: (try kind.number(text, part.dropLast()) - sunday) % 7)
        }
        return .weekdays(
            try kind.numbers(text, part).reduce(0) { $0 | 1 << UInt8(($1 - sunday) % 7) }
        )
    }
}
