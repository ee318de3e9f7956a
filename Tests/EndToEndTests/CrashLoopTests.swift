import Foundation
import Testing

/// Functions that crash at every call, and plugins that crash at every start, while they are called all
/// the time.
@Suite("A crash loop", .serialized)
struct CrashLoopTests {
    /// How long each loop is kept going.
    private let time = Duration.seconds(4)

    /// What a loop cost, next to a healthy function in the same cell.
    private struct Cost {
        var replies: [String: Int] = [:]
        var lines: [Substring] = []
        var neighbour = Load.Tally()

        func lines(_ words: String) -> Int { lines.count { $0.contains(words) } }
    }

    /// Calls a function again and again beside a healthy one.
    private func keepCalling(_ path: String, on host: RoostProcess) async throws -> Cost {
        let load = Load(host.functions, path: "/hello", body: #"{"name":"Ada"}"#, connections: 2)
        let connection = try HTTPConnection(host.functions)
        let before = host.output.utf8.count
        var cost = Cost()
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            let reply = try connection.request("POST", path)
            cost.replies[reply.headers["roost-outcome"] ?? "\(reply.status)", default: 0] += 1
        }
        cost.neighbour = await load.stop()
        let said = String(decoding: host.output.utf8.dropFirst(before), as: UTF8.self)
        cost.lines = said.split(separator: "\n").map { Substring($0) }
        return cost
    }

    @Test(arguments: LoopingPlugin.Fault.allCases)
    func atStartIsBoundedAndCostsOthersNothing(_ fault: LoopingPlugin.Fault) async throws {
        let gate = try Gate()
        let host = try await RoostProcess.start(plugins: ["Hello"])
        let plugin = try await LoopingPlugin.build(gate: gate, fault)
        try RoostProcess.drop(file: plugin, into: host.plugins)
        try await host.awaitService("/hello")
        _ = try await eventually("it is served") {
            try await curl("\(host.functions)/functions/looping.run", "-d", "x").status < 300
                ? true : nil
        }
        try await gate.close()
        let crash = try await curl("\(host.functions)/functions/looping.run", "-d", "!")
        #expect(crash.status == 502, "\(crash)")
        let cost = try await keepCalling("/functions/looping.run", on: host)
        let cells = cost.lines("ended by itself")
        let refused = cost.lines("could not be started")
        print(
            "start-up loop (\(fault)): \(cost.replies), \(cells) cells ended, \(refused) refused,",
            "\(cost.lines.count) log lines; hello: \(cost.neighbour.requests) requests,",
            "\(cost.neighbour.failures) failures"
        )
        #expect(cost.neighbour.requests > 100)
        #expect(cost.neighbour.failures == 0, "\(cost.neighbour)")
        #expect(cost.replies["succeeded"] == nil)
        // Without a pause it would be hundreds.
        #expect(cells <= 20)
        #expect(refused <= 20)
        #expect(cost.lines.count <= 100, "\(cost.lines)")
        #expect(await host.stop() == 0)
    }

    @Test func isBoundedAndCostsOthersNothing() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello", "Zoo"],
            settings: "plugins: { zoo: { onCrash: backoff } }"
        )
        try await host.awaitService("/hello", "/functions/zoo.echo")
        let cost = try await keepCalling("/functions/zoo.fatal-error", on: host)
        let crashes = cost.replies["crashed"] ?? 0
        print(
            "crash loop: \(cost.replies), \(cost.lines.count) log lines;",
            "hello: \(cost.neighbour.requests) requests, \(cost.neighbour.failures) failures"
        )
        #expect(cost.neighbour.failures == 0, "\(cost.neighbour)")
        #expect((1...20).contains(crashes))
        #expect(crashes + (cost.replies["rejected"] ?? 0) == cost.replies.values.reduce(0, +))
        #expect(cost.lines.count <= 40, "\(cost.lines)")
        #expect(await host.stop() == 0)
    }
}
