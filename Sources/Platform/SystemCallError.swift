#if canImport(Glibc)
internal import Glibc
#endif

/// A system call that failed, with what the kernel said.
public struct SystemCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call, for example `open(/x)`.
    public let call: String
    /// The error number.
    public let code: Int32

    /// Keeps `errno`, or the given code, for the call that has just failed.
    public init(_ call: String, code: Int32? = nil) {
        self.call = call
        self.code = code ?? errno
    }

    /// The call and the kernel's words.
    public var description: String { "\(call): \(String(cString: strerror(code)))" }

    /// Whether the kernel still holds what was to be changed.
    var isBusy: Bool { code == EBUSY }
}
