import CellProtocol

/// What is decoded from bytes; lets a test write the decoding where a span can't go.
protocol Payload {
    init(_ payload: RawSpan) throws(ProtocolViolation)
}

extension Payload {
    init(bytes: [UInt8]) throws { try self.init(bytes.span.bytes) }
}

extension InvokeFrame: Payload {}
extension ConfigureFrame: Payload {}
extension AnswerFrame: Payload {}
extension ReadyFrame: Payload {}
extension RefusedFrame: Payload {}
extension FlowFrame: Payload {}
extension CancelFrame: Payload {}
extension RespondFrame: Payload {}
extension LogFrame: Payload {}
extension CallFrame: Payload {}
extension EndFrame: Payload {}
extension LeaveFrame: Payload {}
extension HostMessage: Payload {}
extension CellMessage: Payload {}

extension FrameHeader {
    init?(bytes: [UInt8], maximum: Int = FrameHeader.maximumPayload) throws {
        try self.init(bytes.span.bytes, maximum: maximum)
    }
}
