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
}
