#if canImport(Glibc)
internal import Glibc
#endif

/// Standard output, a whole line at a time, so that scripts which wait for a line get it at once.
enum Terminal {
    /// Prints a line.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
