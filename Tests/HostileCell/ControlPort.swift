internal import CellProtocol

#if canImport(Glibc)
internal import Glibc
#endif

/// The cell's end of its control channel; takes descriptors along with packets.
struct ControlPort: Sendable {
    func send(_ message: CellMessage) { send(message.encoded()) }

    func send(_ packet: [UInt8]) {
        _ = unsafe Glibc.send(
            ControlChannel.descriptor,
            packet,
            packet.count,
            Int32(MSG_NOSIGNAL)
        )
    }

    /// Waits for the next packet; `nil` when the host has gone.
    func receive() -> (HostMessage, [Int32])? {
        var packet = [UInt8](repeating: 0, count: ControlChannel.maximumPacket)
        // One control message: 16 bytes of header (length, level, type), then the descriptors.
        var rights = [UInt64](repeating: 0, count: 8)
        var count = 0
        unsafe packet.withUnsafeMutableBytes { bytes in
            unsafe rights.withUnsafeMutableBytes { control in
                var part = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                unsafe withUnsafeMutablePointer(to: &part) { part in
                    var message = unsafe msghdr()
                    unsafe message.msg_iov = part
                    unsafe message.msg_iovlen = 1
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = control.count
                    count = unsafe recvmsg(
                        ControlChannel.descriptor,
                        &message,
                        Int32(MSG_CMSG_CLOEXEC)
                    )
                    if unsafe message.msg_controllen == 0 {
                        unsafe control.storeBytes(of: 0, as: Int.self)
                    }
                }
            }
        }
        guard count > 0 else { return nil }
        let length = Int(rights[0])
        let descriptors: [Int32] = unsafe rights.withUnsafeBytes { control in
            guard length >= 16 else { return [] }
            return (0..<(length - 16) / 4).map {
                unsafe control.load(fromByteOffset: 16 + $0 * 4, as: Int32.self)
            }
        }
        let bytes = packet.prefix(count)
        do {
            return (try HostMessage(Array(bytes).span.bytes), descriptors)
        } catch {
            fatalError("host sent nonsense: \(error)")
        }
    }
}
