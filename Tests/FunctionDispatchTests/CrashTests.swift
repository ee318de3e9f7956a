import FunctionModel
import NIOCore
import Testing

@testable import FunctionDispatch

@Suite struct CrashTests {
    let bench = TestBench()

    private func install(_ policy: CrashPolicy, concurrency: Int = 1) {
        bench.install(
            version("zoo", [("trap", nil), ("calm", nil)]) {
                $0.onCrash = policy
                $0.limits = limits { $0.concurrency = concurrency }
            }
        )
    }

    @Test func aCrashIsAnsweredAndTheNextWorkerStartsAtOnce() throws {
        install(.restart)
        let caller = try bench.call("zoo.trap")
        bench.host.ready()?.crash()
        #expect(caller.outcome == .crashed)
        #expect(caller.result?.status == 502)
        #expect(caller.results.count == 1)
        #expect(bench.host.pending == 1)
    }

    @Test func restartGoesOnHoweverOftenItCrashes() throws {
        install(.restart)
        for _ in 0..<100 {
            let caller = try bench.call("zoo.trap")
            bench.host.readyAll()
            try #require(bench.host.workers.last).crash()
            #expect(caller.outcome == .crashed)
        }
    }

    @Test func aCellThatLiesAboutItsMemoryCountsForNoMoreThanItsLimit() throws {
        install(.restart, concurrency: 2)
        for _ in 0..<2 {
            let caller = try bench.call("zoo.calm")
            bench.host.readyAll()
            let worker = try #require(bench.host.workers.last { !$0.held.isEmpty })
            worker.end(peakMemory: ByteCount(bytes: .max))
            #expect(caller.outcome == .succeeded)
            worker.crash()
        }
        let other = try bench.call("zoo.calm")
        bench.host.readyAll()
        try #require(bench.host.workers.last).end()
        #expect(other.outcome == .succeeded)
    }

    @Test func backOffRefusesWith503UntilItIsOver() throws {
        install(.backoff)
        for _ in 0..<2 {
            _ = try bench.call("zoo.trap")
            bench.host.readyAll()
            try #require(bench.host.workers.last).crash()
        }
        let refused = try bench.call("zoo.trap")
        #expect(refused.rejection == .backingOff)
        #expect(refused.result?.status == 503)
        #expect(refused.result?.error?.retryAfter == .milliseconds(100))
        let other = try bench.call("zoo.calm")
        bench.host.readyAll()
        try #require(bench.host.workers.last).end()
        #expect(other.outcome == .succeeded)
        bench.advance(.milliseconds(101))
        let again = try bench.call("zoo.trap")
        try #require(bench.host.workers.last).end()
        #expect(again.outcome == .succeeded)
    }

    @Test func theWaitDoublesUpToFiveMinutesAndEndsWithALateSuccess() {
        var backoff = CrashBackoff()
        var now = NIODeadline.uptimeNanoseconds(0)
        var waits: [Int64] = []
        for _ in 0..<15 {
            backoff.crashed(now)
            let wait = backoff.remaining(now) ?? .zero
            waits.append(wait.nanoseconds / 1_000_000)
            now = now + wait
        }
        #expect(waits.prefix(5) == [0, 100, 200, 400, 800])
        #expect(waits.last == 300_000)
        backoff.crashed(now)
        backoff.succeeded(now + .seconds(1))
        #expect(backoff.crashes == 16)
        backoff.succeeded(now + .minutes(9))
        #expect(backoff.crashes == 16)
        backoff.succeeded(now + .minutes(10))
        #expect(backoff.crashes == 0)
    }

    @Test func whatHadNotStartedRunsElsewhereInOrder() throws {
        install(.restart)
        try bench.makeQuick("zoo.trap")
        let callers = try (0..<4).map { try bench.call("zoo.trap", body: "\($0)") }
        let first = try #require(bench.host.workers.last)
        #expect(first.held.count == 4)
        first.crash()
        let next = try #require(bench.host.ready())
        var bodies: [String] = []
        while let job = next.held.first {
            bodies.append(String(buffer: job.request.body))
            next.end(run: .microseconds(20))
        }
        #expect(bodies == ["1", "2", "3"])
        #expect(callers.map(\.outcome) == [.crashed, .succeeded, .succeeded, .succeeded])
        #expect(callers.allSatisfy { $0.results.count == 1 })
    }

