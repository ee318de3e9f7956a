import Foundation
import Testing

@Suite("A limit", .serialized)
struct LimitTests {
    /// Functions of the zoo that would go on for ever, plain and async.
    static let runaways = [
        "loop", "loop-in-c", "alloc-loop", "sleep", "sleep-async", "spin-child", "never",
        "deaf-async", "sleep-child",
    ]

    @Test func endsWhatRunsForEver() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello", "Zoo"],
            settings: """
                plugins:
                  zoo:
                    limits: { timeout: 50ms }
                """
        )
        let url = host.functions
        try await host.awaitService("/functions/zoo.echo", "/hello")
        let load = Load(url, path: "/hello", body: #"{"name":"Ada"}"#, connections: 1)
        let connection = try HTTPConnection(url)
        var table = FaultTable("runaway", "rounds", "504", "others' failures", "p50")
        for function in Self.runaways {
            let before = load.soFar.failures
            var times: [Duration] = []
            let count = rounds <= 50 ? rounds / 5 : rounds
            for round in 0..<count {
                let began = ContinuousClock.now
                let reply = try connection.request("POST", "/functions/zoo.\(function)", body: "{}")
                guard reply.status == 504, reply.headers["roost-outcome"] == "timedOut" else {
                    Issue.record("\(function), round \(round): \(reply)")
                    break
                }
                times.append(ContinuousClock.now - began)
            }
            let failures = load.soFar.failures - before
            table.add(function, count, times.count, failures, median(times))
        }
        table.show()
        let tally = await load.stop()
        #expect(tally.failures == 0, "\(tally)")
        #expect(kill(host.processIdentifier, 0) == 0)
        #expect(await host.stop() == 0)
    }
}
