import Foundation
import Testing

/// Invocations that are answered before they have run.
@Suite("An asynchronous invocation", .serialized)
struct AsyncTests {
    @Test func isAnsweredOnceItIsDurableAndKeepsItsResult() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/hello", "/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        let accepted = try client.enqueue("/hello", #"{"name":"Ada"}"#)
        #expect(accepted.status == 202)
        #expect(accepted.headers["preference-applied"] == "respond-async")
        let id = try #require(accepted.headers["roost-invocation-id"])
        let location = try #require(accepted.headers["location"])
        #expect(location == "/invocations/\(id)")
        let ended = try client.end(location)
        #expect(ended.state == "succeeded")
        #expect(ended.attempts == 1)
        #expect(ended.result?.status == 200)
        #expect(ended.result?.body == #"{"message":"Hello, Ada!"}"#)

        let shown = try await host.command("invocations", id)
        #expect(shown.output.contains("succeeded"), "\(shown)")
        // An idle function's slow run: a short wait shows that it runs.
        let slow = try client.enqueue("/functions/zoo.slow", #"{"milliseconds":4000}"#)
        let place = try #require(slow.headers["location"])
        let early = try client.look(place)
        #expect(["waiting", "running"].contains(early.state))
        #expect(try client.end(place).result?.body?.contains("done") == true)
        #expect(await host.stop() == 0)
    }

    @Test func isRefusedInWordsWhenItCannotBeTaken() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        try await host.awaitService("/hello")
        let client = try HTTPConnection(host.functions)
        #expect(try client.enqueue("/nothing/here", "x").status == 404)
        let unknown = String(repeating: "0", count: 32)
        #expect(try client.request("GET", "/invocations/\(unknown)").status == 404)
        #expect(try client.request("GET", "/invocations/x").status == 404)
        #expect(try client.request("POST", "/invocations/\(unknown)").status == 405)
        let large = String(repeating: "x", count: (1 << 20) + 1)
        #expect(try HTTPConnection(host.functions).enqueue("/hello", large).status == 413)
        #expect(await host.stop() == 0)
    }

    @Test func runsOnceForOneKey() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        try await host.awaitService("/hello")
        let client = try HTTPConnection(host.functions)
        let body = #"{"name":"Ada"}"#
        let first = try client.enqueue("/hello", body, ["Idempotency-Key: one"])
        let again = try client.enqueue("/hello", body, ["Idempotency-Key: one"])
        let other = try client.enqueue("/hello", #"{"name":"Bob"}"#, ["Idempotency-Key: one"])
        #expect(first.status == 202)
        #expect(again.status == 202)
        #expect(first.headers["location"] == again.headers["location"])
        #expect(other.status == 422)
        #expect(await host.stop() == 0)
    }

    @Test func thatFailsForGoodIsNotTriedAgain() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        try await host.awaitService("/hello")
        let client = try HTTPConnection(host.functions)
        let accepted = try client.enqueue("/hello", "no JSON")
        let ended = try client.end(try #require(accepted.headers["location"]))
        #expect(ended.state == "dead")
        #expect(ended.reason == "permanent")
        #expect(ended.attempts == 1)
        #expect(ended.error?.kind == "UndecodableInput")
        #expect(await host.stop() == 0)
    }

