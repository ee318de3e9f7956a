/// Instants as RFC 3339 writes them.
public enum UTCInstant {
    /// Reads an instant, with `Z` or an offset; fractions are cut off.
    ///
    /// `nil` for anything else.
    public static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        let shape = Array("dddd-dd-ddTdd:dd:dd".utf8)
        guard bytes.count > shape.count,
            zip(shape, bytes).allSatisfy({ shape, byte in
                switch shape {
                case UInt8(ascii: "d"): (48...57).contains(byte)
                case UInt8(ascii: "T"): "Tt ".utf8.contains(byte)
                default: shape == byte
                }
            })
        else { return nil }
        func part(_ start: Int, _ count: Int) -> Int {
            bytes[start..<start + count].reduce(0) { $0 * 10 + Int($1) - 48 }
        }
        let (year, month, day) = (part(0, 4), part(5, 2), part(8, 2))
        let (hour, minute, second) = (part(11, 2), part(14, 2), part(17, 2))
        guard (1...12).contains(month), day >= 1, day <= CivilDay.days(inMonth: month, of: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var rest = bytes[shape.count...]
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest[digits.endIndex...]
        }
        guard let offset = offset(rest) else { return nil }
        let days = CivilDay(year: year, month: month, day: day).number
        return days * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - offset
    }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
        if bytes.elementsEqual("Z".utf8) || bytes.elementsEqual("z".utf8) { return 0 }
        let text = Array(bytes)
        guard text.count == 6, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            text[3] == UInt8(ascii: ":"),
            [1, 2, 4, 5].allSatisfy({ (48...57).contains(text[$0]) })
        else { return nil }
        let hours = Int64(text[1] - 48) * 10 + Int64(text[2] - 48)
        let minutes = Int64(text[4] - 48) * 10 + Int64(text[5] - 48)
        guard hours < 24, minutes < 60 else { return nil }
        let offset = hours * 3_600 + minutes * 60
        return text[0] == UInt8(ascii: "-") ? -offset : offset
    }

    /// Writes an instant in UTC, to the second.
    public static func text(seconds: Int64) -> String {
        let number = seconds.floored(by: 86_400)
        let day = CivilDay(number: number)
        let time = Int(seconds - number * 86_400)
        return padded(day.year, 4) + "-" + padded(day.month, 2) + "-" + padded(day.day, 2) + "T"
            + padded(time / 3_600, 2) + ":" + padded(time / 60 % 60, 2) + ":"
            + padded(time % 60, 2) + "Z"
    }

    /// Writes an instant in UTC, to the millisecond where it isn't a whole second.
    public static func text(_ time: WallTime) -> String {
        let seconds = time.nanoseconds.floored(by: 1_000_000_000)
        let milliseconds = Int((time.nanoseconds - seconds * 1_000_000_000) / 1_000_000)
        let text = text(seconds: seconds)
        return milliseconds == 0 ? text : text.dropLast() + "." + padded(milliseconds, 3) + "Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
