import Foundation
import Testing

/// What functions ask of the host, through real cells.
@Suite("A function that asks the host", .serialized)
struct HostCallTests {
    private struct Seen: Decodable {
        var text: String?
        var version: Int64?
        var count: Int?
    }

    private func ask(
        _ client: HTTPConnection,
        _ function: String,
        _ body: String
    ) throws -> Seen {
        let reply = try client.request("POST", "/functions/asks.\(function)", body: body)
        try #require(reply.status == 200, "\(reply)")
        return try JSONDecoder().decode(Seen.self, from: Data(reply.body.utf8))
    }

    private func start(home: URL? = nil) async throws -> RoostProcess {
        let host = try await RoostProcess.start(plugins: ["HostCallPlugin"], home: home)
        try await host.awaitService("/functions/asks.state")
        return host
    }

    @Test func keepsValuesOverACrashAndAHostThatIsKilled() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        #expect(try ask(client, "state", #"{"key":"a"}"#).text == nil)
        let set = try ask(client, "state", #"{"function":"set","key":"a","text":"one"}"#)
        let version = try #require(set.version)
        #expect(try ask(client, "state", #"{"key":"a"}"#).text == "one")
        let stale = #"{"function":"set","key":"a","text":"two","version":\#(version + 1)}"#
        #expect(try ask(client, "state", stale).version == nil)
        let absent = #"{"function":"set","key":"a","text":"two","version":0}"#
        #expect(try ask(client, "state", absent).version == nil)
        let brief = #"{"function":"set","key":"b","text":"x","milliseconds":1}"#
        _ = try ask(client, "state", brief)
        _ = try await eventually("it has vanished") {
            try ask(client, "state", #"{"key":"b"}"#).text == nil ? true : nil
        }
        kill(host.processIdentifier, SIGKILL)
        _ = await host.exitStatus()
        let next = try await start(home: host.home)
        let again = try HTTPConnection(next.functions)
        let kept = try ask(again, "state", #"{"key":"a"}"#)
        #expect(kept.text == "one")
        #expect(kept.version == version)
        #expect(try ask(again, "state", #"{"function":"remove","key":"a"}"#).count == 1)
        #expect(try ask(again, "state", #"{"function":"remove","key":"a"}"#).count == 0)
        #expect(await next.stop() == 0)
    }

    @Test(arguments: ["state", "add-plainly"])
    func countsWithoutLosingAny(function: String) async throws {
        let host = try await start()
        let path = "/functions/asks.\(function)"
        let address = host.functions
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let client = try HTTPConnection(address)
                    for _ in 0..<20 {
                        let body = #"{"function":"add","key":"n"}"#
                        let reply = try client.request("POST", path, body: body)
                        #expect(reply.status == 200, "\(reply)")
                    }
                }
            }
            try await group.waitForAll()
        }
        let client = try HTTPConnection(host.functions)
        #expect(try ask(client, function, #"{"function":"add","key":"n"}"#).count == 121)
        #expect(await host.stop() == 0)
    }

    @Test func mayAskForMuchAtATime() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        #expect(try ask(client, "state", #"{"function":"many","count":500}"#).count == 500)
        #expect(await host.stop() == 0)
    }

    @Test func isToldInWordsWhatIsTooLarge() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let large = try client.request(
            "POST",
            "/functions/asks.state",
            body: #"{"function":"set","size":1100000}"#
        )
        #expect(large.status == 500)
        #expect(large.body.contains("413"), "\(large.body)")
        #expect(large.body.contains("1 MiB"), "\(large.body)")
        #expect(await host.stop() == 0)
    }

    @Test(arguments: ["crash", "fail", "keep"])
    func leavesItsLockHeldUntilItsTimeIsOverHoweverItEnds(how: String) async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        // Of a lock for a minute nobody else gets any, of one for a moment somebody soon does.
        _ = try client.request(
            "POST",
            "/functions/asks.lock",
            body: #"{"key":"long","milliseconds":60000,"text":"\#(how)"}"#
        )
        let busy = #"{"key":"long","milliseconds":60000,"wait":50}"#
        #expect(try ask(client, "lock", busy).text == "busy")
        _ = try client.request(
            "POST",
            "/functions/asks.lock",
            body: #"{"key":"short","milliseconds":500,"text":"\#(how)"}"#
        )
        let patient = #"{"key":"short","milliseconds":60000,"wait":20000}"#
        #expect(try ask(client, "lock", patient).text == "had")
        #expect(await host.stop() == 0)
    }

    @Test func isServedAfterAnotherWhoReleases() async throws {
        let host = try await start()
        let address = host.functions
        let tokens = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let client = try HTTPConnection(address)
                    let body = #"{"milliseconds":60000,"wait":20000,"count":20}"#
                    return try ask(client, "lock", body).version
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(tokens.compactMap(\.self)).count == 4, "\(tokens)")
        #expect(await host.stop() == 0)
    }

    @Test func losesALockThatItHoldsForTooLongAndKeepsOneThatItRenews() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let lost = try ask(client, "lock", #"{"milliseconds":200,"text":"outlive"}"#)
        #expect(lost.text == "lost")
        #expect(lost.version == 410)
        let kept = try ask(client, "lock", #"{"milliseconds":5000,"text":"renew"}"#)
        #expect(kept.text == "had")
        #expect(await host.stop() == 0)
    }

    @Test func queuesACallOfAnother() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let body = #"{"function":"asks.add-plainly","key":"once"}"#
        let first = try #require(try ask(client, "queue", body).text)
        #expect(try ask(client, "queue", body).text == first, "one key, one call")
        let ended = try client.end("/invocations/\(first)")
        #expect(ended.state == "succeeded")
        #expect(ended.result?.body == #"{"count":1}"#)
        let unknown = try client.request(
            "POST",
            "/functions/asks.queue",
            body: #"{"function":"asks.nobody"}"#
        )
        #expect(unknown.status == 500)
        #expect(unknown.body.contains("404"), "\(unknown.body)")
        #expect(await host.stop() == 0)
    }

    @Test func queuesACallThatOutlivesAHostThatIsKilled() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let body = #"{"function":"asks.add-plainly","milliseconds":2000}"#
        let id = try #require(try ask(client, "queue", body).text)
        kill(host.processIdentifier, SIGKILL)
        _ = await host.exitStatus()
        let next = try await start(home: host.home)
        let ended = try HTTPConnection(next.functions).end("/invocations/\(id)")
        #expect(ended.state == "succeeded")
        #expect(await next.stop() == 0)
    }

    @Test func cannotQueueItselfForEver() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        var id = try #require(try ask(client, "chain", "{}").text)
        for depth in 2...17 {
            let ended = try client.end("/invocations/\(id)")
            let body = try #require(ended.result?.body)
            let seen = try JSONDecoder().decode(Seen.self, from: Data(body.utf8))
            #expect(seen.count == depth)
            if depth == 17 {
                #expect(seen.version == 508)
                #expect(seen.text?.contains("16 functions") == true, "\(seen)")
            } else {
                id = try #require(seen.text)
            }
        }
        #expect(await host.stop() == 0)
    }
}
