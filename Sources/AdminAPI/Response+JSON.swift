internal import FoundationEssentials
internal import FunctionModel
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Response {
    /// A reply with a JSON body; keys are sorted, so that replies can be compared as text.
    init(json value: some Encodable, status: Int = 200, contentType: String = "application/json") {
        do {
            let buffer = ByteBuffer(bytes: try AdminJSON.encode(value))
            self.init(buffer, contentType: contentType, status: status)
        } catch {
            self.init(
                ByteBuffer(string: "the reply can't be written as JSON: \(error)\n"),
                contentType: "text/plain; charset=utf-8",
                status: 500
            )
        }
    }

    /// A reply with a body of any type.
    init(_ body: ByteBuffer, contentType: String, status: Int = 200) {
        var headers = HTTPFields()
        headers[.contentType] = contentType
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        self.init(
            status: HTTPResponse.Status(code: status),
            headers: headers,
            body: ResponseBody(byteBuffer: body)
        )
    }
}

/// How views are written.
enum AdminJSON {
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}

extension OperatorInvocation {
    /// The status for the wire; one that HTTP doesn't know becomes 502.
    var httpStatus: Int { (200...599).contains(status) ? status : 502 }
}
