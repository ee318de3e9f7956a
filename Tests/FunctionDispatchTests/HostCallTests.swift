import FunctionModel
import NIOCore
import NIOEmbedded
import Testing

@testable import FunctionDispatch

@Suite struct HostCallTests {
    let bench = TestBench()

    private func install(concurrency: Int = 1) {
        bench.install(
            version("orders", [("create", nil), ("check", nil)]) {
                $0.limits = limits { $0.concurrency = concurrency }
            }
        )
        bench.install(version("users", [("find", nil)]))
    }

    private func ask(
        _ worker: FakeWorker,
        _ name: String,
        number: UInt32 = 1,
        timeout: Duration? = nil
    ) throws -> WorkerJob {
        let job = try #require(worker.held.first)
        job.observer.jobDidCall(
            job,
            HostCall(
                number: number,
                operation: .invoke,
                name: name,
                contentType: "application/json",
                payload: ByteBuffer(string: "{}"),
                timeout: timeout
            )
        )
        bench.loop.run()
        return job
    }

    @Test func theCalledFunctionsAnswerComesBack() throws {
        install()
        let caller = try bench.call("orders.create")
        let outer = try #require(bench.host.ready())
        let trace = try ask(outer, "users.find", timeout: .seconds(1)).request.trace.traceparent
        let inner = try #require(bench.host.ready())
        let request = try #require(inner.held.first?.request)
        #expect(request.trace.traceparent.prefix(36) == trace.prefix(36))
        #expect(request.trace.traceparent != trace)
        #expect(request.trigger == .call)
        #expect(request.depth == 1)
        #expect(request.timeout == .seconds(1))
        inner.end(body: "Ada")
        #expect(outer.answers.map(\.status) == [200])
        #expect(outer.answers.map(\.payload) == ["Ada"])
        outer.end()
        #expect(caller.outcome == .succeeded)
    }

    @Test func streamedAnswersAreGathered() throws {
        install()
        _ = try bench.call("orders.create")
        let outer = try #require(bench.host.ready())
        _ = try ask(outer, "find")
        let inner = try #require(bench.host.ready())
        let job = try #require(inner.held.first)
        job.observer.jobDidRespond(job, ResponseHead(status: 201))
        job.observer.jobDidWrite(job, ByteBuffer(string: "a"))
        job.observer.jobDidWrite(job, ByteBuffer(string: "b"))
        #expect(inner.credit == 2)
        inner.end()
        #expect(outer.answers.map(\.status) == [201])
        #expect(outer.answers.map(\.payload) == ["ab"])
    }

    @Test(arguments: [("nobody", 404), ("users.nobody", 404)])
    func unknownFunctionsAreAnsweredSo(name: String, status: Int) throws {
        install()
        _ = try bench.call("orders.create")
        let outer = try #require(bench.host.ready())
        _ = try ask(outer, name)
        #expect(outer.answers.map(\.status) == [status])
        #expect(outer.answers.first?.payload.contains(name) == true)
    }

    @Test func faultsOfTheCalledFunctionAreAnsweredWithTheirReason() throws {
        install()
        _ = try bench.call("orders.create")
        let outer = try #require(bench.host.ready())
        _ = try ask(outer, "users.find")
        try #require(bench.host.ready()).crash()
        #expect(outer.answers.map(\.status) == [502])
        #expect(outer.answers.first?.payload == "it crashed")
    }

    @Test func recursionEndsAtTheBound() throws {
        install()
        _ = try bench.call("orders.create") { $0.depth = Dispatcher.maximumDepth }
        let outer = try #require(bench.host.ready())
        _ = try ask(outer, "users.find")
        #expect(outer.answers.map(\.status) == [508])
    }

    @Test func aCallIntoTheSameFullPluginGetsAnotherWorker() throws {
        install(concurrency: 1)
        _ = try bench.call("orders.create")
        let outer = try #require(bench.host.ready())
        _ = try ask(outer, "orders.create")
        let inner = try #require(bench.host.ready())
        inner.end(body: "inner")
        #expect(outer.answers.map(\.payload) == ["inner"])
        outer.end()
        let state = bench.dispatcher.change { state, _ in
            state.pools.map { ($0.blocked, $0.gates.map(\.blocked), $0.gates.map(\.running)) }
        }
        #expect(state.allSatisfy { $0.0 == 0 && $0.1.allSatisfy { $0 == 0 } })
        #expect(state.allSatisfy { $0.2.allSatisfy { $0 == 0 } })
    }

    @Test func aCallerThatEndsHasItsCallsCancelled() throws {
        install()
        _ = try bench.call("orders.create")
        let outer = try #require(bench.host.ready())
        _ = try ask(outer, "users.find")
        let inner = try #require(bench.host.ready())
        outer.crash()
        #expect(inner.cancels == [.caller])
        inner.end(.cancelled)
        #expect(outer.answers.isEmpty)
    }

    @Test func tooManyCallsAtATimeAreRefused() throws {
        install()
        _ = try bench.call("orders.create")
        let outer = try #require(bench.host.ready())
        for number in 0...UInt32(DispatchState.maximumChildren) {
            _ = try ask(outer, "users.find", number: number)
        }
        #expect(outer.answers.map(\.status) == [429])
    }

    @Test func callsOfWhatStillRunsAreTakenWhileTheHostDrains() throws {
        install()
        _ = try bench.call("orders.create")
        let outer = try #require(bench.host.ready())
        bench.dispatcher.drain(timeout: .seconds(5)) {}
        _ = try ask(outer, "users.find")
        try #require(bench.host.ready()).end(body: "Ada")
        #expect(outer.answers.map(\.status) == [200])
    }
}
