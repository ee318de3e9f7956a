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

    @Test func itCannotGoOnForEver() throws {
        let caller = try bench.call("shop.order") { $0.depth = DeliveryBounds.depth }
        bench.loop.run()
        #expect(caller.outcome == .rejected)
    }
}
