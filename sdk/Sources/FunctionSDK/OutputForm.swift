/// How values of a handler's output type go out; found once, when the function is declared.
enum OutputForm: Sendable {
    case json
    case text
    case bytes
    case response

    init(_ type: any Any.Type) {
        switch type {
        case is String.Type: self = .text
        case is [UInt8].Type: self = .bytes
        case is Response.Type: self = .response
        default: self = .json
        }
    }

    /// Ends the invocation with a value.
    func send<Output: Encodable>(_ output: Output, on call: Call) throws {
        switch self {
        case .json: break
        case .text:
            guard var text = output as? String else { break }
            return text.withUTF8 {
                call.succeed(
                    contentType: "text/plain; charset=utf-8",
                    body: UnsafeRawBufferPointer($0)
                )
            }
        case .bytes:
            guard let bytes = output as? [UInt8] else { break }
            return bytes.withUnsafeBytes {
                call.succeed(contentType: "application/octet-stream", body: $0)
            }
        case .response:
            guard let response = output as? Response else { break }
            return response.send(on: call)
        }
        try JSON.encode(output) { call.succeed(contentType: "application/json", body: $0) }
    }
}
