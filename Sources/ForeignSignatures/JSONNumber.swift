/// Numbers as JSON writes them, read exactly.
public enum JSONNumber {
    /// A whole number without fraction and exponent: its sign and its magnitude.
    ///
    /// `nil` where it isn't one, or 64 bits don't hold it.
    public static func integer(
        _ text: Span<UInt8>,
        _ range: Range<Int>
    ) -> (isNegative: Bool, magnitude: UInt64)? {
        var index = range.lowerBound
        guard index < range.upperBound else { return nil }
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        guard index < range.upperBound else { return nil }
        // As JSON has it: "007" is no number, also where it stands in quotation marks.
        if text[index] == 0x30, index + 1 < range.upperBound { return nil }
        var value: UInt64 = 0
        while index < range.upperBound {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = product.addingReportingOverflow(UInt64(digit))
            guard !isTooLarge, !isLarger else { return nil }
            value = sum
            index += 1
        }
        return (isNegative, value)
    }

    /// The nearest number of 64 bits; `nil` where it isn't a number, infinite where it is too large.
    public static func double(_ text: Span<UInt8>, _ range: Range<Int>) -> Double? {
        if let (mantissa, exponent, isNegative) = short(text, range), mantissa < 1 << 53,
            abs(exponent) <= 22
        {
            // Both are exact, so their product or quotient is rounded once.
            let power = Self.powers[abs(exponent)]
            let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return isNegative ? -value : value
        }
        return Double(string(text, range))
    }

    /// The nearest number of 32 bits.
    public static func float(_ text: Span<UInt8>, _ range: Range<Int>) -> Float? {
        if let (mantissa, exponent, isNegative) = short(text, range), mantissa < 1 << 24,
            abs(exponent) <= 10
        {
            let power = Float(Self.powers[abs(exponent)])
            let value = exponent < 0 ? Float(mantissa) / power : Float(mantissa) * power
            return isNegative ? -value : value
        }
        return Float(string(text, range))
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    private static func string(_ text: Span<UInt8>, _ range: Range<Int>) -> String {
        String(unsafeUninitializedCapacity: range.count) { buffer in
            for index in range { buffer[index - range.lowerBound] = text[index] }
            return range.count
        }
    }

    /// The digits and the power of ten of a number with at most 18 digits.
    private static func short(
        _ text: Span<UInt8>,
        _ range: Range<Int>
    ) -> (UInt64, Int, Bool)? {
        var index = range.lowerBound
        guard index < range.upperBound, range.count <= 24 else { return nil }
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var mantissa: UInt64 = 0
        var exponent = 0
        var digits = 0
        var isFraction = false
        while index < range.upperBound {
            let byte = text[index]
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else if byte &- 0x30 < 10 {
                mantissa = mantissa * 10 + UInt64(byte &- 0x30)
                digits += 1
                if isFraction { exponent -= 1 }
                guard digits <= 18 else { return nil }
            } else {
                break
            }
            index += 1
        }
        guard digits > 0 else { return nil }
        if index < range.upperBound {
            guard let written = power(text, index..<range.upperBound) else { return nil }
            exponent += written
        }
        return (mantissa, exponent, isNegative)
    }

    private static func power(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound + 1
        guard text[range.lowerBound] | 0x20 == UInt8(ascii: "e"), index < range.upperBound else {
            return nil
        }
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative || text[index] == UInt8(ascii: "+") { index += 1 }
        guard index < range.upperBound, range.upperBound - index <= 3 else { return nil }
        var value = 0
        while index < range.upperBound {
            guard text[index] &- 0x30 < 10 else { return nil }
            value = value * 10 + Int(text[index] &- 0x30)
            index += 1
        }
        return isNegative ? -value : value
    }
}
