import FunctionModel
import NIOCore
import NIOEmbedded
import Testing

@testable import FunctionDispatch

@Suite struct MovingTests {
    let bench = TestBench()

    private func install(concurrency: Int = 1) {
        bench.install(
            version("a", [("f", nil)]) { $0.limits = limits { $0.concurrency = concurrency } }
        )
    }

    private func move(_ worker: FakeWorker) { worker.observer.workerShouldMove(worker) }

    @Test func aWorkerGoesOnUntilItsReplacementIsReady() throws {
        install()
        let running = try bench.call("a.f")
        let old = try #require(bench.host.ready())
        move(old)
        #expect(bench.host.pending == 1)
        #expect(!old.isRetired)
        let waiting = try bench.call("a.f")
        let new = try #require(bench.host.ready())
        #expect(old.isRetired)
        old.end(body: "old")
        #expect(new.held.count == 1)
        new.end(body: "new")
        old.die(.cellRenewed)
        #expect(running.body == "old")
        #expect(waiting.body == "new")
        #expect(bench.host.pending == 0)
        #expect(bench.host.starts == 2)
    }

    @Test func anIdleWorkerMovesWithoutANewCall() throws {
        install()
        _ = try bench.call("a.f")
        let old = try #require(bench.host.ready())
        old.end()
        move(old)
        let new = try #require(bench.host.ready())
        #expect(old.isRetired)
        let caller = try bench.call("a.f")
        new.end()
        #expect(caller.outcome == .succeeded)
    }

    @Test func ofSeveralIdleWorkersOneJustGoes() throws {
        install(concurrency: 2)
        for _ in 0..<2 { _ = try bench.call("a.f") }
        bench.host.readyAll()
        for worker in bench.host.workers { worker.end() }
        move(bench.host.workers[0])
        #expect(bench.host.workers[0].isRetired)
        #expect(bench.host.pending == 0)
        move(bench.host.workers[1])
        #expect(!bench.host.workers[1].isRetired)
        #expect(bench.host.pending == 1)
    }

    @Test func aReplacementThatFailsLeavesTheWorkerAtWork() throws {
        install()
        let caller = try bench.call("a.f")
        let old = try #require(bench.host.ready())
        move(old)
        bench.host.fail()
        #expect(!old.isRetired)
        old.end()
        #expect(caller.outcome == .succeeded)
        let next = try bench.call("a.f")
        old.end()
        #expect(next.outcome == .succeeded)
    }

    @Test func aWorkerThatMayBeEndingGetsNoMoreCalls() throws {
        install()
        _ = try bench.call("a.f")
        let worker = try #require(bench.host.ready())
        let waiting = try bench.call("a.f")
        worker.end(.timedOut)
        #expect(worker.held.isEmpty)
        worker.die(.ended(.timedOut))
        bench.loop.run()
        try #require(bench.host.ready()).end()
        #expect(waiting.outcome == .succeeded)
    }

    @Test func aWorkerThatHasStoppedInTimeGetsItsNextCall() throws {
        install()
        let first = try bench.call("a.f")
        let worker = try #require(bench.host.ready())
        let waiting = try bench.call("a.f")
        worker.end(.timedOut)
        bench.loop.run()
        #expect(first.outcome == .timedOut)
        #expect(worker.held.count == 1)
        worker.end()
        #expect(waiting.outcome == .succeeded)
        #expect(bench.host.starts == 1)
    }

    @Test(arguments: [WorkerEnd.cellLost, .cellRenewed])
    func aStartThatIsLostWithItsCellIsMadeAgain(reason: WorkerEnd) throws {
        install()
        let caller = try bench.call("a.f")
        for _ in 0..<3 { bench.host.lose(reason) }
        try #require(bench.host.ready()).end()
        #expect(caller.outcome == .succeeded)
        #expect(bench.host.starts == 4)
    }

    @Test func aFirstStartThatIsLostIsMadeAgainBeforeTheSwitch() throws {
        let answer = TestBench.Answer()
        bench.dispatcher.install(version("a", [("f", nil)]), warm: true) { answer.set($0) }
        bench.host.lose()
        #expect(!answer.isSet)
        bench.host.readyAll()
        #expect(answer.isSet)
        #expect(answer.refusal == nil)
    }

    @Test func aPluginWhoseStartsAllEndTheirCellsIsGivenUp() throws {
        install()
        let caller = try bench.call("a.f")
        for _ in 0..<5 { bench.host.lose() }
        #expect(bench.host.pending == 0, "there is a pause after the fifth")
        while caller.results.isEmpty {
            bench.advance(.seconds(1))
            bench.host.lose()
        }
        #expect(caller.outcome == .rejected)
        #expect(caller.result?.error?.message.contains("10 times in a row") == true)
        #expect(bench.host.pending == 0)
        #expect(bench.host.starts == 10)

        let answer = TestBench.Answer()
        bench.dispatcher.install(version("b", [("f", nil)]), warm: true) { answer.set($0) }
        for _ in 0..<4 { bench.host.lose() }
        #expect(answer.refusal?.kind == "startFailed")
        #expect(bench.host.pending == 0)
    }

    @Test func aPoolWithoutRoomGetsThatOfAWorkerThatFallsIdle() throws {
        let bench = TestBench { $0.maximumWorkers = 1 }
        for plugin in ["a", "b"] { bench.install(version(plugin, [("f", nil)])) }
        _ = try bench.call("a.f")
        let first = try #require(bench.host.ready())
        let waiting = try bench.call("b.f")
        first.end()
        #expect(first.isRetired)
        first.die(.retired)
        try #require(bench.host.ready()).end()
        #expect(waiting.outcome == .succeeded)
    }
}
