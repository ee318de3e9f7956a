// Times of the clock on the wall, counted in seconds as if the zone were UTC.
extension CronPattern {
    /// Days that aren't looked at: what begins only after them never comes.
    private static let horizon = CivilDay(year: 10_000, month: 1, day: 1).number

    /// The first time at or after `time` and before `end` that fits; `nil` when there is none.
    func first(from time: Int64, before end: Int64) -> Int64? {
        guard time < end else { return nil }
        var day = time.floored(by: 86_400)
        if let second = second(from: Int(time - day * 86_400)), isDay(day) {
            let found = day * 86_400 + Int64(second)
            return found < end ? found : nil
        }
        day += 1
        let lastDay = min((end - 1).floored(by: 86_400), Self.horizon)
        guard day <= lastDay, let next = firstDay(from: day, through: lastDay),
            let second = second(from: 0)
        else { return nil }
        let found = next * 86_400 + Int64(second)
        return found < end ? found : nil
    }

    /// How many times from `time` on and before `end` fit.
    func count(from time: Int64, before end: Int64) -> Int {
        guard time < end else { return 0 }
        let (first, last) = (time.floored(by: 86_400), end.floored(by: 86_400))
        let (start, rest) = (Int(time - first * 86_400), Int(end - last * 86_400))
        if first == last {
            return isDay(first) ? seconds(before: rest) - seconds(before: start) : 0
        }
        let whole = seconds(before: 86_400)
        var count = isDay(first) ? whole - seconds(before: start) : 0
        count += days(from: first + 1, before: last) * whole
        return count + (rest > 0 && isDay(last) ? seconds(before: rest) : 0)
    }

    // MARK: Within a day

    /// The first second of the day at or after one that fits.
    private func second(from second: Int) -> Int? {
        let (hour, minute) = (second / 3_600, second / 60 % 60)
        if hours & (1 << UInt64(hour)) != 0 {
            if minutes & (1 << UInt64(minute)) != 0, let next = seconds.bit(from: second % 60) {
                return second - second % 60 + next
            }
            if let next = minutes.bit(from: minute + 1), let first = seconds.bit(from: 0) {
                return hour * 3_600 + next * 60 + first
            }
        }
        guard let next = hours.bit(from: hour + 1), let minute = minutes.bit(from: 0),
            let first = seconds.bit(from: 0)
        else { return nil }
        return next * 3_600 + minute * 60 + first
    }

    /// How many seconds of the day before one fit.
    private func seconds(before second: Int) -> Int {
        let (hour, minute) = (second / 3_600, second / 60 % 60)
        let perMinute = seconds.nonzeroBitCount
        let perHour = minutes.nonzeroBitCount * perMinute
        var count = hours.bits(before: hour) * perHour
        guard hour < 24, hours & (1 << UInt64(hour)) != 0 else { return count }
        count += minutes.bits(before: minute) * perMinute
        guard minutes & (1 << UInt64(minute)) != 0 else { return count }
        return count + seconds.bits(before: second % 60)
    }

    // MARK: Days

    private func isDay(_ number: Int64) -> Bool {
        let day = CivilDay(number: number)
        return mask(day.year, day.month) & (1 << UInt32(day.day)) != 0
    }

    /// The days of a month that fit, the first being bit 1.
    private func mask(_ year: Int, _ month: Int) -> UInt32 {
        guard months & (1 << UInt64(month)) != 0, years?.contains(year) ?? true else { return 0 }
        return days.mask(year: year, month: month)
    }

    private func firstDay(from number: Int64, through last: Int64) -> Int64? {
        var day = CivilDay(number: number)
        let end = CivilDay(number: last)
        while (day.year, day.month) <= (end.year, end.month) {
            let mask = mask(day.year, day.month) & (UInt32.max << UInt32(day.day))
            if mask != 0 {
                day.day = mask.trailingZeroBitCount
                return day.number <= last ? day.number : nil
            }
            guard advance(&day) else { return nil }
        }
        return nil
    }

    private func days(from number: Int64, before end: Int64) -> Int {
        var day = CivilDay(number: number)
        let end = CivilDay(number: end)
        var count = 0
        while (day.year, day.month) <= (end.year, end.month) {
            var mask = mask(day.year, day.month) & (UInt32.max << UInt32(day.day))
            if (day.year, day.month) == (end.year, end.month) {
                mask &= (1 << UInt32(end.day)) - 1
            }
            count += mask.nonzeroBitCount
            guard advance(&day) else { break }
        }
        return count
    }

    /// Goes to the first of the next month that may fit; false when there is none.
    private func advance(_ day: inout CivilDay) -> Bool {
        day.day = 1
        if let month = months.bit(from: day.month + 1) {
            day.month = month
            return true
        }
        guard let month = months.bit(from: 1) else { return false }
        day.month = month
        day.year += 1
        if let years {
            guard let year = years.first(where: { $0 >= day.year }) else { return false }
            day.year = year
        }
        return day.year < 10_000
    }
}

extension UInt64 {
    /// The first bit at or above a place; `nil` when there is none.
    fileprivate func bit(from place: Int) -> Int? {
        guard place < 64 else { return nil }
        let rest = self & (UInt64.max << UInt64(place))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    /// How many bits there are below a place.
    fileprivate func bits(before place: Int) -> Int {
        place >= 64 ? nonzeroBitCount : (self & ((1 << UInt64(place)) - 1)).nonzeroBitCount
    }
}
