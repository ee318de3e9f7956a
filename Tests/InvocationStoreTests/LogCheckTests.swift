import Foundation
import FunctionModel
import NIOCore
import Testing

@testable import InvocationStore

@Suite(.serialized)
struct LogCheckTests {
    /// The log that several commits leave while the file is open.
    private func log(commits: Int) async throws -> Data {
        let scratch = try Scratch()
        let clock = ManualClock()
        let store = try SQLiteStore(path: scratch.file) { clock.now }
        try await store.checkpoint()
        for number in 0..<commits {
            let one = QueuedInvocation(function: .mail, body: ByteBuffer(string: "\(number)"))
            _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        }
        let log = try #require(FileManager.default.contents(atPath: scratch.file + "-wal"))
        try await store.close()
        return log
    }

    private func check(_ log: Data) -> LogCheck { LogCheck(log.span.bytes) }

    @Test func aWholeLogIsWhole() async throws {
        let log = try await log(commits: 5)
        let whole = check(log)
        #expect(whole.frames > 5)
        #expect(whole.commitsBeyond <= 1)
        #expect(!whole.isDamaged)
        #expect(!check(Data()).isDamaged)
    }

    @Test func aTailThatWasCutOffIsNoDamage() async throws {
        let log = try await log(commits: 5)
        for size in stride(from: 32, to: log.count, by: 1_111) {
            #expect(!check(log.prefix(size)).isDamaged)
        }
    }

    @Test func damageBeforeFurtherCommitsIsFound() async throws {
        let log = try await log(commits: 8)
        let whole = check(log).frames
        // Everywhere in the first frames, and in the header.
        for at in stride(from: 0, to: 2 * 4_120, by: 101) {
            var damaged = log
            damaged[at] ^= 4
            let found = check(damaged)
            #expect(found.isDamaged, "byte \(at)")
            #expect(found.frames < whole)
        }
    }
}
