internal import CPlatform

/// Two connected sockets of this machine, one to keep and one to give away.
public struct SocketPair: Sendable {
    /// What goes through.
    public enum Kind: Sendable {
        /// Whole packets, which can carry descriptors.
        case packets
        /// Bytes.
        case stream
    }

    /// The end to keep.
    public let near: Descriptor
    /// The end to give away.
    public let far: Descriptor

    /// Makes a pair; neither end survives an `exec`.
    ///
    /// - Throws: `SystemCallError` when the process has no descriptor left.
    public init(_ kind: Kind) throws(SystemCallError) {
        var pair: [Int32] = [-1, -1]
        guard roost_socket_pair(kind == .packets ? 1 : 0, &pair) == 0 else {
            throw SystemCallError("socketpair(AF_UNIX)")
        }
        near = Descriptor(owning: pair[0])
        far = Descriptor(owning: pair[1])
    }
}
