internal import FoundationEssentials
public import FunctionSDK

/// How an invocation under test ended.
public struct TestReply: Sendable {
    /// As the caller would see it: 200 where the function named none, 204 without a body, 500 when
    /// it failed.
    public var status = 0
    /// The body's media type.
    public var contentType = ""
    /// Further headers.
    public var headers: Headers = [:]
    /// The body; of a streamed response everything that was written.
    public var body: [UInt8] = []
    /// The pieces of a streamed response, as they were written.
    public var pieces: [[UInt8]] = []
    /// Whether the handler failed.
    public var failed = false
    /// The error's short name.
    public var errorType = ""
    /// What went wrong, for the caller.
    public var errorMessage = ""
    /// Whether another attempt may help.
    public var retryable = false
    /// The lines that the handler logged.
    public var log: [TestLogLine] = []
    /// How often the handler had to wait for a slow reader.
    public var blockedWrites = 0
    /// Where plugin and host broke the contract between them; empty is well.
    public var violations: [String] = []

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// Decodes the body as JSON.
    ///
    /// - Throws: what decoding throws; for a failure, its message.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        if failed { throw FunctionError(status: status, message: errorMessage) }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(body))
    }
}

/// A line that a handler logged.
public struct TestLogLine: Sendable, Hashable {
    /// How much it matters.
    public let level: FunctionLogger.Level
    /// The text.
    public let message: String
    /// Further values.
    public let metadata: [String: String]
}
