import FunctionModel
import NIOCore
import Testing

@testable import FunctionDispatch

@Suite struct AdmissionTests {
    let bench = TestBench()

    private func installOne(_ change: (inout QuotaOverrides) -> Void = { _ in }) {
        let quota = limits(change)
        bench.install(version("shop", [("buy", nil)]) { $0.limits = quota })
    }

    @Test func startsAWorkerForTheFirstCallAndAnswers() throws {
        installOne()
        let caller = try bench.call("shop.buy", body: "x")
        #expect(bench.host.pending == 1)
        #expect(caller.results.isEmpty)
        let worker = try #require(bench.host.ready())
        #expect(worker.held.count == 1)
        worker.end(body: "done")
        #expect(caller.outcome == .succeeded)
        #expect(caller.body == "done")
        #expect(caller.results.count == 1)
        #expect(caller.strayEvents == 0)
    }

    @Test func whatIsLargerThanTheFunctionTakesIsRefusedWhoeverCalls() throws {
        installOne { $0.requestBytes = 2 }
        #expect(try bench.call("shop.buy", body: "abc").rejection == .payloadTooLarge)
        #expect(try bench.call("shop.buy", body: "abc").result?.status == 413)
        #expect(try bench.call("shop.buy", body: "ab").outcome == nil)
    }

    @Test func anIdleWorkerIsUsedAgain() throws {
        installOne()
        _ = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        worker.end()
        let second = try bench.call("shop.buy")
        #expect(worker.held.count == 1)
        worker.end()
        #expect(second.outcome == .succeeded)
        #expect(bench.host.starts == 1)
    }

    @Test func noMoreWorkersThanTheConcurrency() throws {
        installOne { $0.concurrency = 2 }
        let callers = try (0..<5).map { _ in try bench.call("shop.buy") }
        bench.host.readyAll()
        #expect(bench.host.starts == 2)
        #expect(bench.host.workers.map(\.held.count) == [1, 1])
        for _ in 0..<5 { for worker in bench.host.workers { worker.end() } }
        #expect(callers.allSatisfy { $0.outcome == .succeeded })
    }

    @Test func waitsInOrder() throws {
        installOne { $0.concurrency = 1 }
        let callers = try (0..<3).map { try bench.call("shop.buy", body: "\($0)") }
        let worker = try #require(bench.host.ready())
        for number in 0..<3 {
            #expect(worker.held.first.map { String(buffer: $0.request.body) } == "\(number)")
            worker.end()
        }
        #expect(callers.allSatisfy { $0.outcome == .succeeded })
    }

    @Test func aFullQueueRejectsWith429AndRetryAfter() throws {
        installOne {
            $0.concurrency = 1
            $0.queueLength = 2
        }
        _ = try bench.call("shop.buy")
        bench.host.ready()
        let waiting = try (0..<2).map { _ in try bench.call("shop.buy") }
        let refused = try bench.call("shop.buy")
        #expect(refused.rejection == .queueFull)
        #expect(refused.result?.status == 429)
        #expect(refused.result?.error?.retryAfter != nil)
        #expect(refused.strayEvents == 0)
        #expect(waiting.allSatisfy { $0.results.isEmpty })
    }

    @Test func moreThanTheRateIsRejectedWith429AndTheExactWait() throws {
        installOne {
            $0.ratePerMinute = 120
            $0.burst = 3
        }
        let callers = try (0..<4).map { _ in try bench.call("shop.buy") }
        #expect(callers[3].rejection == .rateLimited)
        #expect(callers[3].result?.status == 429)
        #expect(callers[3].result?.error?.retryAfter == .milliseconds(500))
        #expect(callers[3].result?.error?.message.contains("2 a second") == true)
        bench.host.readyAll()
        for worker in bench.host.workers { while !worker.held.isEmpty { worker.end() } }
        #expect(callers.prefix(3).allSatisfy { $0.outcome == .succeeded })
        bench.advance(.milliseconds(500))
        let next = try bench.call("shop.buy")
        #expect(next.results.isEmpty)
    }