    @Test func thatPoisonsItsFunctionBecomesADeadLetterAndBlocksNobody() async throws {
        // Or its function would be paused, longer after each crash, and this would take minutes.
        let host = try await RoostProcess.start(
            plugins: ["Zoo"],
            settings: "plugins: { zoo: { onCrash: restart } }"
        )
        try await host.awaitService("/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        let poison = try client.enqueue("/functions/zoo.fatal-error", "{}")
        let place = try #require(poison.headers["location"])
        let id = try #require(poison.headers["roost-invocation-id"])
        for number in 0..<20 {
            let other = try client.enqueue("/functions/zoo.echo", "message \(number)")
            let ended = try client.end(try #require(other.headers["location"]))
            #expect(ended.state == "succeeded")
        }
        let ended = try client.end(place)
        #expect(ended.state == "dead")
        #expect(ended.reason == "attemptsExhausted")
        #expect(ended.attempts == 3)
        #expect(ended.result?.outcome == "crashed")
        #expect(try await host.metric("roost_dead_letters_total{") == 1)

        let listed = try await host.command("dead-letters")
        #expect(listed.output.contains(id), "\(listed)")
        let shown = try await host.command("dead-letters", "show", id)
        #expect(shown.output.contains("attemptsExhausted"), "\(shown)")
        let unknown = String(repeating: "0", count: 31) + "1"
        for verb in ["redrive", "purge"] {
            let refused = try await host.command("dead-letters", verb, id, unknown)
            #expect(refused.status == 4 && refused.errors.contains(unknown), "\(refused)")
            #expect(!refused.errors.contains(id), "\(refused)")
        }
        let redriven = try await host.command("dead-letters", "redrive", id)
        #expect(redriven.output == "1 queued again\n", "\(redriven)")
        // The pauses go on doubling: they alone may take 24 seconds.
        let again = try await eventually("it has died again", within: .seconds(60)) {
            () -> AsyncState? in
            let state = try client.look(place)
            return state.state == "dead" && state.attempts > 3 ? state : nil
        }
        #expect(again.attempts == 6)
        let purged = try await host.command("dead-letters", "purge", "--all")
        #expect(purged.output == "1 removed\n", "\(purged)")
        #expect(try client.request("GET", place).status == 404)
        #expect(await host.stop() == 0)
    }

    @Test func isCancelledWhileItRunsAndWhileItWaits() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Zoo"],
            settings: "functions: { zoo.slow-async: { limits: { concurrency: 1 } } }"
        )
        try await host.awaitService("/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        let body = #"{"milliseconds":20000}"#
        let places = try (0..<2).map { _ in
            try #require(
                try client.enqueue("/functions/zoo.slow-async", body).headers["location"]
            )
        }
        _ = try await eventually("the first one runs") {
            try client.look(places[0]).state == "running" ? true : nil
        }
        for place in places.reversed() {
            let reply = try await host.send("DELETE", "/v1\(place)")
            #expect(reply.status == 202, "\(reply)")
        }
        for place in places { #expect(try client.end(place).state == "cancelled") }
        #expect(await host.stop() == 0)
    }

    @Test func survivesAnOrderlyStopInTheMiddleOfItsRun() async throws {
        let home = try RoostProcess.makeHome()
        let settings = "drainTimeout: 200ms\n"
        let host = try await RoostProcess.start(plugins: ["Zoo"], settings: settings, home: home)
        try await host.awaitService("/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        let accepted = try client.enqueue("/functions/zoo.slow-async", #"{"milliseconds":8000}"#)
        let place = try #require(accepted.headers["location"])
        _ = try await eventually("it runs") {
            try client.look(place).state == "running" ? true : nil
        }
        #expect(await host.stop(removeHome: false) == 0)
        let next = try await RoostProcess.start(home: home)
        let ended = try HTTPConnection(next.functions).end(place)
        #expect(ended.state == "succeeded")
        #expect(ended.attempts == 2)
        #expect(await next.stop() == 0)
    }

    @Test func isLeftAloneByAHostWhoseStoreIsDamaged() async throws {
        let home = try RoostProcess.makeHome()
        try Data("not a database at all".utf8).write(to: home.appending(path: "roost.sqlite"))
        await #expect {
            _ = try await RoostProcess.start(home: home)
        } throws: { error in
            "\(error)".contains("roost.sqlite")
        }
        try FileManager.default.removeItem(at: home)
    }

    @Test func runsForAnOperatorAndItsStoreIsCopied() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        try await host.awaitService("/hello")
        let id = try await host.queue("hello", #"{"name":"operator"}"#)
        let ended = try HTTPConnection(host.functions).end("/invocations/\(id)")
        #expect(ended.result?.body == #"{"message":"Hello, operator!"}"#)

        let copy = try RoostProcess.makeHome()
        let backup = try await host.command("backup", copy.path + "/roost.sqlite")
        #expect(backup.status == 0, "\(backup)")
        #expect(await host.stop() == 0)
        let next = try await RoostProcess.start(home: copy)
        #expect(try HTTPConnection(next.functions).end("/invocations/\(id)").state == "succeeded")
        #expect(await next.stop() == 0)
    }
}
