import CellProtocol
import Glibc
import Testing

/// Threads that a plugin makes with `pthread_create`, as C, C++ and `Foundation.Thread` do.
@Suite(.serialized)
struct ThreadTests {
    @Test(arguments: ["spin", "stay", "wait", "late"])
    func whatOutlivesItsInvocationIsStopped(kind: String) throws {
        let cell = try TestCell()
        let path = try Subject.path()
        let neighbour = try cell.start(path, entry: Subject.entry).ready()
        for _ in 0..<10 {
            let worker = try cell.start(path, entry: Subject.entry).ready()
            #expect(try worker.call("thread:\(kind)").body == "left")
            let leave = try worker.expect(.leave)
            // A worker that gets no time itself is ended by its supervisor.
            let code = try LeaveFrame(leave.payload.span.bytes).code
            #expect(code == .succeeded || code == .timedOut)
            try worker.awaitClose()
            #expect(try cell.awaitEnd(of: worker) == [])
        }
        #expect(try neighbour.call("echo").body == "echo")
        #expect(try threads(of: cell.process) < 12, "they are gone")
    }

    @Test func whatEndsWithinTheGraceCostsNothing() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        for _ in 0..<10 {
            let end = try worker.call("thread:brief", limits: .init(grace: .seconds(5)))
            #expect(end.body == "left")
            #expect(!end.workerEnds)
        }
        #expect(try worker.call("thread:turns").body == "1")
    }

    @Test func whatIsDeclaredGoesOn() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            background: true
        ).ready()
        #expect(try worker.call("thread:stay").body == "left")
        let end = ContinuousClock.now + .seconds(10)
        while try worker.call("thread:turns").body != "1" {
            guard ContinuousClock.now < end else { throw Failure("it stopped") }
        }
        try worker.retire()
        #expect(try cell.awaitEnd(of: worker) == [], "it ends with its worker")
        #expect(try threads(of: cell.process) < 12)
    }

    @Test func aBombIsRefused() throws {
        let cell = try TestCell()
        let path = try Subject.path()
        for _ in 0..<3 {
            let worker = try cell.start(path, entry: Subject.entry).ready()
            #expect(try worker.call("thread:bomb").body == "64")
            try worker.awaitClose()
            #expect(try cell.awaitEnd(of: worker) == [])
        }
    }

    @Test func stacksCountAsMemory() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            memoryLimit: 16 << 20
        ).ready()
        let made = try #require(Int(try worker.call("thread:bomb").body))
        #expect((12...15).contains(made), "\(made) stacks of 1 MiB")
    }

    @Test(arguments: [
        ("exit", "exit", "it called exit(7)"), ("abort", "abort", "it called abort()"),
        ("overflow", "segmentationFault", ""),
    ])
    func crashesAreTheirWorkers(kind: String, reason: String, words: String) throws {
        let cell = try TestCell()
        let path = try Subject.path()
        let neighbour = try cell.start(path, entry: Subject.entry).ready()
        for _ in 0..<5 {
            let worker = try cell.start(path, entry: Subject.entry).ready()
            let end = try worker.call("thread:\(kind)")
            #expect(end.code == .crashed)
            #expect(end.kind == reason)
            #expect(words.isEmpty || end.message == words, "\(end.message)")
            #expect(try !cell.awaitEnd(of: worker).isEmpty)
        }
        #expect(try neighbour.call("echo").body == "echo")
    }

    /// What a plugin has registered for its thread's end runs outside of any invocation.
    @Test(arguments: ["loop", "crash", "exit", "abort", "deep"])
    func destructorsHarmNobody(kind: String) throws {
        let cell = try TestCell()
        let path = try Subject.path()
        let neighbour = try cell.start(path, entry: Subject.entry).ready()
        for isCrash in [false, true] {
            let worker = try cell.start(path, entry: Subject.entry).ready()
            #expect(try worker.call("thread:key-\(kind)").body == "set")
            if isCrash {
                #expect(try worker.call("thread:exit").code == .crashed)
            } else {
                try worker.retire()
            }
            let taints = try cell.awaitEnd(of: worker)
            #expect(taints.contains { $0.hasSuffix(": a thread could not be ended") })
        }
        #expect(cell.leftThreads == 2)
        #expect(try neighbour.call("echo").body == "echo")
    }

    @Test func theirTimeIsTheInvocations() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let end = try worker.call(
            "thread:burn",
            limits: .init(cpu: .milliseconds(200), grace: .milliseconds(5))
        )
        #expect(end.code == .cpuExceeded)
        #expect(end.cpu >= 200_000_000)
        #expect(try cell.awaitEnd(of: worker) == [])
    }

    /// How many threads a process has.
    private func threads(of process: pid_t) throws -> Int {
        guard let directory = opendir("/proc/\(process)/task") else { throw Failure("opendir") }
        defer { closedir(directory) }
        var count = -2
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
