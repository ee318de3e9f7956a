/// The rule for the years after those that a zone's file lists, in POSIX' words:
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneFooter: Hashable, Sendable {
    /// A day of each year and a time on it.
    private struct Turn: Hashable {
        enum Day: Hashable {
            /// Month, week (5 for the last), day of the week.
            case weekday(Int, Int, Int)
            /// 1 to 365: the 29th of February is never counted.
            case julian(Int)
            /// 0 to 365.
            case ordinal(Int)
        }

        var day: Day
        /// Seconds after midnight, by the clock before the change; may be negative or beyond a day.
        var time: Int64

        /// Seconds since 1970 by that clock.
        func local(_ year: Int) -> Int64 {
            let first = CivilDay(year: year, month: 1, day: 1).number
            let number: Int64
            switch day {
            case .julian(let day):
                let isLeap = CivilDay.days(inMonth: 2, of: year) == 29
                number = first + Int64(day - 1) + (isLeap && day >= 60 ? 1 : 0)
            case .ordinal(let day): number = first + Int64(day)
            case .weekday(let month, let week, let weekday):
                let start = CivilDay(year: year, month: month, day: 1)
                var day = 1 + (weekday - start.weekday + 7) % 7 + 7 * (week - 1)
                if day > CivilDay.days(inMonth: month, of: year) { day -= 7 }
                number = start.number + Int64(day - 1)
            }
            return number * 86_400 + time
        }
    }

    private let standard: Int64
    private let summer: (offset: Int64, start: Turn, end: Turn)?

    static func == (left: Self, right: Self) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.start == right.summer?.start && left.summer?.end == right.summer?.end
    }

    func hash(into hasher: inout Hasher) { hasher.combine(standard) }

    /// The latest change at or before an instant, and the first one after it.
    func changes(
        around time: Int64
    ) -> (before: (time: Int64, offset: Int64), after: (time: Int64, offset: Int64)) {
        guard let summer else { return ((.min, standard), (.max, standard)) }
        let year = CivilDay(number: time.floored(by: 86_400)).year
        var all: [(time: Int64, offset: Int64)] = []
        for year in year - 1...year + 1 {
            all.append((summer.start.local(year) - standard, summer.offset))
            all.append((summer.end.local(year) - summer.offset, standard))
        }
        all.sort { $0.time < $1.time }
        let next = all.firstIndex { $0.time > time } ?? all.count
        let after = next < all.count ? all[next] : (time: .max, offset: standard)
        return (all[max(next - 1, 0)], after)
    }

    // MARK: Reading

    /// Reads a rule; `nil` when it isn't one.
    init?(_ text: String) {
        var reader = Reader(bytes: Array(text.utf8)[...])
        guard reader.name(), let west = reader.time() else { return nil }
        standard = -west
        guard !reader.bytes.isEmpty else {
            summer = nil
            return
        }
        guard reader.name() else { return nil }
        var offset = standard + 3_600
        if reader.bytes.first != UInt8(ascii: ",") {
            guard let west = reader.time() else { return nil }
            offset = -west
        }
        guard reader.take(","), let start = reader.turn(), reader.take(","),
            let end = reader.turn(), reader.bytes.isEmpty
        else { return nil }
        summer = (offset, start, end)
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ character: Character) -> Bool {
            guard bytes.first == character.asciiValue else { return false }
            bytes.removeFirst()
            return true
        }

        /// A zone's short name: letters, or anything between `<` and `>`.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = bytes.firstIndex(of: UInt8(ascii: ">")) else { return false }
                bytes = bytes[(end + 1)...]
                return true
            }
            let rest = bytes.drop { (65...90).contains($0) || (97...122).contains($0) }
            defer { bytes = rest }
            return rest.count + 3 <= bytes.count
        }

        mutating func number() -> Int? {
            let rest = bytes.drop { (48...57).contains($0) }
            let digits = bytes[..<rest.startIndex]
            guard (1...3).contains(digits.count) else { return nil }
            bytes = rest
            return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        }

        /// `[+-]h[:m[:s]]` in seconds.
        mutating func time() -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(), hours <= 167 else { return nil }
            var seconds = hours * 3_600
            for unit in [60, 1] where take(":") {
                guard let part = number(), part < 60 else { return nil }
                seconds += part * unit
            }
            return Int64(isNegative ? -seconds : seconds)
        }

        mutating func turn() -> Turn? {
            let day: Turn.Day
            if take("M") {
                guard let month = number(), (1...12).contains(month), take("."),
                    let week = number(), (1...5).contains(week), take("."),
                    let weekday = number(), (0...6).contains(weekday)
                else { return nil }
                day = .weekday(month, week, weekday)
            } else if take("J") {
                guard let number = number(), (1...365).contains(number) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(), (0...365).contains(number) else { return nil }
                day = .ordinal(number)
            }
            guard take("/") else { return Turn(day: day, time: 7_200) }
            guard let time = time() else { return nil }
            return Turn(day: day, time: time)
        }
    }
}
