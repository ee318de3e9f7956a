import Foundation
import Testing

/// What plugins do on threads beside their worker's own.
@Suite("What strays", .serialized)
struct StrayTests {
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

    /// What went on after its invocation costs its worker, and nobody else anything: not even calls
    /// that can't be repeated.
    @Test func whatIsLeftBehindCostsOnlyItsWorker() async throws {
        let host = try await RoostProcess.start(plugins: ["Users", "Orders", "Zoo"])
        try await host.awaitService("/functions/zoo.echo")
        let order = #"{"user":1,"lines":[{"article":"tea","count":2}]}"#
        _ = try await eventually("orders are served") {
            try await curl(host.functions + "/orders", "-d", order).status == 200 ? true : nil
        }
        let cells = try await host.busyCells().map(\.pid)
        #expect(cells.count == 1, "all live in one cell: \(cells)")
        let load = Load(host.functions, path: "/orders", body: order, connections: 2)
        let connection = try HTTPConnection(host.functions)
        for function in ["thread-left", "detached"] {
            for round in 0..<max(5, rounds / 5) {
                let reply = try connection.request("POST", "/functions/zoo.\(function)")
                #expect(reply.status == 200, "\(function), round \(round): \(reply)")
            }
            try await host.awaitService("/functions/zoo.echo")
        }
        let tally = await load.stop()
        #expect(tally.failures == 0, "\(tally)")
        let said = host.output.split(separator: "\n").filter { $0.contains("cell") }
        #expect(
            try await host.busyCells().map(\.pid) == cells,
            "\(said.suffix(5).joined(separator: "\n"))"
        )
        #expect(await host.stop() == 0)
    }
}
