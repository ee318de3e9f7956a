import FunctionSDK
import FunctionTesting
import Testing

private let plugin = Plugin("asks") {
    Function("count") { (body: RawRequest, context) async throws -> Int in
        try await context.state.update("n") { ($0 ?? 0) + 1 }
    }
    Function("count-plainly") { (body: RawRequest, context) -> Int in
        try context.state.update("n") { ($0 ?? 0) + 1 }
    }
    Function("conditions") { (body: RawRequest, context) -> [String] in
        let state = context.state
        let first = try state.set("k", to: "a", if: .absent)
        let again = try state.set("k", to: "b", if: .absent)
        let second = try state.set("k", to: "c", if: .version(first ?? -1))
        let stale = try state.remove("k", if: .version(first ?? -1))
        let value = try state.value("k", as: String.self)
        let removed = try state.remove("k")
        let gone = try state.remove("k")
        return [first, again, second].map { $0 == nil ? "no" : "yes" }
            + [stale, removed, gone].map { $0 ? "yes" : "no" } + [value ?? "none"]
    }
    Function("expires") { (body: RawRequest, context) async throws -> [Bool] in
        try await context.state.set("k", raw: [1], lifetime: .seconds(5))
        let entry = try await context.state.rawEntry("k")
        try await context.sleep(for: .seconds(5))
        return [
            entry?.value == [1], entry?.expires != nil,
            try await context.state.rawEntry("k") == nil,
        ]
    }
    Function("too-large") { (body: RawRequest, context) in
        try context.state.set("k", raw: [UInt8](repeating: 0, count: 1 << 20 + 1))
        return "written"
    }
    Function("locks") { (body: RawRequest, context) async throws -> [String] in
        var seen: [String] = []
        guard let lock = try await context.lock("l", for: .seconds(10)) else { return ["none"] }
        seen.append(try await context.lock("l", for: .seconds(10)) == nil ? "busy" : "free")
        let later = try await context.lock("l", for: .seconds(1), waiting: .seconds(20))
        seen.append(later.map { $0.token > lock.token } == true ? "higher" : "lower")
        do { try await lock.release() } catch let error as StateError {
            seen.append("\(error.status)")
        }
        return seen
    }
    Function("locks-plainly") { (body: RawRequest, context) -> [String] in
        guard let lock = try context.lock("l", for: .seconds(10)) else { return ["none"] }
        try lock.renew(for: .seconds(20))
        try lock.release()
        return [try context.lock("l", for: .seconds(1)) == nil ? "busy" : "free"]
    }
    Function("queues") { (body: RawRequest, context) async throws -> [String] in
        let wish = QueuedCall.async(delay: .seconds(60), orderingKey: "o", idempotencyKey: "i")
        return [
            try await context.invoke("mail.send", 1, .async),
            try await context.invoke("mail.send", 2, wish),
            try await context.invoke("mail.send", 2, wish),
        ]
    }
    Function("emits") { (body: RawRequest, context) in
        try context.emit("order.paid", ["id": 7], attributes: ["subject": "7", "id": "x"]).id
    }
}

@Suite struct HostCallTests {
    let host: TestHost
    init() throws {
        host = try TestHost(plugin, world: TestWorld(state: ["count": ["n": Array("41".utf8)]]))
    }

    @Test func valuesAreCountedAndBelongToOneFunction() async throws {
        #expect(await host.invoke("count").text == "42")
        #expect(await host.invoke("count").text == "43")
        #expect(await host.invoke("count-plainly").text == "1")
        #expect(host.state(of: "count") == ["n": Array("43".utf8)])
    }

    @Test func conditionsHold() async throws {
        let seen = try await host.invoke("conditions").decode([String].self)
        #expect(seen == ["yes", "no", "yes", "no", "yes", "no", "c"])
    }

    @Test func valuesVanishByTheFakeClock() async throws {
        #expect(try await host.invoke("expires").decode([Bool].self) == [true, true, true])
    }

    @Test func whatIsTooLargeThrows() async {
        let reply = await host.invoke("too-large")
        #expect(reply.errorType == "StateError")
        #expect(reply.errorMessage.contains("413"))
        #expect(host.state(of: "too-large").isEmpty)
    }

    @Test func locksAreLeases() async throws {
        #expect(try await host.invoke("locks").decode([String].self) == ["busy", "higher", "410"])
        #expect(try await host.invoke("locks-plainly").decode([String].self) == ["free"])
    }

    @Test func queuedCallsAreKeptForTheTest() async throws {
        let ids = try await host.invoke("queues").decode([String].self)
        #expect(ids[1] == ids[2])
        #expect(host.queuedCalls.map(\.id) == [ids[0], ids[1]])
        #expect(host.queuedCalls.map(\.delay) == [nil, .seconds(60)])
        #expect(host.queuedCalls.map(\.orderingKey) == [nil, "o"])
        #expect(host.queuedCalls.map(\.payload) == [Array("1".utf8), Array("2".utf8)])
    }

    @Test func eventsAreKeptForTheTest() async {
        #expect(await host.invoke("emits").text == "x")
        #expect(host.emittedEvents.map(\.type) == ["order.paid"])
        #expect(host.emittedEvents.first?.attributes == ["subject": "7", "id": "x"])
    }
}
