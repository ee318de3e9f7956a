import Foundation
import Testing

/// What is kept of invocations, and how it is found again.
@Suite("Records", .serialized)
struct RecordTests {
    private struct Page: Decodable {
        struct Entry: Decodable {
            var id: String
            var function: String
            var trigger: String
            var outcome: String?
            var received: Double
        }
        var invocations: [Entry]
        var next: String?
    }

    private func list(_ host: RoostProcess, _ query: String) async throws -> Page {
        let reply = try await host.send("GET", "/v1/invocations?\(query)")
        try #require(reply.status == 200, "\(reply)")
        return try JSONDecoder().decode(Page.self, from: Data(reply.body.utf8))
    }

    private func all(
        _ host: RoostProcess,
        _ query: String = "",
        page: Int
    ) async throws
        -> [Page.Entry]
    {
        var entries: [Page.Entry] = []
        var after = ""
        while true {
            let page = try await list(host, "limit=\(page)\(query)\(after)")
            entries += page.invocations
            guard let next = page.next else { return entries }
            after = "&after=\(next)"
        }
    }

    @Test func outliveTheHostAndAreListedInParts() async throws {
        let home = try RoostProcess.makeHome()
        let host = try await RoostProcess.start(
            plugins: ["Hello", "Zoo"],
            settings: "recordSample: 1\n",
            home: home
        )
        try await host.awaitService("/hello", "/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        var ids: [String] = []
        for number in 0..<7 {
            let reply = try client.request("POST", "/hello", body: #"{"name":"\#(number)"}"#)
            ids.append(try #require(reply.headers["roost-invocation-id"]))
        }
        let queued = try client.enqueue("/hello", "no JSON")
        _ = try client.end(try #require(queued.headers["location"]))
        #expect(try client.request("POST", "/functions/zoo.fatal-error", body: "{}").status == 502)
        #expect(await host.stop(removeHome: false) == 0)

        let next = try await RoostProcess.start(home: home)
        try await next.awaitService("/hello", "/functions/zoo.echo")
        let again = try HTTPConnection(next.functions)
        let reply = try again.request("POST", "/hello", body: #"{"name":"new"}"#)
        ids.append(try #require(reply.headers["roost-invocation-id"]))
        let whole = try await all(next, page: 100).filter { $0.trigger != "operator" }
        #expect(Set(ids).isSubset(of: whole.map(\.id)))
        #expect(whole.map(\.received) == whole.map(\.received).sorted(by: >))
        let parts = try await all(next, page: 2).filter { $0.trigger != "operator" }
        #expect(parts.map(\.id) == whole.map(\.id))
        let crashed = try await all(next, "&outcome=crashed", page: 100)
        #expect(crashed.map(\.function) == ["zoo.fatal-error"])
        let failed = try await all(next, "&outcome=failed&trigger=queue&function=hello", page: 9)
        #expect(failed.map(\.id) == [queued.headers["roost-invocation-id"]])
        #expect(try await list(next, "before=2020-01-01T00:00:00Z").invocations.isEmpty)
        #expect(try await all(next, "&since=1h", page: 100).count >= whole.count)

        let id = try #require(crashed.first?.id)
        let shown = try await next.command("invocations", id)
        #expect(shown.output.contains("#0"), "the backtrace is there: \(shown)")
        let rows = try await next.command("invocations", "--limit", "1", "--since", "1h")
        #expect(rows.output.contains("--after"), "\(rows)")
        for wrong in ["since=soon", "after=x", "trigger=odd"] {
            #expect(try await next.send("GET", "/v1/invocations?\(wrong)").status == 400)
        }
        #expect(await next.stop() == 0)
    }

    @Test func ofWhatWentWellAreSampled() async throws {
        let home = try RoostProcess.makeHome()
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            settings: "recordSample: 0\n",
            home: home
        )
        try await host.awaitService("/hello")
        let client = try HTTPConnection(host.functions)
        let good = try client.request("POST", "/hello", body: #"{"name":"A"}"#)
        let bad = try client.request("POST", "/hello", body: "no JSON")
        #expect(await host.stop(removeHome: false) == 0)
        let next = try await RoostProcess.start(home: home)
        let kept = try await all(next, page: 100).map(\.id)
        #expect(!kept.contains(try #require(good.headers["roost-invocation-id"])))
        #expect(kept.contains(try #require(bad.headers["roost-invocation-id"])))
        #expect(await next.stop() == 0)
    }
}
