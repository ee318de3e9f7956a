import FunctionModel
import HostServices
import NIOCore
import Synchronization
import Testing

struct EventCallTests {
    private let bench = ServiceBench()

    private func emit(
        _ type: String,
        _ attributes: [(String, String)] = [],
        depth: Int = 0
    ) async -> HostAnswer {
        var call = HostCall(
            number: 1,
            operation: .emit,
            name: type,
            contentType: "application/json",
            payload: ByteBuffer(string: "1"),
            timeout: nil
        )
        call.options = attributes.map { Field($0.0, $0.1) }
        let caller = HostCaller(
            id: InvocationID(),
            function: ServiceBench.mail,
            trace: TraceContext(),
            depth: depth,
            remaining: .seconds(1)
        )
        return await bench.services.answer(call, from: caller)
    }

    private func emitted() throws -> EmittedEvent {
        try #require(bench.desk.events.withLock { $0.last })
    }

    @Test func whatIsNotSaidOfAnEventIsFilledIn() async throws {
        let answer = await emit("order.paid", depth: 2)
        #expect(answer.status == 202)
        #expect(answer.number == 2, "how many hear of it")
        let event = try emitted()
        #expect(event.attributes.type == "order.paid")
        #expect(event.attributes.source == "/functions/shop.mail")
        #expect(event.attributes.id == String(buffer: answer.payload))
        #expect(event.attributes.time == "1970-01-12T13:46:40.000Z")
        #expect(event.depth == 2)
        #expect(event.data == ByteBuffer(string: "1"))
        let id = event.attributes.id
        _ = await emit("order.paid")
        #expect(try emitted().attributes.id != id)
    }

    @Test func whatTheFunctionSaysCounts() async throws {
        _ = await emit("a", [("id", "7"), ("subject", "s"), ("region", "eu"), ("source", "me")])
        let attributes = try emitted().attributes
        #expect(attributes.id == "7")
        #expect(attributes.subject == "s")
        #expect(attributes.source == "me")
        #expect(attributes["region"] == "eu")
        #expect(try emitted().emitter == ServiceBench.mail, "whatever it says of the source")
    }

    struct Row: Sendable {
        var type = "a"
        var attribute: (String, String)?
        var depth = 0
        var status: Int
    }

    @Test(arguments: [
        Row(type: "", status: 400),
        Row(attribute: ("Region", "eu"), status: 400),
        Row(attribute: ("id", ""), status: 400),
        Row(attribute: ("region", String(repeating: "x", count: 1_025)), status: 413),
        Row(attribute: ("source", "/functions/shop.bill"), status: 403),
        Row(attribute: ("source", "/functions/shop.mail"), status: 202),
        Row(depth: 15, status: 202),
        Row(depth: 16, status: 508),
    ])
    func refusesWhatBreaksARule(row: Row) async {
        let attributes = row.attribute.map { [$0] } ?? []
        #expect(await emit(row.type, attributes, depth: row.depth).status == row.status)
    }

    @Test func oneFullQueueRefusesTheEventForAll() async {
        bench.desk.published.withLock { $0 = .queueFull(ServiceBench.bill) }
        let answer = await emit("a")
        #expect(answer.status == 429)
        #expect(String(buffer: answer.payload).contains("shop.bill"))
    }
}
