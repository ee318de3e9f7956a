import FunctionModel
import NIOCore
import NIOEmbedded
import Testing

@testable import FunctionDispatch

@Suite struct SequenceRunTests {
    let bench = TestBench()

    init() {
        bench.install(
            version("shop", [("check", nil), ("charge", nil), ("order", nil)]) {
                if $0.name == "order" { $0.sequence = ["check", "charge"] }
            }
        )
    }

    /// The worker that runs, with the name of what it runs.
    private func running(_ function: String) throws -> FakeWorker {
        bench.loop.run()
        bench.host.readyAll()
        let worker = try #require(bench.host.workers.first { !$0.held.isEmpty })
        #expect(worker.held.first?.request.function.description == "shop.\(function)")
        return worker
    }

    @Test func theOutputOfEachIsTheInputOfTheNext() throws {
        let caller = try bench.call("shop.order", body: "in") { $0.depth = 2 }
        let first = try running("check")
        let request = try #require(first.held.first?.request)
        #expect(String(buffer: request.body) == "in")
        #expect(request.trigger == .http)
        #expect(request.depth == 3)
        first.end(body: "between")
        let second = try running("charge")
        let next = try #require(second.held.first?.request)
        #expect(String(buffer: next.body) == "between")
        #expect(next.trigger == .call)
        #expect(caller.outcome == nil)
        second.end(body: "out")
        bench.loop.run()
        #expect(caller.outcome == .succeeded)
        let records = bench.dispatcher.invocations().map(\.function.function)
        #expect(records.sorted() == ["charge", "check", "order"])
    }

    @Test func itEndsWithTheFirstStepThatFails() throws {
        let caller = try bench.call("shop.order")
        try running("check").end(.failed)
        bench.loop.run()
        #expect(caller.outcome == .failed)
        #expect(bench.host.workers.allSatisfy { $0.held.isEmpty })
    }

    @Test func cancellingItCancelsTheStepThatRuns() throws {
        let caller = try bench.call("shop.order")
        let worker = try running("check")
        caller.control?.cancel(.caller)
        #expect(worker.cancels == [.caller])
        worker.end(body: "too late")
        bench.loop.run()
        #expect(caller.outcome == .cancelled)
    }

    @Test func itsOwnLimitsHold() throws {
        install {
            $0.concurrency = 1
            $0.queueLength = 1
        }
        let first = try bench.call("shop.order")
        let second = try bench.call("shop.order")
        let third = try bench.call("shop.order")
        bench.loop.run()
        #expect(third.rejection == .queueFull)
        let listed = bench.dispatcher.invocations(function: try FunctionName("shop.order"))
        #expect(listed.count { $0.outcome == nil } == 2)
        try running("check").end(.failed)
        bench.loop.run()
        #expect(first.outcome == .failed)
        try running("check").end(.failed)
        bench.loop.run()
        #expect(second.outcome == .failed)
    }

    @Test func whatWaitsForAPlaceHasItsTime() throws {
        install {
            $0.concurrency = 1
            $0.queueWaitMilliseconds = 1_000
        }
        _ = try bench.call("shop.order")
        let second = try bench.call("shop.order")
        let third = try bench.call("shop.order")
        third.control?.cancel(.caller)
        bench.loop.run()
        #expect(third.outcome == .cancelled)
        #expect(second.outcome == nil)
        bench.advance(.seconds(1))
        #expect(second.rejection == .queueTimeout)
    }

    @Test func itsRateHolds() throws {
        install {
            $0.ratePerMinute = 60
            $0.burst = 1
        }
        _ = try bench.call("shop.order")
        #expect(try bench.call("shop.order").rejection == .rateLimited)
    }

    @Test func aDrainEndsWhatRunsAndWhatWaits() throws {
        install { $0.concurrency = 1 }
        let first = try bench.call("shop.order")
        let second = try bench.call("shop.order")
        _ = try running("check")
        let drained = TestBench.Answer()
        bench.dispatcher.drain(timeout: .seconds(1)) { drained.set(nil) }
        bench.loop.run()
        #expect(!drained.isSet)
        bench.advance(.seconds(1))
        #expect(second.outcome == .cancelled)
        bench.host.workers.first { !$0.held.isEmpty }?.end(.cancelled)
        bench.loop.run()
        #expect(first.outcome == .cancelled)
        #expect(drained.isSet)
    }

    @Test func stepsThatTheQueueRunsTakeItsPlaces() throws {
        install { $0.concurrency = 3 }
        let order = try FunctionName("shop.order")
        let free = { bench.dispatcher.places(of: [order])[order]?.free ?? 0 }
        #expect(free() == 2)
        var request = InvocationRequest(
            id: InvocationID(),
            function: try FunctionName("shop.check"),
            trigger: .queue,
            body: ByteBuffer()
        )
        request.queued = QueuedRun(attempt: 4, sequence: order)
        let ended = TestBench.Answer()
        _ = bench.dispatcher.run(request) { _ in ended.set(nil) }
        #expect(free() == 1)
        try running("check").end()
        bench.loop.run()
        #expect(ended.isSet)
        #expect(free() == 2)
        #expect(bench.dispatcher.record(of: request.id)?.attempt == 4)
    }

    private func install(_ change: (inout QuotaOverrides) -> Void) {
        bench.install(
            version("shop", [("check", nil), ("charge", nil), ("order", nil)], hash: "2") {
                guard $0.name == "order" else { return }
                $0.sequence = ["check", "charge"]
                $0.limits = limits(change)
            }
        )
    }

    @Test func itCannotGoOnForEver() throws {
        let caller = try bench.call("shop.order") { $0.depth = DeliveryBounds.depth }
        bench.loop.run()
        #expect(caller.outcome == .rejected)
    }
}
