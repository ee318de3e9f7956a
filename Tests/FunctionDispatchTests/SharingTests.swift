import FunctionModel
import NIOCore
import NIOEmbedded
import Testing

@testable import FunctionDispatch

/// What pools get of a budget that isn't enough for all.
@Suite struct SharingTests {
    private func bench(
        _ plugins: [String],
        settings: (inout DispatchSettings) -> Void
    ) -> TestBench {
        let bench = TestBench(settings: settings)
        for plugin in plugins {
            let quota = limits {
                $0.concurrency = 64
                $0.queueLength = 1_000
                $0.memoryBytes = 64 << 20
            }
            bench.install(version(plugin, [("run", nil)], hash: plugin) { $0.limits = quota })
        }
        return bench
    }

    /// Ends the oldest call of a worker, and of every worker that goes the worker itself.
    private func turn(_ bench: TestBench, peakMemory: ByteCount = ByteCount(bytes: 0)) {
        for worker in bench.host.workers where !worker.held.isEmpty {
            worker.end(peakMemory: peakMemory)
            bench.loop.run()
            if worker.isRetired, worker.held.isEmpty { worker.die(.retired) }
            bench.host.readyAll()
        }
        bench.advance(.milliseconds(1))
    }

    private func workers(_ bench: TestBench, of plugin: String) -> Int {
        bench.host.workers.count {
            $0.plan.version.manifest.plugin == plugin && !$0.isRetired
        }
    }

    @Test func aHogWhoseQueueIsNeverEmptyGivesUpRoom() throws {
        let bench = bench(["hog", "meek"]) { $0.maximumWorkers = 4 }
        for _ in 0..<100 { _ = try bench.call("hog.run") }
        bench.host.readyAll()
        #expect(workers(bench, of: "hog") == 4)
        let caller = try bench.call("meek.run")
        turn(bench)
        turn(bench)
        #expect(caller.outcome == .succeeded)
        turn(bench)
        #expect(workers(bench, of: "hog") + workers(bench, of: "meek") == 4)
        #expect(workers(bench, of: "hog") >= 3, "no more than was needed")
    }

    @Test(arguments: [false, true])
    func poolsThatAllWantMoreHoldTheSame(byMemory: Bool) throws {
        let plugins = ["one", "two", "three"]
        let bench = bench(plugins) {
            if byMemory { $0.memoryBudget = .mebibytes(90) } else { $0.maximumWorkers = 9 }
        }
        for plugin in plugins {
            for _ in 0..<300 { _ = try bench.call("\(plugin).run") }
            bench.host.readyAll()
        }
        for _ in 0..<20 { turn(bench, peakMemory: .mebibytes(10)) }
        let counted = bench.dispatcher.change { state, _ in state.memory }
        #expect(!byMemory || counted <= 90 << 20)
        #expect(plugins.map { workers(bench, of: $0) } == [3, 3, 3])
        let starts = bench.host.starts
        for _ in 0..<5 { turn(bench, peakMemory: .mebibytes(10)) }
        #expect(bench.host.starts == starts, "and nobody pushes anybody about")
    }

    @Test func whereThereIsRoomForOneTheyTakeTurns() throws {
        let bench = bench(["one", "two"]) { $0.maximumWorkers = 1 }
        var callers: [String: [Caller]] = [:]
        for _ in 0..<10 {
            for plugin in ["one", "two"] {
                callers[plugin, default: []].append(try bench.call("\(plugin).run"))
                bench.advance(.milliseconds(1))
            }
        }
        bench.host.readyAll()
        for _ in 0..<10 { turn(bench) }
        let done = callers.mapValues { $0.count { $0.outcome == .succeeded } }
        #expect(done == ["one": 5, "two": 5])
    }

    @Test func aWorkerCountsWhatItHasUsedAndBeforeThatAPartOfItsLimit() throws {
        let bench = bench(["one"]) { _ in }
        func counted() -> Int { bench.dispatcher.change { state, _ in state.memory } }
        _ = try bench.call("one.run")
        let worker = try #require(bench.host.ready())
        #expect(counted() == 1 << 20)
        worker.end(peakMemory: .kibibytes(400))
        #expect(counted() == 400 << 10)
        _ = try bench.call("one.run")
        worker.end(peakMemory: .kibibytes(300))
        #expect(counted() == 400 << 10)
        _ = try bench.call("one.run")
        worker.end(peakMemory: .mebibytes(900))
        #expect(counted() == 64 << 20, "no more than it may have")
    }

    @Test func whoNeedsMoreThanThereIsMayHaveAllOfIt() throws {
        let bench = bench(["one"]) { $0.memoryBudget = .mebibytes(8) }
        for _ in 0..<2 {
            let caller = try bench.call("one.run")
            let worker = try #require(bench.host.ready() ?? bench.host.workers.last)
            worker.end(peakMemory: .mebibytes(32))
            #expect(caller.outcome == .succeeded)
            worker.die(.ended(.succeeded))
        }
    }
}
