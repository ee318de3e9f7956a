internal import FunctionModel
internal import NIOCore
internal import NIOHTTP1

/// The inbound half of the codec: SwiftNIO's HTTP/1 decoder, with the listener's limits.
final class HTTP1Decoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// What the decoder may hold of a head that is not complete.
    static func bufferSize(_ limits: ListenerLimits) -> Int {
        2 * (limits.headers.bytes + limits.requestLine.bytes)
    }

    private let decoder: HTTPRequestDecoder

    init(limits: ListenerLimits) {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldSize = limits.headers.bytes
        configuration.maxHeaderListSize = limits.headers.bytes + limits.requestLine.bytes
        configuration.maxHeaderFieldCount = limits.headerFields
        decoder = HTTPRequestDecoder(
            leftOverBytesStrategy: .dropBytes,
            limitConfiguration: configuration
        )
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    func decode(
        context: ChannelHandlerContext,
        buffer: inout ByteBuffer
    ) throws -> DecodingState {
        do {
            return try decoder.decode(context: context, buffer: &buffer)
        } catch HTTPParserError.headerOverflow where Self.beginsWithLine(buffer) {
            throw RequestLineOverflow()
        } catch HTTPParserError.invalidVersion {
            throw NotHTTP()
        }
    }

    func decodeLast(
        context: ChannelHandlerContext,
        buffer: inout ByteBuffer,
        seenEOF: Bool
    ) throws -> DecodingState {
        try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    /// Whether what didn't fit is a request line: the decoder's error is the same for a field.
    ///
    /// It has no line end, and what the decoder still holds begins with the method or the path.
    private static func beginsWithLine(_ buffer: ByteBuffer) -> Bool {
        let bytes = buffer.readableBytesView
        guard !bytes.contains(UInt8(ascii: "\n")), let first = bytes.first else { return false }
        if first == UInt8(ascii: "/") { return true }
        let rest = bytes.drop { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
        return rest.count < bytes.count && rest.first == UInt8(ascii: " ")
    }
}

/// The request line is longer than the decoder may hold.
struct RequestLineOverflow: Error {}

/// There is no version where one should be; of a well-formed but unknown one the decoder speaks in
/// another way.
struct NotHTTP: Error {}

/// Turns the decoder's parts and errors into events of the seam.
struct HTTP1Translation {
    let limits: ListenerLimits

    func event(_ part: HTTPServerRequestPart) -> RequestEvent {
        switch part {
        case .head(let head):
            do throws(Problem) {
                return .head(try checked(head))
            } catch {
                return .refused(error)
            }
        case .body(let piece): return .body(piece)
        case .end: return .end
        }
    }

    /// The problem that a decoder's error stands for; `nil` when it is not about the request.
    func problem(_ error: any Error) -> Problem? {
        switch error {
        case is RequestLineOverflow: .lineTooLong(limit: limits.requestLine)
        case is NotHTTP: .badRequest("the request is not HTTP")
        case is ByteToMessageDecoderError.PayloadTooLargeError: .headersTooLarge(limits)
        case let error as HTTPParserError: problem(error)
        default: nil
        }
    }

    private func checked(
        _ head: NIOHTTP1.HTTPRequestHead
    ) throws(Problem) -> RequestHead {
        var check = try RequestCheck(
            method: head.method.rawValue,
            target: head.uri,
            minorVersion: head.version.minor,
            limits: limits
        )
        for (name, value) in head.headers { try check.add(name: name, value: value) }
        return try check.finish()
    }

    private func problem(_ error: HTTPParserError) -> Problem {
        switch error {
        case .headerOverflow: .headersTooLarge(limits)
        case .invalidVersion: .wrongVersion
        case .invalidMethod: .badRequest("the method is not one of HTTP's")
        case .invalidURL: .badRequest("the request target is not a path")
        case .invalidContentLength: .badRequest("Content-Length is not a number")
        case .unexpectedContentLength:
            .badRequest("Content-Length is there twice or beside Transfer-Encoding")
        case .invalidChunkSize: .badRequest("a chunk's size is not a number")
        case .invalidEOFState: .badRequest("the request ended before it was complete")
        case .invalidHeaderToken: .badRequest("a header field has a character not allowed there")
        default: .badRequest("the request is not HTTP")
        }
    }
}
