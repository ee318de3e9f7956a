import Foundation
import Testing

@Suite("A memory limit", .serialized)
struct MemoryTests {
    static let limit = 32 << 20
    static let settings = """
        plugins:
          zoo:
            limits: { timeout: 10s, memory: 32MiB }
        """
    static let bombs = [
        "bomb-objects", "bomb-huge", "bomb-array", "bomb-dictionary", "bomb-string", "bomb-data",
        "bomb-fragments", "bomb-malloc",
    ]

    @Test func holdsAgainstEveryBomb() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"], settings: Self.settings)
        try await host.awaitService("/functions/zoo.echo", "/hello")
        let load = Load(
            host.functions,
            path: "/hello",
            body: #"{"name":"Ada"}"#,
            connections: 1
        )
        let connection = try HTTPConnection(host.functions)
        var table = FaultTable("bomb", "rounds", "refused", "others' failures", "peak", "p50")
        for bomb in Self.bombs {
            let before = load.soFar.failures
            var times: [Duration] = []
            for round in 0..<max(2, rounds / 10) {
                let began = ContinuousClock.now
                let reply = try connection.request("POST", "/functions/zoo.\(bomb)")
                guard reply.status == 502, reply.headers["roost-outcome"] == "memoryExceeded",
                    reply.body.contains("its memory limit of 32 MiB")
                else {
                    Issue.record("\(bomb), round \(round): \(reply)")
                    break
                }
                times.append(ContinuousClock.now - began)
            }
            let failures = load.soFar.failures - before
            let peaks = try await host.records(of: "zoo.\(bomb)")
                .compactMap { $0.usage?.peakMemoryBytes }
            let peak = peaks.max() ?? .max
            #expect(peak <= Self.limit * 105 / 100, "\(bomb)")
            table.add(
                bomb,
                max(2, rounds / 10),
                times.count,
                failures,
                "\(peak >> 10) KiB",
                median(times)
            )
        }
        table.show()
        let tally = await load.stop()
        #expect(tally.failures == 0, "\(tally)")
        #expect(kill(host.processIdentifier, 0) == 0)
        #expect(await host.stop() == 0)
    }

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
