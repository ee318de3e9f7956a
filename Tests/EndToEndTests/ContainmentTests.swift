import Foundation
import Testing

/// How often each fault is tried; the campaign raises it.
let rounds = ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"].flatMap { Int($0) } ?? 50

@Suite("A crash of one function", .serialized)
struct ContainmentTests {
    /// The contained kinds of the design, each a function of `Zoo`, with the kind that the reply has
    /// to name and words of the cause.
    static let kinds: [(function: String, kind: String, words: String)] = [
        ("fatal-error", "trap", "Fatal error: zoo says no"),
        ("precondition", "trap", "trapped|zoo wants one"),
        ("index", "trap", "trapped|Index out of range"),
        ("nil", "trap", "trapped|Unexpectedly found nil"),
        ("overflow", "trap", "trapped"), ("divide", "trap", "trapped|Division by zero"),
        ("bad-cast", "abort", "Could not cast value"), ("try", "trap", "zoo threw"),
        ("exclusivity", "abort", "Simultaneous accesses"),
        ("wild-pointer", "segmentationFault", "0x10"),
        ("stack-overflow", "stackOverflow", "stack overflowed"),
        ("abort", "abort", "called abort()"),
        ("cxx-exception", "uncaughtException", "zoo says no, in C++"),
        ("exit", "exit", "exit(3)"),
    ]

    @Test func isItsOwnCallersMatterOnly() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/functions/hello", "/functions/zoo.echo")
        let cells = try await host.busyCells()
        #expect(cells.count == 1, "both live in one cell: \(cells)")
        let load = Load(host.functions, path: "/hello", body: #"{"name":"Ada"}"#, connections: 2)
        let connection = try HTTPConnection(host.functions)
        var table = FaultTable("kind", "rounds", "502 with cause", "others' failures", "p50")
        for kind in Self.kinds {
            let before = load.soFar.failures
            var times: [Duration] = []
            for round in 0..<rounds {
                let began = ContinuousClock.now
                let reply = try connection.request("POST", "/functions/zoo.\(kind.function)")
                guard Self.names(kind, reply) else {
                    Issue.record("\(kind.function), round \(round): \(reply)")
                    break
                }
                times.append(ContinuousClock.now - began)
            }
            let failures = load.soFar.failures - before
            table.add(kind.function, rounds, times.count, failures, median(times))
        }
        table.show()
        let tally = await load.stop()
        print("hello: \(tally.requests) requests, \(tally.failures) failures")
        #expect(tally.requests > 100)
        #expect(tally.failures == 0, "\(tally)")
        #expect(kill(host.processIdentifier, 0) == 0, "the host is still there")
        #expect(await host.stop() == 0)
    }

    private static func names(
        _ kind: (function: String, kind: String, words: String),
        _ reply: Reply
    ) -> Bool {
        reply.status == 502 && reply.headers["roost-outcome"] == "crashed"
            && reply.body.contains(#""reason":"\#(kind.kind)""#)
            && kind.words.split(separator: "|").contains { reply.body.contains($0) }
    }

    /// Memory and descriptors after very many crashes; their cells are renewed on the way.
    @Test func leavesNothingBehind() async throws {
        let crashes = max(1_000, rounds * 5)
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/functions/hello", "/functions/zoo.echo")
        let connection = try HTTPConnection(host.functions)
        let kinds = ["fatal-error", "wild-pointer", "abort", "exit", "cxx-exception"]
        var table = FaultTable("crashes", "descriptors", "resident", "cell renewals")
        var resident: [Int] = []
        var descriptors: [Int] = []
        for crash in 0...crashes {
            let kind = kinds[crash % kinds.count]
            let reply = try connection.request("POST", "/functions/zoo.\(kind)")
            guard reply.status == 502, reply.headers["roost-outcome"] == "crashed" else {
                Issue.record("crash \(crash), \(kind): \(reply)")
                break
            }
            guard crash % (crashes / 10) == 0 else { continue }
            descriptors.append(try host.descriptors())
            resident.append(try await host.residentBytes())
            let renewals = try await host.metric("roost_cell_renewals_total{")
            let size = resident.last.map { "\($0 >> 20) MiB" } ?? ""
            table.add(crash, descriptors.last ?? 0, size, Int(renewals))
        }
        table.show()
        #expect(try await host.metric("roost_cell_renewals_total{") >= 1)
        let settled = try await eventually("descriptors are given back") {
            try host.descriptors() <= (descriptors.first ?? 0) + 16 ? true : nil
        }
        #expect(settled)
        // It rises with every image that stays until its cell is renewed, and no higher.
        let bound = (resident.first ?? 0) + 768 << 20
        #expect(resident.allSatisfy { $0 < bound }, "\(resident)")
        #expect(try connection.request("POST", "/hello", body: #"{"name":"x"}"#).status == 200)
        #expect(await host.stop() == 0)
    }
}
