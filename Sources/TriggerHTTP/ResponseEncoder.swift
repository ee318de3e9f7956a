internal import FunctionModel
internal import NIOCore
private import NIOHTTP1

/// Writes replies as HTTP/1.1 bytes; the outbound half of the codec.
enum ResponseEncoder {
    /// The interim reply that asks for a body, and that any HTTP/1.1 client passes over.
    static let continueLine: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    /// What ends a chunked body.
    static let lastChunk: StaticString = "0\r\n\r\n"

    /// Writes the status line and all fields, and the empty line after them.
    static func write(_ head: ReplyHead, date: ByteBufferView, into buffer: inout ByteBuffer) {
        writeStatus(head.status, into: &buffer)
        if !head.contentType.isEmpty, FieldText.isValue(head.contentType) {
            write("content-type: ", head.contentType, into: &buffer)
        }
        for field in head.fields {
            buffer.writeString(field.name)
            write(": ", field.value, into: &buffer)
        }
        writeEnding(head.ending, into: &buffer)
        if !head.allowed.isEmpty {
            write("allow: ", head.allowed.joined(separator: ", "), into: &buffer)
        }
        if let wait = head.retryAfter {
            write("retry-after: ", String(secondsRoundedUp(wait)), into: &buffer)
        }
        write("roost-invocation-id: ", head.invocation.description, into: &buffer)
        if let outcome = head.outcome {
            write("roost-outcome: ", outcome.rawValue, into: &buffer)
            buffer.writeStaticString("server-timing: queue;dur=")
            writeMilliseconds(head.usage.queued, into: &buffer)
            buffer.writeStaticString(", run;dur=")
            writeMilliseconds(head.usage.run, into: &buffer)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeBytes(date)
        switch head.persistence {
        case .implied: buffer.writeStaticString("\r\n")
        case .keepAlive: buffer.writeStaticString("connection: keep-alive\r\n\r\n")
        case .close: buffer.writeStaticString("connection: close\r\n\r\n")
        }
    }

    /// Writes the size line of a chunk.
    static func writeChunkSize(_ size: Int, into buffer: inout ByteBuffer) {
        buffer.writeString(String(size, radix: 16))
        buffer.writeStaticString("\r\n")
    }

    private static func writeStatus(_ status: Int, into buffer: inout ByteBuffer) {
        guard status != 200 else {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
            return
        }
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status))
        buffer.writeStaticString(" ")
        let phrase = HTTPResponseStatus(statusCode: status).reasonPhrase
        buffer.writeString(phrase)
        buffer.writeStaticString("\r\n")
    }

    private static func writeEnding(_ ending: ReplyEnding, into buffer: inout ByteBuffer) {
        switch ending {
        case .bodiless, .close: break
        case .length(let count): write("content-length: ", String(count), into: &buffer)
        case .chunked: buffer.writeStaticString("transfer-encoding: chunked\r\n")
        }
    }

    private static func write(
        _ name: StaticString,
        _ value: String,
        into buffer: inout ByteBuffer
    ) {
        buffer.writeStaticString(name)
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }

    /// Writes a duration as milliseconds with three decimals.
    static func writeMilliseconds(_ duration: Duration, into buffer: inout ByteBuffer) {
        let (seconds, attoseconds) = duration.components
        let microseconds = max(0, seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000)
        buffer.writeString(String(microseconds / 1_000))
        let rest = microseconds % 1_000
        guard rest > 0 else { return }
        buffer.writeInteger(UInt8(ascii: "."))
        buffer.writeInteger(UInt8(ascii: "0") + UInt8(rest / 100))
        buffer.writeInteger(UInt8(ascii: "0") + UInt8(rest / 10 % 10))
        buffer.writeInteger(UInt8(ascii: "0") + UInt8(rest % 10))
    }

    private static func secondsRoundedUp(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return max(0, attoseconds > 0 ? seconds + 1 : seconds)
    }
}
