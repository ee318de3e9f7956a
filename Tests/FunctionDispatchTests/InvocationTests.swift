import FunctionModel
import NIOCore
import NIOEmbedded
import Testing

@testable import FunctionDispatch

@Suite struct InvocationTests {
    let bench = TestBench()

    private func install(concurrency: Int = 1) {
        bench.install(
            version("shop", [("buy", nil)]) { $0.limits = limits { $0.concurrency = concurrency } }
        )
    }

    @Test func bodiesThatComeWhileWaitingAreHandedOverInOrder() throws {
        install()
        let caller = try bench.call("shop.buy") { $0.bodyComplete = false }
        caller.control?.sendBody(ByteBuffer(string: "a"), end: false)
        caller.control?.sendBody(ByteBuffer(string: "b"), end: false)
        let worker = try #require(bench.host.ready())
        caller.control?.sendBody(ByteBuffer(string: "c"), end: true)
        #expect(worker.body == ["a", "b", "c"])
        #expect(worker.bodyEnds == 1)
    }

    @Test func streamsReachTheCallerAndCreditReachesTheWorker() throws {
        install()
        let caller = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        let job = try #require(worker.held.first)
        job.observer.jobDidRespond(job, ResponseHead(status: 200, contentType: "text/plain"))
        job.observer.jobDidWrite(job, ByteBuffer(string: "x"))
        job.observer.jobDidConsume(job, bytes: 5)
        caller.control?.grantCredit(bytes: 9)
        worker.end()
        #expect(caller.heads.first?.contentType == "text/plain")
        #expect(caller.pieces == ["x"])
        #expect(caller.consumed == 5)
        #expect(worker.credit == 9)
        #expect(caller.strayEvents == 0)
    }

    @Test(arguments: [
        (Outcome.cancelled, Outcome.succeeded), (.failed, .succeeded), (.succeeded, .succeeded),
        (.crashed, .crashed), (.timedOut, .timedOut),
    ])
    func aCallerThatHasAllItAskedForMakesNoFault(ended: Outcome, counts: Outcome) throws {
        install()
        let caller = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        caller.control?.cancel(.answered)
        #expect(worker.cancels == [.caller])
        worker.end(ended)
        #expect(caller.outcome == counts)
        #expect(
            bench.dispatcher.invocations(function: nil, outcome: nil, limit: 1).first?.outcome
                == counts
        )
    }

    @Test func nothingIsHeardAfterTheEnd() throws {
        install()
        let caller = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        let job = try #require(worker.held.first)
        worker.end()
        job.observer.jobDidWrite(job, ByteBuffer(string: "late"))
        job.observer.jobDidRespond(job, ResponseHead(status: 200))
        job.observer.jobDidConsume(job, bytes: 1)
        job.observer.jobDidEnd(job, InvocationResult(outcome: .failed))
        caller.control?.sendBody(ByteBuffer(string: "late"), end: true)
        caller.control?.cancel(.caller)
        bench.loop.run()
        #expect(caller.results.count == 1)
        #expect(caller.strayEvents == 0)
        #expect(worker.body.isEmpty)
        #expect(worker.cancels.isEmpty)
    }

    @Test func theNextCallInAPlaceHearsNothingOfTheLast() throws {
        install()
        let first = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        let old = try #require(worker.held.first)
        worker.end()
        let second = try bench.call("shop.buy")
        old.observer.jobDidEnd(old, InvocationResult(outcome: .failed))
        first.control?.cancel(.caller)
        #expect(second.results.isEmpty)
        #expect(worker.cancels.isEmpty)
        worker.end()
        #expect(second.outcome == .succeeded)
    }

    @Test func aCallerWhoLeavesWhileWaitingIsTakenOutOfTheQueue() throws {
        install()
        _ = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        let waiting = try bench.call("shop.buy")
        waiting.control?.cancel(.caller)
        #expect(waiting.results.isEmpty)
        bench.loop.run()
        #expect(waiting.outcome == .cancelled)
        worker.end()
        #expect(worker.held.isEmpty)
        #expect(waiting.results.count == 1)
    }

    @Test func aCallerWhoLeavesWhileItRunsHasItStopped() throws {
        install()
        let caller = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        caller.control?.cancel(.caller)
        caller.control?.cancel(.caller)
        #expect(worker.cancels == [.caller])
        worker.end(.cancelled)
        #expect(caller.outcome == .cancelled)
        #expect(caller.results.count == 1)
    }

    @Test func aCancelledCallIsNotBegunAgainWhenItsWorkerEnds() throws {
        install()
        let caller = try bench.call("shop.buy") { $0.repeatable = true }
        let worker = try #require(bench.host.ready())
        caller.control?.cancel(.caller)
        worker.die(.cellLost)
        #expect(caller.outcome == .cancelled)
        #expect(caller.results.count == 1)
    }

    @Test func unstartedBodiesAreSentAgain() throws {
        install()
        let caller = try bench.call("shop.buy") { $0.bodyComplete = false }
        let first = try #require(bench.host.ready())
        caller.control?.sendBody(ByteBuffer(string: "a"), end: false)
        first.die(.cellRenewed)
        caller.control?.sendBody(ByteBuffer(string: "b"), end: true)
        let second = try #require(bench.host.ready())
        #expect(second.body == ["a", "b"])
        second.end()
        #expect(caller.outcome == .succeeded)
    }

    @Test func whoHearsOfAnEndMayInvokeAtOnce() throws {
        install(concurrency: 1)
        let first = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        let waiting = try bench.call("shop.buy", body: "waiting")
        let bench = Again(bench)
        first.onEnd { bench.callAgain("shop.buy", body: "again") }
        worker.end()
        #expect(worker.held.map { String(buffer: $0.request.body) } == ["waiting"])
        worker.end()
        #expect(worker.held.map { String(buffer: $0.request.body) } == ["again"])
        #expect(waiting.outcome == .succeeded)
    }

    @Test func anOperatorCancelsById() throws {
        install()
        let id = InvocationID()
        let caller = try bench.call("shop.buy") { $0.id = id }
        let worker = try #require(bench.host.ready())
        #expect(bench.dispatcher.invocation(id)?.outcome == nil)
        #expect(bench.dispatcher.cancel(id))
        #expect(worker.cancels == [.operator])
        worker.end(.cancelled)
        #expect(caller.outcome == .cancelled)
        #expect(!bench.dispatcher.cancel(id))
        #expect(bench.dispatcher.invocation(id)?.outcome == .cancelled)
    }
}

/// Carries the dispatcher into a callback on the same thread.
private struct Again: Sendable {
    let dispatcher: Dispatcher

    init(_ bench: TestBench) { dispatcher = bench.dispatcher }

    func callAgain(_ function: String, body: String) {
        guard let name = dispatcher.resolve(function) else { return }
        let request = InvocationRequest(
            id: InvocationID(),
            function: name,
            trigger: .http,
            body: ByteBuffer(string: body)
        )
        let caller = Caller()
        caller.returned(dispatcher.invoke(request, observer: caller))
    }
}
