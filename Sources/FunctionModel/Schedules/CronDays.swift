/// The days that a schedule names by their place in month and week.
struct CronDays: Hashable, Sendable {
    /// One item of a day field.
    enum Item: Hashable, Sendable {
        /// Days of the month, a bit each.
        case days(UInt32)
        /// So many days before the last one of the month.
        case last(minus: Int)
        /// The weekday (Monday to Friday) of the month that is nearest to a day.
        case nearestWeekday(Int)
        /// The last weekday of the month.
        case lastWeekday
        /// Days of the week, a bit each, Sunday being bit 0.
        case weekdays(UInt8)
        /// The last such day of the week in the month.
        case lastOf(weekday: Int)
        /// The n-th such day of the week in the month.
        case nth(Int, weekday: Int)
    }

    /// `nil` for `*` and `?`.
    var ofMonth: [Item]?
    /// `nil` for `*` and `?`.
    var ofWeek: [Item]?

    /// The days of a month, a bit each, the first being bit 1.
    ///
    /// Where both fields say something, either suffices, as in every cron.
    func mask(year: Int, month: Int) -> UInt32 {
        let length = CivilDay.days(inMonth: month, of: year)
        let all = (UInt32(1) << UInt32(length) - 1) << 1
        let first = CivilDay(year: year, month: month, day: 1).weekday
        let shape = Month(length: length, firstWeekday: first)
        let days = ofMonth.map { $0.reduce(0) { $0 | shape.mask($1) } & all }
        let weekdays = ofWeek.map { $0.reduce(0) { $0 | shape.mask($1) } & all }
        switch (days, weekdays) {
        case (nil, nil): return all
        case (let days?, nil): return days
        case (nil, let weekdays?): return weekdays
        case (let days?, let weekdays?): return days | weekdays
        }
    }

    /// What days mean in a month of this length that begins so.
    private struct Month {
        let length: Int
        let firstWeekday: Int

        func mask(_ item: Item) -> UInt32 {
            switch item {
            case .days(let mask): mask
            case .last(let minus): minus < length ? bit(length - minus) : 0
            case .nearestWeekday(let day): day <= length ? bit(nearest(day)) : 0
            case .lastWeekday: bit(nearest(length))
            case .weekdays(let mask):
                (1...length).reduce(0) { all, day in
                    mask & (1 << UInt8(weekday(day))) == 0 ? all : all | bit(day)
                }
            case .lastOf(let weekday): bit(last(weekday))
            case .nth(let count, let weekday): nth(count, weekday)
            }
        }

        private func bit(_ day: Int) -> UInt32 { 1 << UInt32(day) }

        private func weekday(_ day: Int) -> Int { (firstWeekday + day - 1) % 7 }

        /// The nearest Monday to Friday that is in the same month.
        private func nearest(_ day: Int) -> Int {
            switch weekday(day) {
            case 6: day > 1 ? day - 1 : day + 2
            case 0: day < length ? day + 1 : day - 2
            default: day
            }
        }

        private func last(_ weekday: Int) -> Int {
            length - (self.weekday(length) - weekday + 7) % 7
        }

        private func nth(_ count: Int, _ weekday: Int) -> UInt32 {
            let day = 1 + (weekday - firstWeekday + 7) % 7 + 7 * (count - 1)
            return day <= length ? bit(day) : 0
        }
    }
}
