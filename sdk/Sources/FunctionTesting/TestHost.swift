internal import CFunctionABI
internal import FoundationEssentials
public import FunctionSDK
internal import Synchronization

/// Runs a plugin's functions in `swift test`, without a host, through the plugin's real entry.
///
///     let host = try TestHost(shop)
///     let reply = await host.invoke("checkout", .http(.post, "/orders/7"))
///
/// The clock is a fake: time passes only when everything waits, or by `advance(by:)`. One
/// invocation runs at a time, on a thread of the host's own, as in production.
public final class TestHost: Sendable {
    private struct State {
        var calls: [TestCall] = []
        var queue: [@Sendable () -> Void] = []
        var isBusy = false
        var loaded: TestReply?
    }

    /// The plugin's name.
    public let pluginName: String
    /// The manifest, as a host receives it.
    public let manifest: String
    /// The functions' names, in the manifest's order.
    public let functionNames: [String]

    private let world: TestWorld
    private let loop = WorkerLoop()
    private let store = TestStore()
    private let state = Mutex(State())
    private let plugin: PluginUnderTest

    /// Takes a plugin.
    ///
    /// - Throws: `TestHostError` when it refuses to start or its manifest can't be read.
    public convenience init(_ plugin: Plugin, world: TestWorld = TestWorld()) throws {
        try self.init(entry: { plugin.export(to: $0) }, world: world)
    }

    /// Takes a plugin's exported entry.
    ///
    /// - Throws: `TestHostError` when it refuses to start or its manifest can't be read.
    public init(entry: (HostAPI) -> PluginPointer?, world: TestWorld = TestWorld()) throws {
        guard let plugin = entry(HostTable.make()) else { throw TestHostError.refused }
        self.plugin = PluginUnderTest(pointer: plugin)
        self.world = world
        manifest = plugin.pointee.manifest.text
        do {
            let names = try JSONDecoder().decode(Names.self, from: Data(manifest.utf8))
            pluginName = names.plugin
            functionNames = names.functions.map(\.name)
        } catch {
            throw TestHostError.manifest(String(describing: error))
        }
        for (function, values) in world.state {
            for (key, bytes) in values { store.put(bytes, under: key, of: function) }
        }
    }

    deinit { loop.stop() }

    /// Runs the plugin's start-up, as a new worker does; later calls give the first one's reply.
    @discardableResult
    public func load() async -> TestReply {
        if let loaded = state.withLock({ $0.loaded }) { return loaded }
        let reply = await runLifecycle(plugin.load)
        state.withLock { $0.loaded = reply }
        return reply
    }

    /// Runs what the plugin does before a worker retires.
    @discardableResult
    public func drain() async -> TestReply { await runLifecycle(plugin.drain) }

    /// Runs a function for an event and waits for its end; the first call starts the plugin.
    ///
    /// - Parameters:
    ///   - function: its name within the plugin.
    ///   - event: what it is to handle.
    ///   - pieces: after how many pieces of a streamed response the caller leaves; `nil` never.
    /// - Returns: how it ended, which is how the start-up ended where that failed.
    public func invoke(
        _ function: String,
        _ event: TestEvent = TestEvent(),
        leavingAfter pieces: Int? = nil
    ) async -> TestReply {
        let loaded = await load()
        if loaded.failed { return loaded }
        return await start(function, event, leavingAfter: pieces).reply()
    }

    /// Runs a function with a value as JSON and decodes its answer.
    ///
    /// - Throws: the function's failure as `FunctionError`, or what coding throws.
    public func call<Output: Decodable>(
        _ function: String,
        _ input: some Encodable,
        as output: Output.Type = Output.self
    ) async throws -> Output {
        try await invoke(function, .json(input)).decode(output)
    }

    /// Starts a function without waiting for its end; the plugin's start-up is not run.
    public func start(
        _ function: String,
        _ event: TestEvent = TestEvent(),
        leavingAfter pieces: Int? = nil
    ) -> TestInvocation {
        let index = functionNames.firstIndex(of: function) ?? functionNames.count
        let lent = LentEvent(
            event,
            function: index,
            name: "\(pluginName).\(function)",
            id: Self.newID(),
            deadline: loop.now + world.timeout
        )
        let call = makeCall(
            event: lent,
            of: function,
            body: event.pieces.dropFirst(),
            leavingAfter: pieces
        )
        enqueue(call) { [plugin] in
            plugin.invoke(lent, call.context)
        }
        return TestInvocation(call: call, host: self)
    }

    /// Moves the fake clock; timers fire and deadlines pass.
    public func advance(by duration: Duration) { loop.advance(by: duration) }

    /// The values that a function of the plugin keeps now.
    public func state(of function: String) -> [String: [UInt8]] {
        store.values(of: function, at: loop.now)
    }

    /// The calls that the plugin had queued, in order; nothing runs them.
    public var queuedCalls: [TestQueuedCall] { store.queued }

    /// The events that the plugin emitted, in order; nobody hears of them.
    public var emittedEvents: [TestEmittedEvent] { store.emitted }

    private func runLifecycle(
        _ body: (@Sendable (OpaquePointer) -> Int32)?
    ) async -> TestReply {
        guard let body else {
            var reply = TestReply()
            reply.status = 204
            return reply
        }
        let call = makeCall(event: nil, of: "", body: [], leavingAfter: nil)
        enqueue(call) { body(call.context) }
        return await call.reply()
    }

    private func makeCall(
        event: LentEvent?,
        of function: String,
        body: ArraySlice<[UInt8]>,
        leavingAfter: Int?
    ) -> TestCall {
        let call = TestCall(
            loop: loop,
            world: world,
            store: store,
            functionName: function,
            event: event,
            body: body,
            deadline: loop.now + world.timeout,
            leavingAfter: leavingAfter
        ) { [weak self] in self?.startNext() }
        // Kept to the end, because a plugin may hold on to the context longer than it should.
        state.withLock { $0.calls.append(call) }
        return call
    }

    /// Runs `body` on the worker's thread when the call before it has ended.
    private func enqueue(_ call: TestCall, _ body: @escaping @Sendable () -> Int32?) {
        let loop = loop
        state.withLock { state in
            state.queue.append {
                loop.onIdle { call.idle() }
                let code = body()
                if code == Int32(ROOST_DONE), !call.state.withLock({ $0.ended }) {
                    call.end { $0.violations.append("returned without a reply") }
                } else if code != Int32(ROOST_DONE), code != Int32(ROOST_PENDING) {
                    call.end { reply in
                        (reply.failed, reply.status) = (true, 404)
                        reply.errorMessage = "There is no such function."
                    }
                }
            }
        }
        startNext(afterEnd: false)
    }

    private func startNext(afterEnd: Bool = true) {
        let next: (@Sendable () -> Void)? = state.withLock { state in
            if afterEnd { state.isBusy = false }
            if state.isBusy || state.queue.isEmpty { return nil }
            state.isBusy = true
            return state.queue.removeFirst()
        }
        if let next { loop.post(next) }
    }

    private static func newID() -> String {
        let digits = (0..<2).map { _ in
            String(UInt64.random(in: 0...UInt64.max), radix: 16)
        }
        return digits.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined()
    }

    private struct Names: Decodable {
        struct Named: Decodable { var name: String }
        var plugin: String
        var functions: [Named]
    }
}

/// A plugin can't be tested.
public enum TestHostError: Error, Sendable, Hashable {
    /// Its entry gave no plugin.
    case refused
    /// Its manifest isn't one.
    case manifest(String)
}
