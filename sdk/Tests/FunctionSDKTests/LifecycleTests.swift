import FunctionSDK
import FunctionTesting
import Synchronization
import Testing

private func plugin(
    onLoad: @escaping @Sendable (PluginContext) throws -> Void
) -> Plugin {
    Plugin("life") { Function("run") { (body: RawRequest, context) in "ran" } }.onLoad(onLoad)
}

@Suite struct LifecycleTests {
    @Test func anErrorAtTheStartVetoesWithItsReason() async throws {
        let host = try TestHost(
            plugin { context in
                guard context.configuration("token") != nil else {
                    throw FunctionError(status: 500, message: "configure 'token'")
                }
            }
        )
        let reply = await host.load()
        #expect(reply.failed)
        #expect(reply.errorMessage == "configure 'token'")
        #expect(await host.invoke("run").errorMessage == "configure 'token'")
    }

    @Test func startsOnceAndDrains() async throws {
        let count = Mutex([0, 0])
        let life = Counter()
        let host = try TestHost(
            Plugin("life") { Function("run") { (body: RawRequest, context) in "ran" } }
                .onLoad { context async throws in
                    await Task.yield()
                    life.load()
                }
                .onDrain { context in
                    context.logger.info("bye")
                    life.drain()
                }
        )
        #expect(await host.invoke("run").text == "ran")
        #expect(await host.invoke("run").text == "ran")
        let drained = await host.drain()
        #expect(drained.log.map(\.message) == ["bye"])
        count.withLock { $0 = [life.loads, life.drains] }
        #expect(count.withLock { $0 } == [1, 1])
    }

    @Test func refusesAHostWithAnOlderContract() {
        var table = roost_host_api()
        table.abi_version = 0
        table.struct_size = UInt32(MemoryLayout<roost_host_api>.size)
        #expect(withUnsafePointer(to: table) { forms.export(to: $0) } == nil)
        table.abi_version = UInt32(ROOST_ABI_VERSION)
        table.struct_size = 16
        #expect(withUnsafePointer(to: table) { forms.export(to: $0) } == nil)
    }
}

private final class Counter: Sendable {
    private let counts = Mutex((loads: 0, drains: 0))
    var loads: Int { counts.withLock { $0.loads } }
    var drains: Int { counts.withLock { $0.drains } }
    func load() { counts.withLock { $0.loads += 1 } }
    func drain() { counts.withLock { $0.drains += 1 } }
}
