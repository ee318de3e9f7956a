import CellProtocol
import Testing

/// Work that a plugin gives to dispatch queues and to the main actor.
@Suite(.serialized)
struct DispatchTests {
    @Test(arguments: [
        ("global", "42"), ("serial", "100"), ("item", "7"), ("group", "120"), ("after", "3"),
        ("perform", "1225"), ("main", "own thread"), ("main-after", "own thread"),
        ("main-actor", "own thread"), ("leave-brief", "0"),
    ])
    func works(kind: String, reply: String) throws {
        let cell = try TestCell()
        let worker = try cell.start(DispatchSubject.path(), entry: DispatchSubject.entry).ready()
        for _ in 0..<20 {
            let end = try worker.call(kind, limits: .init(grace: .seconds(5)))
            #expect(end.body == reply, "\(end)")
        }
        try worker.retire()
        #expect(try cell.awaitEnd(of: worker) == [])
    }

    @Test func aCrashOnAPoolThreadIsItsWorkers() throws {
        let cell = try TestCell()
        let path = try DispatchSubject.path()
        let neighbour = try cell.start(path, entry: DispatchSubject.entry).ready()
        for _ in 0..<3 {
            let worker = try cell.start(path, entry: DispatchSubject.entry).ready()
            let end = try worker.call("crash")
            #expect(end.code == .crashed)
            #expect(end.kind == "trap")
            #expect(try !cell.awaitEnd(of: worker).isEmpty)
        }
        #expect(try neighbour.call("main").body == "own thread")
    }

    @Test func theirMemoryIsTheWorkers() throws {
        for _ in 0..<5 {
            let cell = try TestCell()
            let worker = try cell.start(
                DispatchSubject.path(),
                entry: DispatchSubject.entry,
                memoryLimit: 32 << 20
            ).ready()
            let end = try worker.call("memory")
            #expect(end.code == .memoryExceeded, "\(end)")
            #expect(end.peakMemory <= 32 << 20 && end.peakMemory > 24 << 20)
        }
    }

    @Test func theirTimeIsTheInvocations() throws {
        let cell = try TestCell()
        let worker = try cell.start(DispatchSubject.path(), entry: DispatchSubject.entry).ready()
        let end = try worker.call(
            "burn",
            limits: .init(cpu: .milliseconds(50), grace: .milliseconds(5))
        )
        #expect(end.code == .cpuExceeded)
    }

    @Test func whoWaitsForNothingIsEnded() throws {
        let cell = try TestCell()
        let worker = try cell.start(DispatchSubject.path(), entry: DispatchSubject.entry).ready()
        let end = try worker.call(
            "stuck",
            limits: .init(timeout: .milliseconds(20), grace: .milliseconds(5))
        )
        #expect(end.code == .timedOut)
        #expect(try cell.awaitEnd(of: worker) == [])
    }

    /// The threads of the pool still have turns to take when their caller's stack is gone.
    @Test func turnsEndWithTheirCaller() throws {
        let cell = try TestCell()
        let path = try DispatchSubject.path()
        let neighbour = try cell.start(path, entry: DispatchSubject.entry).ready()
        for _ in 0..<3 {
            let worker = try cell.start(path, entry: DispatchSubject.entry).ready()
            let limits = TestWorker.Limits(timeout: .milliseconds(20), grace: .milliseconds(5))
            #expect(try worker.call("turns", limits: limits).code == .timedOut)
            try cell.awaitEnd(of: worker)
        }
        #expect(try neighbour.call("main").body == "own thread")
    }

    /// What comes up when its worker is gone meets a record that is the next worker's.
    @Test func lateWorkDoesNotCountAsTheNextWorkers() throws {
        let cell = try TestCell()
        let path = try DispatchSubject.path()
        let limits = TestWorker.Limits(grace: .milliseconds(1))
        for _ in 0..<20 {
            let worker = try cell.start(path, entry: DispatchSubject.entry).ready()
            #expect(try worker.call("pieces", limits: limits).body == "0")
            try cell.awaitEnd(of: worker)
        }
        let last = try cell.start(path, entry: DispatchSubject.entry).ready()
        // What it really leaves, the pool's thread on its way back, may take a moment.
        let patient = TestWorker.Limits(grace: .seconds(1))
        for _ in 0..<20 { #expect(try last.call("global", limits: patient).body == "42") }
        try last.retire()
        try cell.awaitEnd(of: last)
    }

    @Test func whatOutlivesItsInvocationIsStopped() throws {
        let cell = try TestCell()
        let worker = try cell.start(DispatchSubject.path(), entry: DispatchSubject.entry).ready()
        #expect(try worker.call("leave").body == "0")
        try worker.awaitClose()
        // The pool is a thread short, which only a new cell cures.
        #expect(try cell.awaitEnd(of: worker).count == 1)
    }
}
