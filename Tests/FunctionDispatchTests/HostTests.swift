import FunctionModel
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import FunctionDispatch

/// Something that has happened.
private final class Flag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}

@Suite struct HostTests {
    @Test func drainingRefusesNewCallsAndFinishesWhatRuns() throws {
        let bench = TestBench()
        bench.install(version("a", [("f", nil)]))
        let running = try bench.call("a.f")
        let worker = try #require(bench.host.ready())
        let done = Flag()
        bench.dispatcher.drain(timeout: .seconds(5)) { done.set() }
        let refused = try bench.call("a.f")
        #expect(refused.rejection == .draining)
        #expect(refused.result?.status == 503)
        #expect(!done.isSet)
        worker.end()
        #expect(running.outcome == .succeeded)
        #expect(done.isSet)
        #expect(worker.isRetired)
    }

    @Test func drainingAsksAndThenGivesUp() throws {
        let bench = TestBench { $0.backstop = .seconds(1) }
        bench.install(version("a", [("f", nil)]) { $0.limits = limits { $0.concurrency = 1 } })
        let running = try bench.call("a.f")
        let worker = try #require(bench.host.ready())
        let waiting = try bench.call("a.f")
        let done = Flag()
        bench.dispatcher.drain(timeout: .seconds(5)) { done.set() }
        bench.advance(.milliseconds(5_001))
        #expect(worker.cancels == [.drain])
        #expect(waiting.outcome == .cancelled)
        #expect(!done.isSet)
        bench.advance(.seconds(1))
        #expect(running.outcome == .cancelled)
        #expect(done.isSet)
        worker.end()
        #expect(running.results.count == 1)
    }

    @Test func anIdleHostIsDrainedAtOnce() {
        let bench = TestBench()
        let done = Flag()
        bench.dispatcher.drain(timeout: .seconds(5)) { done.set() }
        #expect(done.isSet)
    }

    @Test func theHostsBudgetTakesAnIdleWorkerFromAnotherPlugin() throws {
        let bench = TestBench { $0.maximumWorkers = 1 }
        bench.install(version("a", [("f", nil)]))
        bench.install(version("b", [("f", nil)]))
        _ = try bench.call("a.f")
        let first = try #require(bench.host.ready())
        first.end()
        let waiting = try bench.call("b.f")
        #expect(first.isRetired)
        #expect(bench.host.pending == 0)
        first.die(.retired)
        try #require(bench.host.ready()).end()
        #expect(waiting.outcome == .succeeded)
    }

    @Test func workersThatNeedMuchMemoryCountAsMuch() throws {
        let bench = TestBench {
            $0.memoryBudget = .mebibytes(100)
            $0.workerMemory = .mebibytes(1)
        }
        bench.install(version("a", [("f", nil)]))
        let caller = try bench.call("a.f")
        let worker = try #require(bench.host.ready())
        let job = try #require(worker.held.first)
        var usage = Usage()
        usage.peakMemory = .mebibytes(60)
        job.observer.jobDidEnd(job, InvocationResult(outcome: .succeeded, usage: usage))
        #expect(caller.outcome == .succeeded)
        #expect(bench.dispatcher.change { state, _ in state.memory } == 60 << 20)
        _ = try bench.call("a.f")
        _ = try bench.call("a.f")
        #expect(bench.host.pending == 0)
        worker.observer.workerDidEnd(worker, reason: .cellLost, unstarted: [])
        #expect(bench.dispatcher.change { state, _ in state.workers } == 1)
    }

