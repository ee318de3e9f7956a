import CellProtocol
import Glibc
import Testing

@Suite(.serialized)
struct LimitTests {
    private static let short = TestWorker.Limits(
        timeout: .milliseconds(30),
        grace: .milliseconds(10)
    )

    @Test(arguments: [
        "loop", "malloc", "print", "sleep", "usleep", "poll", "read", "recv", "lock", "condition",
    ])
    func endsWhatDoesNotStop(kind: String) throws {
        let cell = try TestCell()
        let path = try Subject.path()
        let neighbour = try cell.start(path, entry: Subject.entry).ready()
        for _ in 0..<20 {
            let worker = try cell.start(path, entry: Subject.entry).ready()
            var limits = Self.short
            limits.log = 100
            let end = try worker.call("block:\(kind)", limits: limits)
            #expect(end.code == .timedOut)
            #expect(end.workerEnds)
            #expect(try cell.awaitEnd(of: worker) == [])
        }
        #expect(try neighbour.call("echo").body == "echo")
    }

    @Test func endsWhatUsesTooMuchCPU() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let end = try worker.call(
            "block:loop",
            limits: .init(cpu: .milliseconds(50), grace: .milliseconds(5))
        )
        #expect(end.code == .cpuExceeded)
        #expect(end.cpu >= 50_000_000)
        try cell.awaitEnd(of: worker)
    }

    @Test func sleepingCostsNoCPU() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let end = try worker.call(
            "block:sleep",
            limits: .init(
                timeout: .milliseconds(100),
                cpu: .milliseconds(20),
                grace: .milliseconds(5)
            )
        )
        #expect(end.code == .timedOut)
    }

    @Test func whoStopsInTimeKeepsItsWorker() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let end = try worker.call(
            "polite",
            limits: .init(timeout: .milliseconds(20), grace: .seconds(10))
        )
        #expect(end.code == .timedOut)
        #expect(!end.workerEnds)
        #expect(try worker.call("echo").body == "echo")
    }

    @Test func endsWhatTheHostCancels() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        try worker.invoke("block:loop")
        while worker.state(0) != .started { sched_yield() }
        worker.setCancel(0, 1)
        let end = try worker.end()
        #expect(end.code == .cancelled)
        #expect(end.workerEnds)
    }

    @Test func tellsASuspendedHandlerThatItIsCancelled() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let sequence = try worker.invoke("when", limits: .init(grace: .seconds(10)))
        worker.setCancel(0, 1)
        var writer = FrameWriter()
        CancelFrame.write(to: &writer, slot: 0, sequence: sequence, reason: 1)
        try worker.send(writer.bytes)
        #expect(try worker.end().body == "later")
    }

    @Test func endsASuspendedHandler() throws {
        let cell = try TestCell()
        for _ in 0..<20 {
            let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
            #expect(try worker.call("never", limits: Self.short).code == .timedOut)
            #expect(try cell.awaitEnd(of: worker) == [])
        }
    }
}
