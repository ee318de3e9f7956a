import Foundation
import Testing

/// Loops that stay in a library, and what plugins do on threads beside their worker's own.
@Suite("What strays", .serialized)
struct StrayTests {
    static let loops = ["loop-in-zlib", "loop-in-jpeg", "loop-in-pattern", "loop-in-sort"]

    @Test func loopsInLibrariesEndWithTheirCell() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello", "Zoo"],
            settings: """
                plugins:
                  zoo:
                    limits: { timeout: 200ms }
                """
        )
        try await host.awaitService("/functions/zoo.echo", "/hello")
        let load = Load(
            host.functions,
            path: "/hello",
            body: #"{"name":"Ada"}"#,
            connections: 1
        )
        let connection = try HTTPConnection(host.functions)
        let renewals = #"roost_cell_renewals_total{reason="tainted"}"#
        var table = FaultTable("loop", "rounds", "504", "answered", "renewed", "others' failures")
        for loop in Self.loops {
            let before = load.soFar.failures
            var answers: [Duration] = []
            var cures: [Duration] = []
            for round in 0..<max(2, rounds / 20) {
                let tainted = try await host.metric(renewals)
                let began = ContinuousClock.now
                let reply = try connection.request("POST", "/functions/zoo.\(loop)")
                let answered = ContinuousClock.now
                guard reply.status == 504, reply.headers["roost-outcome"] == "timedOut" else {
                    Issue.record("\(loop), round \(round): \(reply)")
                    break
                }
                answers.append(answered - began)
                _ = try await eventually("the cell is renewed") {
                    try await host.metric(renewals) > tainted ? true : nil
                }
                cures.append(ContinuousClock.now - answered)
                try await host.awaitService("/functions/zoo.echo")
            }
            let failures = load.soFar.failures - before
            table.add(loop, answers.count, answers.count, median(answers), median(cures), failures)
        }
        table.show()
        let tally = await load.stop()
        #expect(tally.failures == 0, "\(tally)")
        #expect(await host.stop() == 0)
    }

    @Test func threadsBelongToTheirWorkers() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/functions/zoo.echo", "/hello")
        let load = Load(
            host.functions,
            path: "/hello",
            body: #"{"name":"Ada"}"#,
            connections: 1
        )
        let connection = try HTTPConnection(host.functions)
        let table: [(function: String, status: Int, words: String)] = [
            ("thread-bomb", 200, "64"), ("thread-left", 200, "0"),
            ("thread-crash", 502, "segmentationFault"), ("queue", 200, "4950"),
            ("queue-crash", 502, "trap"), ("queue-left", 200, "left work behind"),
            ("main-actor", 200, "1"), ("detached", 200, "left a task behind"),
        ]
        for row in table {
            for round in 0..<max(2, rounds / 10) {
                let reply = try connection.request("POST", "/functions/zoo.\(row.function)")
                #expect(reply.status == row.status, "\(row.function), round \(round): \(reply)")
                guard row.function != "main-actor" else { continue }
                #expect(reply.body.contains(row.words), "\(row.function): \(reply)")
            }
            try await host.awaitService("/functions/zoo.echo")
        }
        let tally = await load.stop()
        #expect(tally.failures == 0, "\(tally)")
        #expect(await host.stop() == 0)
    }
}
