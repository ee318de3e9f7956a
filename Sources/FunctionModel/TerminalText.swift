extension String {
    /// The text as it may be shown on a terminal among other lines, whoever wrote it.
    ///
    /// Control characters are written out (`\\u{1b}`), so that they steer no terminal, and so are those
    /// that turn the direction of writing; a further line is set in, so that it can't pass for a line
    /// of the log.
    public var forTerminal: String {
        guard unicodeScalars.contains(where: Self.needsCare) else { return self }
        var shown = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": shown += "\n    | "
            case "\t": shown += "\t"
            case let scalar where Self.needsCare(scalar):
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// The same in one line, for tables: further lines are written out as `\\n`.
    public var inOneLine: String {
        guard utf8.contains(UInt8(ascii: "\n")) || utf8.contains(UInt8(ascii: "\t")) else {
            return forTerminal
        }
        var line = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": line += "\\n"
            case "\t": line += "\\t"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line.forTerminal
    }

    private static func needsCare(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
