internal import FunctionModel
internal import NIOCore

/// How the head of a request is kept: its texts one after the other, each behind its length.
///
/// Every call that is queued over HTTP has one, and as JSON it cost more than all else of the store.
struct RequestHeadCode {
    /// What is kept.
    let head: HTTPRequestHead

    init(_ head: HTTPRequestHead) { self.head = head }

    /// Reads what `bytes` wrote; `nil` when it is something else.
    init?(_ bytes: ByteBuffer) {
        var bytes = bytes
        guard let method = Self.text(&bytes), let path = Self.text(&bytes),
            let query = Self.text(&bytes), let headers = Self.fields(&bytes),
            let parameters = Self.fields(&bytes), bytes.readableBytes == 0
        else { return nil }
        head = HTTPRequestHead(
            method: method,
            path: path,
            query: query,
            headers: headers,
            parameters: parameters
        )
    }

    var bytes: ByteBuffer {
        var bytes = ByteBuffer()
        for text in [head.method, head.path, head.query] { Self.write(text, &bytes) }
        for fields in [head.headers, head.parameters] {
            bytes.writeEncodedInteger(fields.count, strategy: .quic)
            for field in fields {
                Self.write(field.name, &bytes)
                Self.write(field.value, &bytes)
            }
        }
        return bytes
    }

    private static func write(_ text: String, _ bytes: inout ByteBuffer) {
        bytes.writeEncodedInteger(text.utf8.count, strategy: .quic)
        bytes.writeString(text)
    }

    private static func text(_ bytes: inout ByteBuffer) -> String? {
        bytes.readEncodedInteger(as: Int.self, strategy: .quic).flatMap {
            bytes.readString(length: $0)
        }
    }

    private static func fields(_ bytes: inout ByteBuffer) -> [Field]? {
        guard let count = bytes.readEncodedInteger(as: Int.self, strategy: .quic),
            // Each takes a byte for either length.
            count <= bytes.readableBytes / 2
        else { return nil }
        var fields: [Field] = []
        fields.reserveCapacity(count)
        for _ in 0..<count {
            guard let name = text(&bytes), let value = text(&bytes) else { return nil }
            fields.append(Field(name, value))
        }
        return fields
    }
}