    @Test func aQueueOfLengthZeroStillWaitsForAWorkerThatStarts() throws {
        installOne {
            $0.concurrency = 1
            $0.queueLength = 0
        }
        let first = try bench.call("shop.buy")
        #expect(first.results.isEmpty)
        let second = try bench.call("shop.buy")
        #expect(second.rejection == .queueFull)
        bench.host.ready()?.end()
        #expect(first.outcome == .succeeded)
    }

    @Test func whoWaitsTooLongIsToldSo() throws {
        installOne {
            $0.concurrency = 1
            $0.queueWaitMilliseconds = 500
        }
        _ = try bench.call("shop.buy")
        bench.host.ready()
        let waiting = try bench.call("shop.buy")
        bench.advance(.milliseconds(499))
        #expect(waiting.results.isEmpty)
        bench.advance(.milliseconds(2))
        #expect(waiting.rejection == .queueTimeout)
        #expect(waiting.result?.status == 429)
    }

    @Test func aTighterTimeoutThatPassesWhileWaitingIsATimeout() throws {
        installOne { $0.concurrency = 1 }
        _ = try bench.call("shop.buy")
        bench.host.ready()
        let waiting = try bench.call("shop.buy") { $0.timeout = .milliseconds(50) }
        bench.advance(.milliseconds(60))
        #expect(waiting.outcome == .timedOut)
    }

    @Test func theTighterTimeoutIsTheDeadline() throws {
        installOne()
        _ = try bench.call("shop.buy") { $0.timeout = .milliseconds(50) }
        let worker = try #require(bench.host.ready())
        #expect(worker.held.first?.deadline == bench.now + .milliseconds(50))
    }

    @Test func idleWorkersAreRetiredToZeroAndStartedAgain() throws {
        installOne { $0.idleMilliseconds = 1_000 }
        _ = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        worker.end()
        bench.advance(.milliseconds(999))
        #expect(!worker.isRetired)
        bench.advance(.milliseconds(2))
        #expect(worker.isRetired)
        worker.die(.retired)
        _ = try bench.call("shop.buy")
        #expect(bench.host.starts == 2)
    }

    @Test func aCallDuringRetirementGoesToANewWorker() throws {
        installOne { $0.idleMilliseconds = 10 }
        _ = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        worker.end()
        bench.advance(.milliseconds(20))
        let caller = try bench.call("shop.buy")
        #expect(worker.held.isEmpty)
        worker.die(.retired)
        bench.host.ready()?.end()
        #expect(caller.outcome == .succeeded)
    }

    @Test func functionsOfAPluginShareItsWorkersButNotTheirConcurrency() throws {
        bench.install(
            version("shop", [("one", nil), ("many", nil)]) { manifest in
                let isOne = manifest.name == "one"
                manifest.limits = limits { $0.concurrency = isOne ? 1 : 3 }
            }
        )
        let ones = try (0..<2).map { _ in try bench.call("shop.one") }
        _ = try bench.call("shop.many")
        bench.host.readyAll()
        let running = bench.host.workers.flatMap(\.held).map(\.functionIndex).sorted()
        #expect(running == [0, 1])
        #expect(bench.host.starts == 2)
        #expect(ones.allSatisfy { $0.results.isEmpty })
    }

    @Test func unknownFunctionsAreNotFoundLater() throws {
        let caller = try bench.call("shop.buy")
        #expect(caller.rejection == .noSuchFunction)
        #expect(caller.result?.status == 404)
        #expect(caller.strayEvents == 0)
    }

    @Test func theTimesOfACallAreKeptApart() throws {
        installOne { $0.concurrency = 1 }
        let first = try bench.call("shop.buy")
        bench.advance(.milliseconds(3))
        let worker = try #require(bench.host.ready())
        let second = try bench.call("shop.buy")
        bench.advance(.milliseconds(7))
        worker.end(run: .milliseconds(7))
        worker.end()
        #expect(first.result?.usage.started == .milliseconds(3))
        #expect(first.result?.usage.queued == .zero)
        #expect(first.result?.usage.run == .milliseconds(7))
        #expect(second.result?.usage.queued == .milliseconds(7))
        #expect(second.result?.usage.started == .zero)
    }
}
