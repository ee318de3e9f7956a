internal import NIOCore

#if canImport(Glibc)
private import Glibc
#elseif canImport(Musl)
private import Musl
#else
private import Darwin
#endif

/// The `Date` field, written anew at most once a second.
///
/// There is one for each event loop.
struct HTTPDate {
    private var written: NIODeadline?
    private var line = ByteBuffer()

    /// The field with its line end.
    mutating func field(at now: NIODeadline) -> ByteBufferView {
        if let written, now - written < .seconds(1) { return line.readableBytesView }
        written = now
        line.clear()
        line.writeStaticString("date: ")
        line.writeString(Self.text(secondsSince1970: Int(time(nil))))
        line.writeStaticString("\r\n")
        return line.readableBytesView
    }

    /// An instant as RFC 9110, 5.6.7 writes it.
    static func text(secondsSince1970 seconds: Int) -> String {
        let days = seconds / 86_400
        let (year, month, day) = civil(days)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let time = seconds % 86_400
        let clock = [time / 3_600, time / 60 % 60, time % 60].map(padded).joined(separator: ":")
        return "\(weekdays[days % 7]), \(padded(day)) \(months[month - 1]) \(year) \(clock) GMT"
    }

    /// The Gregorian date of a day since 1970-01-01, by counting 400-year cycles from 0000-03-01.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let cycle = shifted / 146_097
        let dayOfCycle = shifted % 146_097
        let yearOfCycle =
            (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// What the connections of one event loop share.
final class LoopResources {
    private var date = HTTPDate()

    /// The `Date` field with its line end.
    func dateField(at now: NIODeadline) -> ByteBufferView { date.field(at: now) }
}
