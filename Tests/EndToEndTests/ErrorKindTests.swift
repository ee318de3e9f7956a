import Foundation
import Testing

/// What a function says of its failures, and what the queue makes of it.
@Suite("A failure", .serialized)
struct ErrorKindTests {
    private struct Row: Sendable {
        var body: String
        var state: String
        var attempts: Int
    }

    @Test func isTriedAgainAsItsFunctionSays() async throws {
        let host = try await RoostProcess.start(plugins: ["HostCallPlugin"])
        try await host.awaitService("/functions/asks.state")
        let client = try HTTPConnection(host.functions)
        // `count` attempts fail with the status `version`; at 1 ms `Retry-After` is a second.
        let rows = [
            Row(body: #"{"key":"a","version":500}"#, state: "succeeded", attempts: 2),
            Row(body: #"{"key":"b","version":404}"#, state: "dead", attempts: 1),
            Row(body: #"{"key":"c","version":408}"#, state: "succeeded", attempts: 2),
            Row(body: #"{"key":"d","version":429}"#, state: "succeeded", attempts: 2),
            Row(body: #"{"key":"e","version":500,"text":"final"}"#, state: "dead", attempts: 1),
            Row(
                body: #"{"key":"f","version":409,"text":"retryable"}"#,
                state: "succeeded",
                attempts: 2
            ),
        ]
        let places = try rows.map { row in
            try #require(
                try client.enqueue("/functions/asks.fail", row.body).headers["location"]
            )
        }
        for (row, place) in zip(rows, places) {
            let ended = try client.end(place)
            #expect(ended.state == row.state, "\(row.body)")
            #expect(ended.attempts == row.attempts, "\(row.body)")
            if row.state == "dead" { #expect(ended.reason == "permanent") }
        }
        #expect(await host.stop() == 0)
    }

    @Test func isTriedAgainWhenItsFunctionWantsThat() async throws {
        let host = try await RoostProcess.start(plugins: ["HostCallPlugin"])
        try await host.awaitService("/functions/asks.state")
        let client = try HTTPConnection(host.functions)
        let begun = ContinuousClock.now
        let body = #"{"key":"g","version":503,"milliseconds":2500}"#
        let accepted = try client.enqueue("/functions/asks.fail", body)
        let ended = try client.end(try #require(accepted.headers["location"]))
        #expect(ended.state == "succeeded")
        #expect(ContinuousClock.now - begun >= .seconds(3), "whole seconds, never sooner")
        let direct = try client.request(
            "POST",
            "/functions/asks.fail",
            body: #"{"key":"h","version":503,"milliseconds":2500}"#
        )
        #expect(direct.status == 503)
        #expect(direct.headers["retry-after"] == "3")
        #expect(await host.stop() == 0)
    }
}
