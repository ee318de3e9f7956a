import FunctionModel
import HostServices
import NIOCore
import Testing

struct StateCallTests {
    private let bench = ServiceBench()

    @Test func valuesBelongToTheFunctionThatAsks() async {
        let written = await bench.ask(.writeState, "k", "1")
        #expect(written.status == 204)
        let read = await bench.ask(.readState, "k")
        #expect(read.status == 200)
        #expect(String(buffer: read.payload) == "1")
        #expect(read.number == written.number)
        #expect(read.expires == nil)
        #expect(await bench.ask(.readState, "k", from: ServiceBench.bill).status == 404)
    }

    @Test func aConditionThatDoesNotHoldSaysThePresentVersion() async {
        #expect(await bench.ask(.writeState, "k", "0", [.expected: "7"]).status == 409)
        let first = await bench.ask(.writeState, "k", "1", [.expected: "0"])
        #expect(first.status == 204)
        let again = await bench.ask(.writeState, "k", "2", [.expected: "0"])
        #expect(again.status == 409)
        #expect(again.number == first.number)
        let second = await bench.ask(.writeState, "k", "2", [.expected: "\(first.number)"])
        #expect(second.status == 204)
        #expect(second.number > first.number)
        #expect(
            await bench.ask(.removeState, "k", "", [.expected: "\(first.number)"]).status == 409
        )
        let removed = await bench.ask(.removeState, "k", "", [.expected: "\(second.number)"])
        #expect(removed.status == 204)
        #expect(removed.number == second.number)
        #expect(await bench.ask(.removeState, "k").number == 0)
    }

    @Test func whatHasALifetimeVanishes() async {
        let lifetime = Duration.seconds(2)
        _ = await bench.ask(.writeState, "k", "1", [.lifetime: "2000000000"])
        #expect(await bench.ask(.readState, "k").expires == bench.clock.now + lifetime)
        bench.clock.advance(lifetime)
        #expect(await bench.ask(.readState, "k").status == 404)
        #expect(await bench.ask(.writeState, "k", "2", [.expected: "0"]).status == 204)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name = "k"
        var size = 1
        var options: [HostOption: String] = [:]
        var status: Int
        var testDescription: String { "\(name.prefix(8)) \(size) \(options) \(status)" }
    }

    @Test(arguments: [
        Row(name: "", status: 400),
        Row(name: String(repeating: "k", count: 1_024), status: 204),
        Row(name: String(repeating: "k", count: 1_025), status: 413),
        Row(size: 1 << 20, status: 204),
        Row(size: 1 << 20 + 1, status: 413),
        Row(options: [.expected: "-2"], status: 400),
        Row(options: [.expected: "one"], status: 400),
        Row(options: [.lifetime: "0"], status: 400),
        Row(options: [.lifetime: "-1"], status: 400),
    ])
    func refusesWhatBreaksARule(row: Row) async {
        let payload = String(repeating: "x", count: row.size)
        let answer = await bench.ask(.writeState, row.name, payload, row.options)
        #expect(answer.status == row.status)
        #expect((answer.payload.readableBytes > 0) == (row.status >= 400))
    }

    @Test func allValuesTogetherHaveABoundOfEachFunction() async {
        var settings = ServiceSettings()
        settings.state = StateBounds(bytes: ByteCount(bytes: 100), entries: 3)
        let bench = ServiceBench(settings: settings)
        let large = String(repeating: "x", count: 90)
        #expect(await bench.ask(.writeState, "a", large).status == 204)
        let full = await bench.ask(.writeState, "b", large)
        #expect(full.status == 507)
        #expect(String(buffer: full.payload).contains("100"))
        #expect(await bench.ask(.writeState, "a", large + "1234").status == 204)
        #expect(await bench.ask(.writeState, "b", large, from: ServiceBench.bill).status == 204)
        #expect(await bench.ask(.removeState, "a").status == 204)
        for key in ["a", "b", "c"] { #expect(await bench.ask(.writeState, key).status == 204) }
        #expect(await bench.ask(.writeState, "d").status == 507)
        #expect(await bench.ask(.writeState, "c", "1").status == 204)
    }

    @Test func aStoreThatCannotWriteIsSaidSo() async {
        let services = HostServices(
            store: BrokenStore(),
            desk: bench.desk,
            bus: bench.desk,
            directory: bench.desk,
            now: { WallTime(seconds: 1) },
            resolve: { _ in nil }
        )
        let call = HostCall(
            number: 1,
            operation: .writeState,
            name: "k",
            contentType: "",
            payload: ByteBuffer(),
            timeout: nil
        )
        let caller = HostCaller(
            id: InvocationID(),
            function: ServiceBench.mail,
            trace: TraceContext(),
            depth: 0,
            remaining: .seconds(1)
        )
        let answer = await services.answer(call, from: caller)
        #expect(answer.status == 503)
        #expect(String(buffer: answer.payload).contains("disk full"))
    }
}

/// A store whose disk is full.
private struct BrokenStore: FunctionStateStore, LockTable {
    private func full() -> StoreError { .unavailable("disk full") }

    func value(_ key: String, in scope: StateScope) async throws(StoreError) -> StateEntry? {
        throw full()
    }
    func put(
        _ value: StateValue,
        under key: String,
        in scope: StateScope,
        if condition: StateCondition,
        within bounds: StateBounds
    ) async throws(StoreError) -> StateVerdict { throw full() }
    func remove(
        _ key: String,
        in scope: StateScope,
        if condition: StateCondition
    ) async throws(StoreError) -> StateVerdict { throw full() }
    func values(
        prefix: String,
        in scope: StateScope,
        after: PageCursor?,
        limit: Int
    ) async throws(StoreError) -> Page<StateEntry> { throw full() }
    func lock(
        _ name: String,
        in scope: StateScope,
        for duration: Duration
    ) async throws(StoreError) -> LockGrant? { throw full() }
    func renew(
        _ grant: LockGrant,
        for duration: Duration
    ) async throws(StoreError) -> LockGrant { throw full() }
    func unlock(_ grant: LockGrant) async throws(StoreError) { throw full() }
}
