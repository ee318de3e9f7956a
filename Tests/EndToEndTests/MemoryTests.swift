import Foundation
import Testing

@Suite("A memory limit", .serialized)
struct MemoryTests {
    static let settings = """
        plugins:
          zoo:
            limits: { timeout: 10s, memory: 32MiB }
        """
    @Test func leaksEndInAFreshWorkerAndNoFailure() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"], settings: Self.settings)
        try await host.awaitService("/functions/zoo.echo")
        let connection = try HTTPConnection(host.functions)
        let calls = max(500, rounds * 20)
        var failures = 0
        for _ in 0..<calls {
            let reply = try connection.request("POST", "/functions/zoo.leak?bytes=262144")
            if reply.status != 200 { failures += 1 }
        }
        // The newest comes first, and a fresh worker begins with little.
        let peaks = try await host.records(of: "zoo.leak").compactMap { $0.usage?.peakMemoryBytes }
        let replaced = zip(peaks, peaks.dropFirst()).count { $0 < $1 / 2 }
        print("leak of 256 KiB: \(calls) calls, \(failures) failures, \(replaced) replacements")
        #expect(failures == 0)
        // A limit of 32 MiB holds 128 of them.
        #expect(replaced >= 3 && replaced <= calls / 50)
        #expect(await host.stop() == 0)
    }

    @Test func peaksAreRecorded() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"], settings: Self.settings)
        try await host.awaitService("/functions/zoo.echo")
        let connection = try HTTPConnection(host.functions)
        let reply = try connection.request("POST", "/functions/zoo.hog-at-once?bytes=10485760")
        #expect(reply.status == 200)
        let record = try await eventually("it is recorded") {
            try await host.records(of: "zoo.hog-at-once").first { $0.usage != nil }
        }
        let peak = record.usage?.peakMemoryBytes ?? 0
        #expect(peak >= 10 << 20 && peak < 16 << 20, "\(peak)")
        #expect(await host.stop() == 0)
    }
}
