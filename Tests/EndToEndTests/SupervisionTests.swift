import Foundation
import Testing

/// A plugin that crashes again and again, under the default policy.
@Suite("A repeat offender", .serialized)
struct SupervisionTests {
    /// Crashes until the plugin stands where it should; pauses are waited for by asking again.
    private func crash(until stage: String, on host: RoostProcess) async throws {
        let connection = try HTTPConnection(host.functions)
        _ = try await eventually("zoo is \(stage)", within: .seconds(60)) { () -> Bool? in
            let reply = try connection.request("POST", "/functions/zoo.fatal-error")
            #expect([502, 503].contains(reply.status), "\(reply)")
            return try await host.stage(of: "zoo") == stage ? true : nil
        }
    }

    @Test func getsACellOfItsOwnAndComesBackWhenAnOperatorSaysSo() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello", "Zoo"],
            settings: "plugins: { zoo: { onCrash: backoff } }"
        )
        try await host.awaitService("/functions/hello", "/functions/zoo.echo")
        let shared = try await host.busyCells()
        let load = Load(host.functions, path: "/hello", body: #"{"name":"Ada"}"#, connections: 2)
        try await crash(until: "demoted", on: host)
        _ = try await eventually("zoo runs in a cell of its own") { () -> Bool? in
            let echo = try await curl("\(host.functions)/functions/zoo.echo", "-d", "x")
            guard echo.status == 200 else { return nil }
            return try await host.cellStates().contains { $0.kind == "dedicated" } ? true : nil
        }
        let listed = try await host.command("plugins")
        #expect(listed.output.contains("demoted"), "\(listed)")
        #expect(listed.output.contains("roost resume zoo"), "\(listed)")
        #expect(try await host.metric("roost_demotions_total{") == 1)

        let resumed = try await host.command("resume", "zoo")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(try await host.stage(of: "zoo") == nil)
        let echo = try await curl("\(host.functions)/functions/zoo.echo", "-d", "y")
        #expect(echo.status == 200)
        let tally = await load.stop()
        #expect(tally.failures == 0, "\(tally)")
        #expect(shared.count == 1)
        #expect(await host.stop() == 0)
    }

    @Test func isHeldToItsRate() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            settings: "functions: { hello.hello: { limits: { rate: 6/m, burst: 3 } } }"
        )
        _ = try await eventually("hello is served") {
            try await host.plugin("libHello.so")?.state == "serving" ? true : nil
        }
        let connection = try HTTPConnection(host.functions)
        let replies = try (0..<6).map { _ in
            try connection.request("POST", "/hello", body: #"{"name":"x"}"#)
        }
        #expect((3...4).contains(replies.count { $0.status == 200 }), "\(replies.map(\.status))")
        let refused = try #require(replies.last)
        #expect(refused.status == 429)
        let wait = try #require(refused.headers["retry-after"].flatMap { Int($0) })
        #expect((1...10).contains(wait))
        #expect(refused.body.contains(#""reason":"rateLimited""#))
        #expect(await host.stop() == 0)
    }
}
