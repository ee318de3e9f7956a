#if canImport(Glibc)
internal import Glibc
#endif

/// A file's bytes, mapped read-only.
///
/// Only for files that nobody can shorten meanwhile, as those of the image store: reading beyond a
/// shortened file's end is a fatal signal.
public final class MappedFile: Sendable {
    // A mapping that is never written and lives as long as this object.
    private nonisolated(unsafe) let start: UnsafeMutableRawPointer?
    /// The size in bytes.
    public let count: Int

    /// Maps a whole file.
    ///
    /// - Throws: `SystemCallError` when it can't be mapped.
    public init(_ file: Descriptor) throws(SystemCallError) {
        count = try FileIdentity(file).size
        guard count > 0 else {
            unsafe start = nil
            return
        }
        let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file.rawValue, 0)
        guard unsafe address != MAP_FAILED else { throw SystemCallError("mmap") }
        unsafe start = address
    }

    deinit { if let start = unsafe start { unsafe munmap(start, count) } }

    /// Lends the bytes for the time of a call.
    public func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let buffer = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return try body(unsafe RawSpan(_unsafeBytes: buffer))
    }
}
