import Events
import FunctionSDK
import FunctionTesting
import Testing

@Suite struct EventsTests {
    @Test func sendsAsManyEventsAsAskedFor() async throws {
        let host = try TestHost(entry: Events.entry)
        let reply = await host.invoke("events", .http(.get, "/events?every=500&count=3"))
        #expect(reply.contentType == "text/event-stream")
        #expect(reply.pieces.count == 3)
        #expect(reply.text.hasPrefix("event: tick\nid: 1\ndata: {\"tick\":1,"))
        #expect(!reply.failed)
    }

    @Test func endsWhenTheCallerLeaves() async throws {
        let host = try TestHost(entry: Events.entry)
        let reply = await host.invoke("events", .http(.get, "/events"), leavingAfter: 4)
        #expect(reply.pieces.count == 4)
        #expect(reply.errorType == "CancellationError")
    }

    @Test func refusesAnImpossiblePace() async throws {
        let host = try TestHost(entry: Events.entry)
        #expect(await host.invoke("events", .http(.get, "/events?every=0")).status == 400)
    }
}
