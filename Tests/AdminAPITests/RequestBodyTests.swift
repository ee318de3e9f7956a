import Hummingbird
import HummingbirdCore
import NIOCore
import Testing

@testable import AdminAPI

struct RequestBodyTests {
    @Test func givesUpOnABodyThatDoesNotArrive() async throws {
        let (pieces, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        source.yield(ByteBuffer(string: "half"))
        let body = RequestBody(asyncSequence: pieces)
        let problem = await #expect(throws: Problem.self) {
            try await body.gathered(upTo: 100, declared: nil, within: .milliseconds(10))
        }
        #expect(problem?.status == 408)
        source.finish()
    }

    @Test func refusesADeclaredLengthBeforeReading() async throws {
        let (pieces, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        let body = RequestBody(asyncSequence: pieces)
        let problem = await #expect(throws: Problem.self) {
            try await body.gathered(upTo: 100, declared: "101", within: .seconds(60))
        }
        #expect(problem?.status == 413)
        source.finish()
    }

    @Test func refusesAnUndeclaredLengthWhenItIsPassed() async throws {
        let body = RequestBody(buffer: ByteBuffer(repeating: 1, count: 101))
        let problem = await #expect(throws: Problem.self) {
            try await body.gathered(upTo: 100, declared: nil, within: .seconds(60))
        }
        #expect(problem?.status == 413)
    }
}
