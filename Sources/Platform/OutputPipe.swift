internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// A pipe that takes what a child writes to its standard output and error.
public struct OutputPipe: Sendable {
    /// What was there to read.
    public enum Reading: Sendable, Equatable {
        /// Some bytes.
        case bytes([UInt8])
        /// Nothing for now.
        case nothing
        /// Every writer has gone.
        case closed
    }

    /// The end to read; never waits.
    public let near: Descriptor
    /// The end for the child.
    public let far: Descriptor

    /// Makes a pipe.
    ///
    /// - Throws: `SystemCallError` when the process has no descriptor left.
    public init() throws(SystemCallError) {
        var pair: [Int32] = [-1, -1]
        guard roost_pipe(&pair) == 0 else { throw SystemCallError("pipe2") }
        near = Descriptor(owning: pair[0])
        far = Descriptor(owning: pair[1])
        // Of this end only: the child's printing is to wait when the pipe is full.
        guard fcntl(near.rawValue, F_SETFL, O_NONBLOCK) == 0 else {
            throw SystemCallError("fcntl")
        }
    }

    /// Reads what is there, at most 16 KiB.
    public static func read(_ near: Descriptor) -> Reading {
        let capacity = 16 << 10
        var count = 0
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
            count = unsafe Glibc.read(near.rawValue, buffer.baseAddress, capacity)
            code = errno
            initialized = max(count, 0)
        }
        if count > 0 { return .bytes(bytes) }
        return count < 0 && (code == EAGAIN || code == EINTR) ? .nothing : .closed
    }
}
