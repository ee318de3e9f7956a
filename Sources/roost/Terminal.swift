internal import Platform

/// What `serve` tells whoever started it.
enum Terminal {
    /// Prints a line.
    static func say(_ line: String) { StandardStream.output.write(line: line) }
}
