import Foundation
import Testing

/// A plugin that breaks the memory which it shares with its cell: its cell may suffer, and then has
/// to go.
@Suite("Corrupted memory", .serialized)
struct CorruptionTests {
    @Test func endsItsCellAtWorst() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello", "Zoo"],
            settings: """
                plugins:
                  zoo:
                    limits: { timeout: 500ms }
                  hello:
                    limits: { timeout: 500ms }
                """
        )
        try await host.awaitService("/hello", "/functions/zoo.echo")
        var statuses: [Int: Int] = [:]
        var waits: [Duration] = []
        for round in 0..<max(5, rounds / 10) {
            let connection = try HTTPConnection(host.functions)
            let reply = try connection.request("POST", "/functions/zoo.double-free")
            statuses[reply.status, default: 0] += 1
            #expect([200, 502, 503, 504].contains(reply.status), "round \(round): \(reply)")
            let began = ContinuousClock.now
            _ = try await eventually("both are served again", within: .seconds(60)) {
                for path in ["/hello", "/functions/zoo.echo"] {
                    let reply = try connection.request("POST", path, body: #"{"name":"x"}"#)
                    guard reply.status == 200 else { return nil as Bool? }
                }
                return true
            }
            waits.append(ContinuousClock.now - began)
            #expect(kill(host.processIdentifier, 0) == 0)
        }
        let worst = waits.max() ?? .zero
        print(
            "double free: replies \(statuses), both served again after \(median(waits))",
            "(worst \(milliseconds(worst)))"
        )
        #expect(await host.stop() == 0)
    }

    @Test func stuckLockEndsItsCell() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/hello", "/functions/zoo.echo")
        let load = Load(host.functions, path: "/hello", body: #"{"name":"Ada"}"#, connections: 1)
        let connection = try HTTPConnection(host.functions)
        let name = #"roost_cell_renewals_total{reason="tainted"}"#
        var waits: [Duration] = []
        for round in 1...max(2, rounds / 50) {
            let reply = try connection.request("POST", "/functions/zoo.stuck-lock")
            #expect(reply.status == 502, "\(reply)")
            let began = ContinuousClock.now
            // The zoo's next worker hangs in the loader, where the canary hangs too.
            let next = Load.once(
                host.functions,
                path: "/functions/zoo.echo",
                body: "x",
                count: 1
            )
            _ = try await eventually("the cell is renewed") {
                try await host.metric(name) >= Double(round) ? true : nil
            }
            waits.append(ContinuousClock.now - began)
            let statuses = try await next.value.map(\.status)
            #expect(statuses == [200] || statuses == [503], "\(statuses)")
            try await host.awaitService("/functions/zoo.echo")
        }
        let tally = await load.stop()
        print(
            "stuck lock: found after \(median(waits)), hello: \(tally.failures) failures"
        )
        #expect(tally.failures == 0, "\(tally)")
        #expect(await host.stop() == 0)
    }
}
