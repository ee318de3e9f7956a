#if canImport(Glibc)
internal import Glibc
#endif

/// Where a program speaks: a whole line at a time, so that lines of several threads don't mix and
/// scripts that wait for one get it at once.
public enum StandardStream: Int32, Sendable {
    /// Standard output.
    case output = 1
    /// Standard error.
    case error = 2

    /// Whether a person reads it.
    public var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Writes a line; that nobody listens is no error.
    public func write(line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
    }
}
