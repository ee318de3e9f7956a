import FunctionModel
import NIOCore
import NIOEmbedded
import Testing

@testable import FunctionDispatch

@Suite struct WindowTests {
    let bench = TestBench()

    private func install(concurrency: Int = 1, run: Duration = .microseconds(10)) throws {
        bench.install(
            version("shop", [("buy", nil)]) { $0.limits = limits { $0.concurrency = concurrency } }
        )
        try bench.makeQuick("shop.buy", run: run)
    }

    @Test func quickCallsWaitInTheWorkersChannel() throws {
        try install()
        let callers = try (0..<20).map { _ in try bench.call("shop.buy") }
        let worker = try #require(bench.host.workers.last)
        #expect(worker.held.count == WorkerWindow.slots)
        while !worker.held.isEmpty { worker.end(run: .microseconds(20)) }
        #expect(callers.allSatisfy { $0.outcome == .succeeded && $0.results.count == 1 })
    }

    @Test func slowFunctionsDoNot() throws {
        bench.install(
            version("shop", [("buy", nil)]) { $0.limits = limits { $0.concurrency = 1 } }
        )
        for _ in 0..<20 {
            _ = try bench.call("shop.buy")
            bench.host.readyAll()
            bench.host.workers.last?.end(run: .milliseconds(1))
        }
        for _ in 0..<3 { _ = try bench.call("shop.buy") }
        #expect(bench.host.workers.last?.held.count == 1)
    }

    @Test(arguments: [(16 << 10, true, 2), (16 << 10 + 1, true, 1), (10, false, 1)])
    func onlySmallWholeBodies(size: Int, isComplete: Bool, held: Int) throws {
        try install()
        _ = try bench.call("shop.buy")
        _ = try bench.call("shop.buy", body: String(repeating: "x", count: size)) {
            $0.bodyComplete = isComplete
        }
        #expect(bench.host.workers.last?.held.count == held)
    }

    @Test func aBusyWorkerIsFilledBeforeAnotherIsWoken() throws {
        try install(concurrency: 2)
        _ = try bench.call("shop.buy")
        _ = try bench.call("shop.buy")
        bench.advance(.milliseconds(3))
        bench.host.readyAll()
        for worker in bench.host.workers { worker.end(run: .microseconds(10)) }
        for _ in 0..<WorkerWindow.slots { _ = try bench.call("shop.buy") }
        #expect(bench.host.workers.map(\.held.count).sorted() == [0, WorkerWindow.slots])
        _ = try bench.call("shop.buy")
        #expect(bench.host.workers.map(\.held.count).sorted() == [1, WorkerWindow.slots])
    }

    @Test(arguments: [(2, 16, 1), (10, 16, 4), (50, 5, 8), (150, 2, 8), (300, 1, 8)])
    func aWindowIsAsDeepAsTheWaitIsShort(run: Int, held: Int, workers: Int) throws {
        try install(concurrency: 8, run: .microseconds(run))
        let callers = try (0..<64).map { _ in try bench.call("shop.buy") }
        #expect(bench.host.workers.map(\.held.count).max() == held)
        #expect(bench.host.workers.count + bench.host.pending == workers)
        bench.host.readyAll()
        #expect(bench.host.workers.allSatisfy { 1...held ~= $0.held.count })
        while let worker = bench.host.workers.first(where: { !$0.held.isEmpty }) {
            worker.end(run: .microseconds(run))
        }
        #expect(callers.allSatisfy { $0.results.count == 1 })
    }

    @Test func whatWaitsTooLongInTheQueueMakesThePoolGrow() throws {
        try install(concurrency: 2)
        _ = try bench.call("shop.buy")
        // Too long for a window.
        _ = try bench.call("shop.buy", body: String(repeating: "x", count: 20 << 10))
        #expect(bench.host.pending == 0)
        bench.advance(.milliseconds(3))
        let other = try #require(bench.host.ready())
        #expect(other.held.count == 1)
    }

    @Test func aWorkerThatIsHeldUpIsPassedOver() throws {
        try install(concurrency: 2)
        _ = try bench.call("shop.buy")
        let busy = try #require(bench.host.workers.last)
        bench.advance(.milliseconds(1))
        _ = try bench.call("shop.buy")
        bench.advance(.milliseconds(3))
        bench.host.readyAll()
        let other = try #require(bench.host.workers.last)
        #expect(other !== busy)
        other.end(run: .microseconds(20))
        _ = try bench.call("shop.buy")
        #expect(busy.held.count == 1)
        #expect(other.held.count == 1)
    }

    @Test func whatWaitsTooLongIsTakenBackAndMakesThePoolGrow() throws {
        try install(concurrency: 2)
        let callers = try (0..<3).map { try bench.call("shop.buy", body: "\($0)") }
        let slow = try #require(bench.host.workers.last)
        #expect(slow.held.count == 3)
        #expect(bench.host.pending == 0)
        bench.advance(.milliseconds(3))
        #expect(slow.held.count == 1)
        let other = try #require(bench.host.ready())
        #expect(other.held.first.map { String(buffer: $0.request.body) } == "1")
        other.end(run: .microseconds(20))
        #expect(other.held.first.map { String(buffer: $0.request.body) } == "2")
        other.end(run: .microseconds(20))
        #expect(callers.map(\.outcome) == [nil, .succeeded, .succeeded])
        slow.end()
        #expect(callers.allSatisfy { $0.results.count == 1 })
    }

    @Test func aCancelledCallIsTakenOutOfTheWindow() throws {
        try install()
        _ = try bench.call("shop.buy")
        let second = try bench.call("shop.buy")
        let worker = try #require(bench.host.workers.last)
        #expect(worker.held.count == 2)
        second.control?.cancel(.caller)
        bench.loop.run()
        #expect(worker.held.count == 1)
        #expect(second.outcome == .cancelled)
        #expect(worker.cancels.isEmpty)
    }

    @Test func aWorkerOfAnotherFunctionIsNoReasonToWait() throws {
        bench.install(
            version("shop", [("buy", nil), ("look", nil)]) {
                $0.limits = limits { $0.concurrency = 2 }
            }
        )
        try bench.makeQuick("shop.buy")
        _ = try bench.call("shop.look")
        _ = try bench.call("shop.buy")
        let other = try #require(bench.host.ready())
        #expect(other.held.map(\.functionIndex) == [0])
    }

    @Test func aFunctionDoesNotWaitBehindAnother() throws {
        bench.install(
            version("shop", [("buy", nil), ("look", nil)]) {
                $0.limits = limits { $0.concurrency = 1 }
            }
        )
        try bench.makeQuick("shop.buy")
        try bench.makeQuick("shop.look")
        _ = try bench.call("shop.buy")
        _ = try bench.call("shop.look")
        #expect(bench.host.workers.allSatisfy { $0.held.count <= 1 })
    }
}
