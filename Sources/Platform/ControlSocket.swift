internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// One end of a packet socket over which descriptors can be sent.
///
/// Never waits.
public struct ControlSocket: Sendable {
    /// What became of a packet.
    public enum Sending: Sendable {
        /// It is under way.
        case sent
        /// The other side doesn't keep up; try again later.
        case wouldBlock
        /// The other side has gone.
        case closed
    }

    /// What was there to receive.
    public enum Receiving: Sendable, Equatable {
        /// A packet.
        case packet([UInt8])
        /// Nothing for now.
        case nothing
        /// The other side has gone.
        case closed
        /// A packet that is too long or carries descriptors, which are not taken.
        case refused
    }

    /// The socket.
    public let descriptor: Descriptor

    /// Uses a socket made by `SocketPair(.packets)`.
    public init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// Sends a packet with copies of up to eight descriptors.
    ///
    /// - Throws: `SystemCallError` for anything but a full or closed socket.
    public func send(
        _ packet: [UInt8],
        descriptors: [Descriptor] = []
    ) throws(SystemCallError) -> Sending {
        let numbers = descriptors.map(\.rawValue)
        let count = unsafe roost_send_packet(
            descriptor.rawValue,
            packet,
            packet.count,
            numbers,
            numbers.count
        )
        if count >= 0 { return .sent }
        switch errno {
        case EAGAIN, ENOBUFS, ETOOMANYREFS: return .wouldBlock
        case EPIPE, ECONNRESET, ENOTCONN: return .closed
        default: throw SystemCallError("sendmsg")
        }
    }

    /// Takes the next packet of at most `maximum` bytes.
    ///
    /// - Throws: `SystemCallError` for an error of the socket itself.
    public func receive(maximum: Int) throws(SystemCallError) -> Receiving {
        var count = 0
        var code: Int32 = 0
        let packet = unsafe [UInt8](unsafeUninitializedCapacity: maximum) { buffer, initialized in
            guard let base = buffer.baseAddress else { return }
            count = unsafe roost_receive_packet(descriptor.rawValue, base, maximum)
            code = errno
            initialized = max(count, 0)
        }
        if count > 0 { return .packet(packet) }
        if count == 0 { return .closed }
        switch code {
        case EAGAIN: return .nothing
        case ECONNRESET: return .closed
        case EMSGSIZE: return .refused
        default: throw SystemCallError("recvmsg", code: code)
        }
    }
}