    @Test func recordsAreKeptNewestFirstAndBounded() throws {
        let bench = TestBench { $0.keptRecords = 10 }
        bench.install(version("a", [("f", nil), ("g", nil)]))
        for number in 0..<25 {
            _ = try bench.call(number % 2 == 0 ? "a.f" : "a.g")
            bench.host.readyAll()
            try #require(bench.host.workers.last).end(number == 24 ? .failed : .succeeded)
        }
        let all = bench.dispatcher.invocations(limit: 100)
        #expect(all.count == 10)
        #expect(all.first?.outcome == .failed)
        #expect(all.first?.status == 500)
        #expect(bench.dispatcher.invocations(outcome: .failed).count == 1)
        let name = try FunctionName(plugin: "a", function: "g")
        #expect(bench.dispatcher.invocations(function: name, limit: 3).count == 3)
        let id = try #require(all.last?.id)
        #expect(bench.dispatcher.invocation(id)?.id == id)
        #expect(bench.dispatcher.invocation(InvocationID()) == nil)
        let running = try bench.call("a.f")
        #expect(bench.dispatcher.invocations().first?.outcome == nil)
        #expect(running.results.isEmpty)
    }

    @Test func logLinesAreKeptWithinTheirBounds() throws {
        let bench = TestBench { $0.keptLogs = ByteCount(bytes: 1_000) }
        bench.install(
            version("a", [("f", nil)]) { $0.limits = limits { $0.logBytes = 500 } }
        )
        var last: InvocationID?
        for _ in 0..<5 {
            let id = InvocationID()
            last = id
            _ = try bench.call("a.f") { $0.id = id }
            bench.host.readyAll()
            let worker = try #require(bench.host.workers.last)
            let job = try #require(worker.held.first)
            for number in 0..<100 {
                let line = LogLine(time: 1, level: "info", message: "line \(number)")
                job.observer.jobDidLog(job, line)
            }
            worker.end()
        }
        let records = bench.dispatcher.invocations(limit: 10)
        let bytes = records.flatMap(\.log).reduce(0) { $0 + $1.message.utf8.count + 64 }
        #expect(bytes <= 1_600)
        #expect(bytes > 0)
        #expect(records.last?.log.isEmpty == true)
        #expect(last.map { bench.dispatcher.invocation($0)?.id == $0 } == true)
    }

    @Test func listenersHearLogLines() async throws {
        let feed = LogFeed()
        let stream = feed.listen()
        let name = try FunctionName(plugin: "a", function: "f")
        for number in 0..<3 {
            feed.send(
                LogLine(time: 1, level: "info", message: "\(number)"),
                of: name,
                InvocationID()
            )
        }
        var heard: [String] = []
        for await event in stream.prefix(3) { heard.append(event.message) }
        #expect(heard == ["0", "1", "2"])
    }

    @Test func backtracesAreReadLater() async throws {
        let frames = [StackFrame(image: "", offset: 7)]
        let keeper = RecordKeeper(count: 3, logBytes: 100)
        var record = InvocationRecord(
            id: InvocationID(),
            function: try FunctionName(plugin: "a", function: "f"),
            trigger: .http,
            attempt: 1,
            version: "",
            received: 0
        )
        record.error = InvocationError(kind: "trap", message: "", backtrace: frames)
        keeper.keep(record)
        let read = [StackFrame(image: "", offset: 7, symbol: "crash()", location: "a.swift:3")]
        keeper.setBacktrace(read, of: record.id)
        #expect(keeper.record(record.id)?.error?.backtrace == read)
    }

    @Test func viewsShowWhatGoesOn() throws {
        let bench = TestBench()
        bench.install(
            version("a", [("f", "GET /f")]) { $0.limits = limits { $0.concurrency = 1 } }
        )
        _ = try bench.call("a.f")
        bench.host.ready()
        _ = try bench.call("a.f")
        var view = try #require(bench.dispatcher.functions().first)
        #expect(view.workersRunning == 1)
        #expect(view.queueDepth == 1)
        #expect(view.version == String(repeating: "1", count: 12))
        let worker = try #require(bench.host.workers.first)
        worker.end()
        worker.end(.failed)
        view = try #require(bench.dispatcher.functions().first)
        #expect(view.workersIdle == 1)
        #expect(view.counts == ["succeeded": 1, "failed": 1])
        #expect(bench.dispatcher.cells(of: "a") == [1])
    }
}
