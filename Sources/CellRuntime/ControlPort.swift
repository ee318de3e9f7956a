internal import CCell
internal import CellProtocol
internal import Glibc

/// The cell's end of the control channel.
final class ControlPort: Sendable {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    struct Packet {
        var message: HostMessage
        var descriptors: [Int32]
    }

    /// Takes the next packet; `nil` when the host has gone.
    func receive() throws(ProtocolViolation) -> Packet? {
        var bytes = [UInt8](repeating: 0, count: ControlChannel.maximumPacket)
        var descriptors: [Int32] = [-1, -1, -1]
        var descriptorCount: Int32 = 0
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map {
                cell_control_receive(
                    descriptor,
                    $0,
                    buffer.count,
                    &descriptors,
                    &descriptorCount
                )
            } ?? 0
        }
        guard count > 0 else { return nil }
        let message = try HostMessage(bytes.span.bytes.extracting(0..<count))
        return Packet(
            message: message,
            descriptors: Array(descriptors.prefix(Int(descriptorCount)))
        )
    }

    /// Sends a message unless that would have to wait; whether it was sent.
    func offer(_ message: CellMessage) -> Bool {
        let bytes = message.encoded()
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        return Glibc.send(descriptor, bytes, bytes.count, flags) == bytes.count
    }

    /// Sends a message; the host's going is seen by `receive`.
    func send(_ message: CellMessage) {
        let bytes = message.encoded()
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
