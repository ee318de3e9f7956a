internal import FunctionModel

/// Amounts as people write them: a whole number and a unit.
enum Quantity {
    /// Reads `500ms`, `2s`, `5m` or `1h`; `nil` for anything else.
    static func milliseconds(_ text: String) -> Int? {
        amount(text, ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000])
    }

    /// Reads `64MiB`, `2GiB`, `512KiB`, `100B`, or with the decimal units; `nil` for anything else.
    static func bytes(_ text: String) -> ByteCount? {
        let units = [
            "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1_000,
            "MB": 1_000_000, "GB": 1_000_000_000,
        ]
        return amount(text, units).map { ByteCount(bytes: $0) }
    }

    /// Reads `100/s` or `30/m` as a number in a minute; `nil` for anything else.
    static func perMinute(_ text: String) -> Int? { amount(text, ["/s": 60, "/m": 1]) }

    /// Reads `50%`; `nil` for anything else.
    static func percent(_ text: String) -> Int? { amount(text, ["%": 1]) }

    private static func amount(_ text: String, _ units: [String: Int]) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Int(digits), let factor = units[String(unit)] else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : value
    }
}
