import FunctionModel
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import FunctionDispatch

@Suite struct ServiceCallTests {
    let bench = TestBench()

    /// A worker that runs `orders.create`.
    private func worker() throws -> FakeWorker {
        bench.install(
            version("orders", [("create", nil)]) {
                $0.limits = limits { $0.concurrency = 1 }
            }
        )
        _ = try bench.call("orders.create") { $0.depth = 3 }
        return try #require(bench.host.ready())
    }

    private func ask(_ worker: FakeWorker, number: UInt32 = 1) throws {
        let job = try #require(worker.held.first)
        let call = HostCall(
            number: number,
            operation: .readState,
            name: "k",
            contentType: "",
            payload: ByteBuffer(),
            timeout: nil
        )
        job.observer.jobDidCall(job, call)
    }

    /// Runs the loop until something has happened on another thread.
    private func until(_ what: String, _ holds: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(10)
        while !holds() {
            try #require(ContinuousClock.now < end, "\(what)")
            await Task.yield()
            bench.loop.run()
        }
    }

    @Test func withoutAServiceNothingIsOffered() throws {
        let worker = try worker()
        try ask(worker)
        bench.loop.run()
        #expect(worker.answers.map(\.status) == [0])
    }

    @Test func theServicesAnswerComesBack() async throws {
        let service = FakeService()
        bench.dispatcher.offer(service)
        let worker = try worker()
        try ask(worker)
        try await until("the service is asked") { service.callers.withLock { !$0.isEmpty } }
        let caller = try #require(service.callers.withLock { $0.first })
        #expect(caller.function.description == "orders.create")
        #expect(caller.depth == 3)
        #expect(caller.remaining > .zero)
        let blocked = bench.dispatcher.change { state, _ in state.pools.map(\.blocked) }
        #expect(blocked == [0], "no further worker is started for it")
        service.finish(HostAnswer(status: 200, payload: ByteBuffer(string: "v")))
        try await until("the answer is there") { !worker.answers.isEmpty }
        #expect(worker.answers.map(\.payload) == ["v"])
    }

    @Test func anAnswerThatNobodyWaitsForIsUndone() async throws {
        let service = FakeService()
        bench.dispatcher.offer(service)
        let worker = try worker()
        try ask(worker)
        try await until("the service is asked") { service.callers.withLock { !$0.isEmpty } }
        worker.crash()
        try await until("it is cancelled") { service.cancelled.withLock { $0 } }
        let undone = Mutex(false)
        var answer = HostAnswer(status: 200)
        answer.undo = { undone.withLock { $0 = true } }
        service.finish(answer)
        try await until("it is undone") { undone.withLock { $0 } }
        #expect(worker.answers.isEmpty)
    }

    @Test func asManyAsCallsMayBeUnderWay() async throws {
        let service = FakeService()
        bench.dispatcher.offer(service)
        let worker = try worker()
        for number in 0...UInt32(DispatchState.maximumChildren) {
            try ask(worker, number: number)
        }
        try await until("one is refused") { !worker.answers.isEmpty }
        #expect(worker.answers.map(\.status) == [429])
        service.finish(HostAnswer(status: 200))
    }
}

/// Answers when a test says so.
private final class FakeService: HostCallService {
    let callers = Mutex<[HostCaller]>([])
    let cancelled = Mutex(false)
    private let answers = Mutex<(waiting: [CheckedContinuation<HostAnswer, Never>], HostAnswer?)>(
        ([], nil)
    )

    func answer(_ call: HostCall, from caller: HostCaller) async -> HostAnswer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = answers.withLock { answers in
                    if answers.1 == nil { answers.waiting.append(continuation) }
                    return answers.1
                }
                callers.withLock { $0.append(caller) }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancelled.withLock { $0 = true }
        }
    }

    func finish(_ answer: HostAnswer) {
        let waiting = answers.withLock { answers in
            answers.1 = answer
            defer { answers.waiting = [] }
            return answers.waiting
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }
}
