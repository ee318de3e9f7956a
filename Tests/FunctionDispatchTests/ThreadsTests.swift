import FunctionModel
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import FunctionDispatch

/// A worker on a loop of its own that answers each job soon, now and then with a crash of its own.
private final class BusyWorker: WorkerHandle {
    let eventLoop: any EventLoop
    let load = Duration.zero
    let start = Duration.zero
    let cellID = 1
    private let observer: any WorkerObserver
    private let version: String
    private let state = Mutex((held: [WorkerJob](), isRetired: false, isGone: false, runs: 0))

    init(loop: any EventLoop, version: String, observer: any WorkerObserver) {
        eventLoop = loop
        self.version = version
        self.observer = observer
    }

    func submit(_ job: WorkerJob) {
        eventLoop.preconditionInEventLoop()
        state.withLock { $0.held.append(job) }
        eventLoop.execute { self.run() }
    }

    func recall(_ job: WorkerJob) -> Bool {
        state.withLock { state in
            guard let place = state.held.firstIndex(where: { $0 === job }), place > 0 else {
                return false
            }
            state.held.remove(at: place)
            return true
        }
    }

    func sendBody(_ job: WorkerJob, _ piece: ByteBuffer, end: Bool) {}
    func grantCredit(_ job: WorkerJob, bytes: Int) {}
    func cancel(_ job: WorkerJob, _ reason: CancelReason) {}
    func answer(_ job: WorkerJob, call: UInt32, _ answer: HostAnswer) {}

    func retire() {
        let isIdle = state.withLock { state in
            state.isRetired = true
            return state.held.isEmpty
        }
        if isIdle { leave(.retired, []) }
    }

    private func run() {
        let (job, runs) = state.withLock { state in
            state.runs += 1
            return (state.isGone || state.held.isEmpty ? nil : state.held.removeFirst(), state.runs)
        }
        guard let job else { return }
        var usage = Usage()
        usage.run = .microseconds(10)
        job.observer.jobDidEnd(
            job,
            InvocationResult(
                outcome: .succeeded,
                body: ByteBuffer(string: version),
                usage: usage
            )
        )
        if runs % 50 == 0 {
            let unstarted = state.withLock { state in
                defer { state.held = [] }
                return state.held
            }
            return leave(.cellRenewed, unstarted)
        }
        if state.withLock({ $0.isRetired && $0.held.isEmpty }) { leave(.retired, []) }
    }

    private func leave(_ reason: WorkerEnd, _ unstarted: [WorkerJob]) {
        let isFirst = state.withLock { state in
            defer { state.isGone = true }
            return !state.isGone
        }
        if isFirst { observer.workerDidEnd(self, reason: reason, unstarted: unstarted) }
    }
}

private final class BusyHost: WorkerHost {
    func renew(harmed cell: Int) {}

    let group: MultiThreadedEventLoopGroup

    init(group: MultiThreadedEventLoopGroup) { self.group = group }

    func startWorker(_ plan: WorkerPlan, observer: any WorkerObserver) {
        let loop = group.next()
        loop.execute {
            let version = plan.version.contentHash
            observer.workerDidStart(BusyWorker(loop: loop, version: version, observer: observer))
        }
    }

    func probe(
        imagePath: String,
        entrySymbol: String,
        timeout: Duration
    ) async throws -> ProbeReport { throw PluginRefusal(kind: "fake", message: "") }
}

/// Hears one end and passes it on.
private final class OneEnd: InvocationObserver {
    private let continuation: CheckedContinuation<InvocationResult, Never>

    init(_ continuation: CheckedContinuation<InvocationResult, Never>) {
        self.continuation = continuation
    }

    func invocationDidRespond(_ head: ResponseHead) {}
    func invocationDidWrite(_ piece: ByteBuffer) {}
    func invocationDidConsume(bytes: Int) {}
    // A checked continuation traps when it is resumed twice: exactly one end.
    func invocationDidEnd(_ result: InvocationResult) { continuation.resume(returning: result) }
}

@Suite struct ThreadsTests {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 4)

    /// Callers on many threads, workers on four loops, versions replaced meanwhile.
    @Test func everyCallEndsOnceWhateverThreadItComesFrom() async throws {
        let dispatcher = makeDispatcher()
        try await dispatcher.install(version("a", [("f", nil)], hash: "0"))
        let name = try FunctionName(plugin: "a", function: "f")
        let outcomes = try await withThrowingTaskGroup(of: [Outcome: Int].self) { tasks in
            for _ in 0..<8 { tasks.addTask { await Self.call(name, 500, on: dispatcher) } }
            tasks.addTask {
                for round in 1...50 {
                    let hash = String(round % 10)
                    try await dispatcher.install(version("a", [("f", nil)], hash: hash))
                }
                return [:]
            }
            return try await tasks.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        }
        #expect(outcomes == [.succeeded: 4_000])
        await dispatcher.drain(timeout: .seconds(10))
        #expect(dispatcher.change { state, _ in state.live } == 0)
        try await group.shutdownGracefully()
    }

    @Test func anOperatorWaitsForTheEnd() async throws {
        let dispatcher = makeDispatcher()
        try await dispatcher.install(version("a", [("f", nil)], hash: "0"))
        let answer = try await dispatcher.invoke("f", payload: ByteBuffer(), contentType: "")
        #expect(answer.status == 200)
        #expect(answer.outcome == .succeeded)
        await #expect(throws: HostOperationError.self) {
            try await dispatcher.invoke("g", payload: ByteBuffer(), contentType: "")
        }
        await dispatcher.drain(timeout: .seconds(10))
        try await group.shutdownGracefully()
    }

    private static func call(
        _ name: FunctionName,
        _ times: Int,
        on dispatcher: Dispatcher
    ) async -> [Outcome: Int] {
        var counts: [Outcome: Int] = [:]
        for _ in 0..<times {
            let result = await withCheckedContinuation { continuation in
                let request = InvocationRequest(
                    id: InvocationID(),
                    function: name,
                    trigger: .http,
                    body: ByteBuffer()
                )
                _ = dispatcher.invoke(request, observer: OneEnd(continuation))
            }
            counts[result.outcome, default: 0] += 1
        }
        return counts
    }

    private func makeDispatcher() -> Dispatcher {
        var settings = DispatchSettings()
        settings.defaultConcurrency = 4
        return Dispatcher(
            eventLoop: group.next(),
            workerHost: BusyHost(group: group),
            settings: settings,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            wallClock: { 0 },
            definitions: { version throws(PluginRefusal) in Self.definitions(of: version) }
        )
    }

    private static func definitions(of version: PluginVersion) -> [FunctionDefinition] {
        version.manifest.functions.enumerated().compactMap { index, function in
            guard let name = name(version, function) else { return nil }
            return FunctionDefinition(
                name: name,
                index: index,
                manifest: function,
                quota: Quota(),
                triggers: [],
                isolation: .thread,
                onCrash: .restart,
                configuration: [:]
            )
        }
    }

    private static func name(
        _ version: PluginVersion,
        _ function: FunctionManifest
    ) -> FunctionName? {
        do {
            return try FunctionName(plugin: version.manifest.plugin, function: function.name)
        } catch { return nil }
    }
}