    @Test(arguments: [true, false])
    func aLostCallRunsAgainOnlyWhereThatDoesNoHarm(isRepeatable: Bool) throws {
        install(.backoff)
        let caller = try bench.call("zoo.calm") { $0.repeatable = isRepeatable }
        try #require(bench.host.ready()).die(.cellLost, running: .lost)
        guard isRepeatable else {
            #expect(caller.outcome == .lost)
            #expect(caller.result?.status == 502)
            return
        }
        #expect(caller.results.isEmpty)
        try #require(bench.host.ready()).end()
        #expect(caller.outcome == .succeeded)
        #expect(bench.dispatcher.invocations().first?.attempt == 2)
    }

    @Test func aCallIsBegunThreeTimesAtMost() throws {
        install(.backoff)
        let caller = try bench.call("zoo.calm") { $0.repeatable = true }
        for _ in 0..<3 {
            #expect(caller.results.isEmpty)
            try #require(bench.host.ready()).die(.cellLost, running: .lost)
        }
        #expect(caller.outcome == .lost)
        #expect(caller.results.count == 1)
    }

    @Test func aLostCallThatHasAnsweredIsNotBegunAgain() throws {
        install(.backoff)
        let caller = try bench.call("zoo.calm") { $0.repeatable = true }
        let worker = try #require(bench.host.ready())
        let job = try #require(worker.held.first)
        job.observer.jobDidRespond(job, ResponseHead(status: 200))
        worker.die(.cellLost, running: .lost)
        #expect(caller.heads.count == 1)
        #expect(caller.outcome == .lost)
    }

    @Test func aJobThatNobodyAccountsForIsLostAndNotRunTwice() throws {
        install(.backoff)
        let caller = try bench.call("zoo.calm")
        let worker = try #require(bench.host.ready())
        worker.observer.workerDidEnd(worker, reason: .cellLost, unstarted: [])
        #expect(caller.outcome == .lost)
    }

    @Test func renewedCellsGetReplacements() throws {
        install(.backoff)
        _ = try bench.call("zoo.calm")
        let worker = try #require(bench.host.ready())
        worker.end()
        worker.die(.cellRenewed)
        #expect(bench.host.pending == 1)
        bench.host.ready()
        let caller = try bench.call("zoo.calm")
        try #require(bench.host.workers.last).end()
        #expect(caller.outcome == .succeeded)
        #expect(bench.host.starts == 2)
    }

    @Test func failedStartsAreToldAndNotTriedAgainAtOnce() throws {
        install(.backoff)
        let first = try bench.call("zoo.calm")
        bench.host.fail("no such library")
        #expect(first.rejection == .cannotStart)
        #expect(first.result?.error?.message.contains("no such library") == true)
        let second = try bench.call("zoo.calm")
        bench.host.fail()
        #expect(second.rejection == .cannotStart)
        let third = try bench.call("zoo.calm")
        #expect(third.rejection == .cannotStart)
        #expect(bench.host.pending == 0)
        bench.advance(.milliseconds(101))
        let fourth = try bench.call("zoo.calm")
        bench.host.ready()?.end()
        #expect(fourth.outcome == .succeeded)
    }

    @Test func aStartThatNeverAnswersIsGivenUp() throws {
        install(.backoff)
        let caller = try bench.call("zoo.calm")
        bench.advance(.seconds(11))
        #expect(caller.rejection == .cannotStart)
        let late = try #require(bench.host.ready())
        #expect(late.isRetired)
    }

    @Test func aCellThatNeverEndsACallIsGivenUp() throws {
        install(.backoff)
        let caller = try bench.call("zoo.calm")
        let worker = try #require(bench.host.ready())
        bench.advance(.seconds(34))
        #expect(caller.results.isEmpty)
        bench.advance(.seconds(2))
        #expect(caller.outcome == .timedOut)
        #expect(worker.isRetired)
        worker.end()
        #expect(caller.results.count == 1)
        #expect(caller.strayEvents == 0)
    }
}
