import Foundation
import Testing

@Suite("A limit", .serialized)
struct LimitTests {
    /// Functions of the zoo that would go on for ever, plain and async.
    static let runaways = [
        "loop", "loop-in-c", "alloc-loop", "sleep", "sleep-async", "deaf-async", "spin-child",
        "sleep-child", "never",
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
        _ = try await eventually("the zoo is served") {
            try await curl("\(url)/functions/zoo.echo", "-d", "x").status == 200 ? true : nil
        }
        _ = try await eventually("hello is served") {
            try await curl("\(url)/hello", "-d", #"{"name":"x"}"#).status == 200 ? true : nil
        }
        let load = Load(url, path: "/hello", body: #"{"name":"Ada"}"#, connections: 1)
        let connection = try HTTPConnection(url)
        for function in Self.runaways {
            for round in 0..<max(3, rounds / 10) {
                let reply = try connection.request("POST", "/functions/zoo.\(function)", body: "{}")
                guard reply.status == 504, reply.headers["roost-outcome"] == "timedOut" else {
                    Issue.record("\(function), round \(round): \(reply)")
                    break
                }
            }
        }
        let tally = await load.stop()
        #expect(tally.failures == 0, "\(tally)")
        #expect(kill(host.processIdentifier, 0) == 0)
        #expect(await host.stop() == 0)
    }
}
