import Foundation
import Testing

/// A little memory that is lost at every call.
@Suite("A leak", .serialized)
struct LeakTests {
    @Test func meetsAFreshWorkerBetweenCalls() async throws {
        let neighbours = try await Neighbours.start(
            settings: "functions: { zoo.leak: { limits: { memory: 8MiB, concurrency: 1 } } }"
        )
        let host = neighbours.host
        _ = try await neighbours.tally()
        let calls = max(10_000, rounds * 200)
        let connection = try HTTPConnection(host.functions)
        var failures: [Reply] = []
        for _ in 0..<calls {
            let reply = try connection.request("POST", "/functions/zoo.leak?bytes=1024")
            if reply.status != 200 { failures.append(reply) }
        }
        // The newest comes first, and a fresh worker begins with little.
        let peaks = try await host.records(of: "zoo.leak").compactMap { $0.usage?.peakMemoryBytes }
        let others = try await neighbours.tally()
        print(
            "leak of 1 KiB: \(calls) calls, \(failures.count) failures,",
            "\(peaks.min() ?? 0)…\(peaks.max() ?? 0) bytes, others \(others.failures) failures"
        )
        #expect(failures.isEmpty, "\(failures.prefix(3))")
        // 8 MiB hold 8,192 leaks at most, so that at least one worker was replaced.
        #expect((peaks.max() ?? .max) < 8 << 20)
        #expect(others.replies > 0 && others.failures == 0, "\(others.words)")
        try await neighbours.stop()
    }
}
