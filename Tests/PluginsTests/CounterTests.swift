import Counter
import FunctionSDK
import FunctionTesting
import Testing

@Suite struct CounterTests {
    @Test func countsEveryVisit() async throws {
        let world = TestWorld(state: ["visits": ["about": Array("41".utf8)]])
        let host = try TestHost(entry: Counter.entry, world: world)
        func visit(_ method: HTTPMethod, _ page: String) async -> String {
            await host.invoke(
                "visits",
                .http(method, "/visits/\(page)", parameters: ["page": page])
            ).text
        }
        #expect(await visit(.get, "home") == #"{"page":"home","visits":0}"#)
        #expect(await visit(.post, "home") == #"{"page":"home","visits":1}"#)
        #expect(await visit(.post, "home") == #"{"page":"home","visits":2}"#)
        #expect(await visit(.post, "about") == #"{"page":"about","visits":42}"#)
        #expect(host.state(of: "visits") == ["home": Array("2".utf8), "about": Array("42".utf8)])
    }

    @Test func rebuildsAndReleasesTheLock() async throws {
        let host = try TestHost(entry: Counter.entry)
        for _ in 0..<2 {
            let reply = await host.invoke("rebuild", .http(.post, "/rebuild"))
            #expect(reply.text == "rebuilt\n")
        }
    }
}
