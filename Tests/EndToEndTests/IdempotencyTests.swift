import Foundation
import Testing

/// Calls that someone waits for, under an idempotency key.
@Suite("A call under a key", .serialized)
struct IdempotencyTests {
    private struct Seen: Decodable {
        var count: Int?
    }

    private func start(
        home: URL? = nil,
        settings: String? = nil
    ) async throws -> RoostProcess {
        let host = try await RoostProcess.start(
            plugins: ["HostCallPlugin"],
            settings: settings,
            home: home
        )
        try await host.awaitService("/functions/asks.state")
        return host
    }

    private func call(
        _ client: HTTPConnection,
        _ function: String,
        _ body: String,
        _ fields: String...
    ) throws -> Reply {
        try client.request("POST", "/functions/asks.\(function)", body: body, headers: fields)
    }

    private func count(_ reply: Reply) throws -> Int? {
        try JSONDecoder().decode(Seen.self, from: Data(reply.body.utf8)).count
    }

    private static let add = #"{"function":"add","key":"n"}"#
    private static let key = "Idempotency-Key: one"

    @Test func isMadeOnceAlsoWhenTheHostIsKilledInBetween() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let first = try call(client, "state", Self.add, Self.key)
        #expect(first.status == 200)
        #expect(first.headers["idempotency-replayed"] == nil)
        let again = try call(client, "state", Self.add, "Idempotency-Key: \"one\"")
        #expect(again.headers["idempotency-replayed"] == "true")
        #expect(again.body == first.body)
        #expect(again.headers["roost-invocation-id"] == first.headers["roost-invocation-id"])
        #expect(again.headers["content-type"] == first.headers["content-type"])
        kill(host.processIdentifier, SIGKILL)
        _ = await host.exitStatus()
        let next = try await start(home: host.home)
        let other = try HTTPConnection(next.functions)
        let kept = try call(other, "state", Self.add, Self.key)
        #expect(kept.headers["idempotency-replayed"] == "true")
        #expect(try count(kept) == 1)
        #expect(try count(call(other, "state", Self.add)) == 2)
        #expect(await next.stop() == 0)
    }

    @Test func belongsToItsCallerItsFunctionAndItsPayload() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        #expect(try count(call(client, "state", Self.add, Self.key)) == 1)
        let other = try call(client, "state", #"{"function":"add","key":"m"}"#, Self.key)
        #expect(other.status == 422)
        let ada = "Authorization: Bearer ada"
        #expect(try count(call(client, "state", Self.add, Self.key, ada)) == 2)
        let again = try call(client, "state", Self.add, Self.key, ada)
        #expect(try count(again) == 2)
        #expect(again.headers["idempotency-replayed"] == "true")
        let elsewhere = try call(client, "add-plainly", Self.add, Self.key)
        #expect(elsewhere.headers["idempotency-replayed"] == nil)
        let sdk = "amz-sdk-invocation-id: 6a1f"
        #expect(try count(call(client, "state", Self.add, sdk)) == 3)
        #expect(try count(call(client, "state", Self.add, sdk)) == 3)
        let empty = try call(client, "state", Self.add, "Idempotency-Key:")
        #expect(empty.status == 400)
        let long = "Idempotency-Key: " + String(repeating: "k", count: 256)
        let next = try HTTPConnection(host.functions)
        #expect(try call(next, "state", Self.add, long).status == 400)
        #expect(await host.stop() == 0)
    }

    @Test func joinsTheOneThatIsUnderWay() async throws {
        let host = try await start()
        let address = host.functions
        let body = #"{"key":"j","milliseconds":500}"#
        let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try call(HTTPConnection(address), "count-slowly", body, Self.key)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.allSatisfy { $0.status == 200 }, "\(replies)")
        #expect(Set(replies.map(\.body)) == [#"{"count":1}"#])
        #expect(replies.count { $0.headers["idempotency-replayed"] == "true" } == 3)
        #expect(await host.stop() == 0)
    }

    @Test func isJoinedByOneThatIsQueuedUnderTheSameKey() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        #expect(try count(call(client, "state", Self.add, Self.key)) == 1)
        let queued = try client.enqueue("/functions/asks.state", Self.add, [Self.key])
        #expect(queued.status == 202)
        let first = try call(client, "state", Self.add, Self.key)
        #expect(first.headers["roost-invocation-id"] == queued.headers["roost-invocation-id"])
        #expect(try count(call(client, "state", Self.add)) == 2, "it was not made again")
        #expect(await host.stop() == 0)
    }

    @Test func isMadeAgainWhereAnotherAttemptMayHelp() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        for (status, keeps) in [(503, false), (500, false), (429, false), (404, true)] {
            let body = #"{"key":"f\#(status)","version":\#(status)}"#
            let key = "Idempotency-Key: f\(status)"
            #expect(try call(client, "fail", body, key).status == status)
            let again = try call(client, "fail", body, key)
            #expect(again.status == (keeps ? status : 200))
            #expect(again.headers["idempotency-replayed"] == (keeps ? "true" : nil))
        }
        #expect(await host.stop() == 0)
    }

    @Test func saysSoWhereItsReplyIsNotKept() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        #expect(try call(client, "stream", "x", Self.key).body == "piece")
        let again = try call(client, "stream", "x", Self.key)
        #expect(again.status == 409)
        #expect(again.body.contains("reply-not-kept"), "\(again)")
        let large = #"{"size":1048577}"#
        #expect(try call(client, "large", large, Self.key).status == 200)
        #expect(try call(client, "large", large, Self.key).status == 409)
        #expect(await host.stop() == 0)
    }

    @Test func isForgottenAfterItsTime() async throws {
        let host = try await start(settings: "keyLifetime: 1s\n")
        let client = try HTTPConnection(host.functions)
        #expect(try count(call(client, "state", Self.add, Self.key)) == 1)
        _ = try await eventually("the key is forgotten") {
            try count(call(client, "state", Self.add, Self.key)) == 2 ? true : nil
        }
        #expect(await host.stop() == 0)
    }
}
