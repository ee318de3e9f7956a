internal import FunctionModel
internal import Hummingbird
internal import NIOCore

extension Request {
    /// Gathers the body, up to a size and within a time.
    func body(upTo limit: Int, within timeout: Duration) async throws -> ByteBuffer {
        try await body.gathered(upTo: limit, declared: headers[.contentLength], within: timeout)
    }
}

extension RequestBody {
    /// Gathers the body, up to a size and within a time.
    func gathered(
        upTo limit: Int,
        declared: String?,
        within timeout: Duration
    ) async throws -> ByteBuffer {
        let tooLarge = Problem(
            status: 413,
            kind: "too-large",
            detail: "The body is larger than \(ByteCount(bytes: limit))."
        )
        // Said before a byte of it has been taken in.
        if let declared, let bytes = Int(declared), bytes > limit { throw tooLarge }
        return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask {
                do {
                    return try await self.collect(upTo: limit)
                } catch is NIOTooManyBytesError {
                    throw tooLarge
                }
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let body = try await group.next() ?? nil else {
                throw Problem(
                    status: 408,
                    kind: "slow-body",
                    detail: "The body did not arrive within \(timeout)."
                )
            }
            return body
        }
    }
}
