import Foundation
import Testing

/// What callers wish of the delivery of queued invocations.
@Suite("A queued invocation's delivery", .serialized)
struct DeliveryTests {
    @Test func followsItsWishes() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/hello", "/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        let late = try client.enqueue("/hello", "{}", ["Roost-Delay: 1h"])
        #expect(late.status == 202, "\(late)")
        let place = try #require(late.headers["location"])
        #expect(try client.look(place).state == "waiting")

        let short = try client.enqueue(
            "/functions/zoo.fatal-error",
            "{}",
            ["Roost-Maximum-Attempts: 1"]
        )
        let ended = try client.end(try #require(short.headers["location"]))
        #expect(ended.state == "dead")
        #expect(ended.attempts == 1)

        let soon = try client.enqueue(
            "/functions/zoo.slow-async",
            #"{"milliseconds":60000}"#,
            ["Roost-Timeout: 300ms", "Roost-Maximum-Attempts: 1"]
        )
        #expect(
            try client.end(try #require(soon.headers["location"])).result?.outcome == "timedOut"
        )

        let over = try client.enqueue("/hello", "{}", ["Roost-Deadline: 2020-01-01T00:00:00Z"])
        #expect(over.status == 400)
        #expect(over.body.contains("deadline"), "\(over)")
        let outside = try client.enqueue(
            "/hello",
            "{}",
            ["Roost-Callback: http://169.254.169.254/"]
        )
        #expect(outside.status == 400)
        #expect(outside.body.contains("deliverTo"), "\(outside)")
        #expect(await host.stop() == 0)
    }

    @Test func keepsTheOrderOfAKey() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"])
        try await host.awaitService("/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        // The first one outlasts what is looked at; the others would be over at once.
        let places = try [3_000, 1, 1].map { milliseconds in
            let reply = try client.enqueue(
                "/functions/zoo.slow-async",
                #"{"milliseconds":\#(milliseconds)}"#,
                ["Roost-Ordering-Key: one"]
            )
            return try #require(reply.headers["location"])
        }
        _ = try await eventually("the first one runs") {
            try client.look(places[0]).state == "running" ? true : nil
        }
        #expect(try client.look(places[2]).state == "waiting")
        for place in places { #expect(try client.end(place).state == "succeeded") }
        #expect(await host.stop() == 0)
    }

    @Test func isAnsweredDirectlyWhereItEndsInTime() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/hello", "/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        let direct = try client.request(
            "POST",
            "/hello",
            body: #"{"name":"Ada"}"#,
            headers: ["Prefer: respond-async, wait=20"]
        )
        #expect(direct.status == 200)
        #expect(direct.body == #"{"message":"Hello, Ada!"}"#)
        let failed = try client.request(
            "POST",
            "/hello",
            body: "no JSON",
            headers: ["Prefer: respond-async, wait=20"]
        )
        #expect(failed.status == 400, "\(failed)")
        let late = try client.request(
            "POST",
            "/functions/zoo.slow-async",
            body: #"{"milliseconds":20000}"#,
            headers: ["Prefer: respond-async, wait=1"]
        )
        #expect(late.status == 202)
        let place = try #require(late.headers["location"])
        let stopped = try client.request("DELETE", place)
        #expect(stopped.status == 202, "\(stopped)")
        #expect(try client.end(place).state == "cancelled")
        #expect(try client.request("DELETE", place).status == 409)
        #expect(await host.stop() == 0)
    }

    @Test func isTheSameForManyInOneRequest() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/hello", "/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        let items = (0..<100).map { #"{"function":"hello","payload":{"name":"N\#($0)"}}"# }
        let reply = try client.request(
            "POST",
            "/invocations",
            body: #"{"invocations":["# + items.joined(separator: ",") + "]}"
        )
        #expect(reply.status == 202, "\(reply)")
        struct Receipt: Decodable {
            struct Entry: Decodable { var location: String }
            var invocations: [Entry]
        }
        let receipt = try JSONDecoder().decode(Receipt.self, from: Data(reply.body.utf8))
        #expect(receipt.invocations.count == 100)
        for (number, entry) in receipt.invocations.enumerated() {
            let body = try client.end(entry.location).result?.body
            #expect(body == #"{"message":"Hello, N\#(number)!"}"#)
        }
        // One mistake, and none is taken.
        let mixed = try client.request(
            "POST",
            "/invocations",
            body: #"{"invocations":[{"function":"hello"},{"function":"nobody"}]}"#
        )
        #expect(mixed.status == 404)
        #expect(mixed.body.contains("invocations[1]"), "\(mixed)")
        #expect(await host.stop() == 0)
    }

    @Test func isWishedOnTheCommandLineToo() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        try await host.awaitService("/hello")
        let id = try await host.queue("hello", "{}", ["--delay", "1h"])
        let client = try HTTPConnection(host.functions)
        #expect(try client.look("/invocations/\(id)").state == "waiting")
        let cancelled = try await host.command("cancel", id)
        #expect(cancelled.output == "\(id) is cancelled\n", "\(cancelled)")
        #expect(try client.look("/invocations/\(id)").state == "cancelled")
        let again = try await host.command("cancel", id)
        #expect(again.status != 0)
        let wrong = try await host.command(
            "invoke",
            "hello",
            "--async",
            "--delay",
            "soon",
            "-d",
            "{}"
        )
        #expect(wrong.status != 0)
        #expect(wrong.errors.contains("Roost-Delay"), "\(wrong)")
        let sync = try await host.command("invoke", "hello", "--delay", "1s", "-d", "{}")
        #expect(sync.errors.contains("--async"), "\(sync)")
        #expect(await host.stop() == 0)
    }
}
