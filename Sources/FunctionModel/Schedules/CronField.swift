/// What one field of a schedule may say.
struct CronField {
    /// What people call it.
    let name: String
    let range: ClosedRange<Int>
    /// Names that stand for numbers, the first one for `range.lowerBound`.
    var names: [String] = []
    /// Where days of the week end: Sunday is 0 and 7.
    var isWeekday = false
    /// Whether a range may go over the end and on.
    var isRound = true

    static let second = CronField(name: "second", range: 0...59)
    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let day = CronField(name: "day of the month", range: 1...31)
    static let month = CronField(
        name: "month",
        range: 1...12,
        names: [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ]
    )
    /// Sunday is 0 and 7.
    static let weekday = CronField(
        name: "day of the week",
        range: 0...7,
        names: days,
        isWeekday: true
    )
    /// Sunday is 1.
    static let eventBridgeWeekday = CronField(
        name: "day of the week",
        range: 1...7,
        names: days,
        isWeekday: true
    )
    static let year = CronField(name: "year", range: 1970...2199, isRound: false)

    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// The last number before the field begins again.
    private var last: Int { isWeekday ? range.lowerBound + 6 : range.upperBound }

    /// Every number of one item of a list: `*`, `5`, `1-5`, `mon-fri`, `22-2`, each with `/step`.
    func numbers(_ text: CronText, _ item: Range<Int>) throws(CronMistake) -> [Int] {
        let parts = text.parts(of: item, at: "/")
        guard parts.count <= 2 else {
            throw text.mistake(parts[2], "one '/' is enough")
        }
        var step = 1
        if parts.count == 2 {
            guard let number = text.number(parts[1]), number > 0 else {
                throw text.mistake(parts[1], "a step is a whole number above 0")
            }
            step = number
        }
        let bounds = try bounds(text, parts[0], isOpen: parts.count == 2)
        guard bounds.first > bounds.last else {
            return Array(stride(from: bounds.first, through: bounds.last, by: step))
        }
        guard isRound else {
            throw text.mistake(parts[0], "this range of years ends before it begins")
        }
        // Over the end and on: 22-2.
        let size = last - range.lowerBound + 1
        return stride(from: bounds.first, through: bounds.last + size, by: step).map {
            $0 > last ? $0 - size : $0
        }
    }

    private func bounds(
        _ text: CronText,
        _ part: Range<Int>,
        isOpen: Bool
    ) throws(CronMistake) -> (first: Int, last: Int) {
        if text[part] == "*" { return (range.lowerBound, last) }
        let ends = text.parts(of: part, at: "-")
        let first = try number(text, ends[0])
        switch ends.count {
        case 1: return (first, isOpen ? max(first, last) : first)
        case 2:
            let end = try number(text, ends[1])
            // Sunday as 7 begins a week, and as 0 it ends one.
            let wraps = isWeekday && range.lowerBound == 0
            let start = wraps && first == 7 && end < 7 ? 0 : first
            return (start, wraps && end == 0 && start > 0 ? 7 : end)
        default: throw text.mistake(part, "a range has two ends, as 1-5")
        }
    }

    /// A number or a name.
    func number(_ text: CronText, _ part: Range<Int>) throws(CronMistake) -> Int {
        let word = text[part].lowercased()
        if let index = names.firstIndex(of: word) { return range.lowerBound + index }
        guard !part.isEmpty else { throw text.mistake(part, "the \(name) is missing here") }
        guard let number = text.number(part) else {
            throw text.mistake(part, "this is no \(name)\(hint)")
        }
        guard range.contains(number) else {
            throw text.mistake(
                part,
                "the \(name) is between \(range.lowerBound) and \(range.upperBound)"
            )
        }
        return number
    }

    private var hint: String {
        guard let first = names.first, let last = names.last else {
            return
                ": write \(range.lowerBound) to \(range.upperBound), '*', lists, ranges and steps"
        }
        return ": write \(range.lowerBound) to \(range.upperBound), or \(first) to \(last)"
    }
}
