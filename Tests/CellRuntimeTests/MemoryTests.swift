import CCell
import CellProtocol
import Testing

@Suite(.serialized)
struct MemoryTests {
    private static let mebibyte = 1 << 20
    private static let limit = 32 << 20

    /// Kinds of growth in C code that never looks whether there was any memory.
    @Test(arguments: ["small", "blocks=65536", "blocks=3000000", "huge", "grow", "fragment", "new"])
    func refusesBeyondTheLimit(kind: String) throws {
        let cell = try TestCell()
        let path = try Subject.path()
        let neighbour = try cell.start(path, entry: Subject.entry).ready()
        for _ in 0..<5 {
            let worker = try cell.start(path, entry: Subject.entry, memoryLimit: Self.limit).ready()
            let end = try worker.call("memory:\(kind)")
            #expect(end.code == .memoryExceeded, "\(end)")
            #expect(end.kind == "memoryLimit")
            #expect(end.message.contains("its memory limit of 32 MiB"), "\(end.message)")
            #expect(end.peakMemory <= Self.limit)
            #expect(end.workerEnds)
            #expect(!end.frames.isEmpty, "who asked is told")
            let taints = try cell.awaitEnd(of: worker)
            #expect(taints.count == 1 && taints[0].contains("memory limit"), "\(taints)")
        }
        #expect(try neighbour.call("echo").body == "echo")
    }

    @Test func whatStaysOfOneWorkerIsNotTheNextOnes() throws {
        let cell = try TestCell()
        let path = try Subject.path()
        for _ in 0..<3 {
            let worker = try cell.start(path, entry: Subject.entry, memoryLimit: Self.limit).ready()
            #expect(try worker.call("memory:polite=\(24 << 20)").body == "got it")
            #expect(try worker.call("memory:blocks=65536").code == .memoryExceeded)
            try cell.awaitEnd(of: worker)
        }
    }

    @Test func whoLooksMayGoOn() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            memoryLimit: Self.limit
        ).ready()
        #expect(try worker.call("memory:polite=\(64 << 20)").body == "refused")
        #expect(try worker.call("crash:segv").code == .crashed, "an earlier run explains nothing")
        #expect(try cell.awaitEnd(of: worker) == [])
    }

    @Test func freePagesAreNotHeldAgainstAnybody() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            memoryLimit: Self.limit
        ).ready()
        for _ in 0..<5 {
            #expect(try worker.call("memory:churn=\(20 << 20)").body == "churned")
        }
    }

    @Test func countsWhatIsMapped() throws {
        let cell = try TestCell()
        let path = try Subject.path()
        for _ in 0..<2 {
            let worker = try cell.start(path, entry: Subject.entry, memoryLimit: Self.limit).ready()
            let end = try worker.call("memory:map=1000000")
            let count = try #require(Int(end.body))
            #expect((26...33).contains(count), "\(count) blocks of 1 MB")
            #expect(end.peakMemory > 26_000_000 && end.peakMemory <= Self.limit)
            try worker.retire()
            #expect(try cell.awaitEnd(of: worker) == [])
        }
        let worker = try cell.start(path, entry: Subject.entry, memoryLimit: Self.limit).ready()
        #expect(try worker.call("memory:remap=\(8 << 20)").body == "all fit")
    }

    @Test func countsWhatWasReservedWhenItCanBeWritten() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            memoryLimit: Self.limit
        ).ready()
        for _ in 0..<3 {
            let end = try worker.call("memory:reserve=1048576")
            let count = try #require(Int(end.body))
            #expect((26...32).contains(count), "\(count) MiB became writable")
            #expect(end.peakMemory <= Self.limit)
        }
    }

    @Test func functionsHaveLimitsOfTheirOwn() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            memoryLimit: Self.limit,
            functionMemory: [Self.limit / 2, Self.limit]
        ).ready()
        #expect(try worker.call("memory:polite=\(20 << 20)").body == "refused")
        let (_, bytes) = worker.invocation("memory:polite=\(20 << 20)") { $0.function = 1 }
        try worker.send(bytes)
        #expect(try worker.end().body == "got it")
    }

    @Test func tellsThePeakOfEachInvocation() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            memoryLimit: 2 * Self.limit
        ).ready()
        let before = Int(try worker.call("echo").peakMemory)
        #expect(before < Self.mebibyte)
        for size in [10, 1, 20, 5] {
            let end = try worker.call("memory:use=\(size << 20)")
            let own = Int(end.peakMemory) - before
            #expect(abs(own - size << 20) < Self.mebibyte / 2, "\(own) for \(size) MiB")
        }
        #expect(Int(try worker.call("echo").peakMemory) < before + Self.mebibyte)
    }

    @Test(arguments: [(1_024, 8 << 20), (100_000, 32 << 20), (1_000_000, 64 << 20)])
    func whatLeaksIsReplacedInTime(leak: Int, limit: Int) throws {
        let cell = try TestCell()
        let path = try Subject.path()
        for _ in 0..<2 {
            let worker = try cell.start(path, entry: Subject.entry, memoryLimit: limit).ready()
            var calls = 0
            while true {
                let end = try worker.call("memory:leak=\(leak)")
                #expect(end.code == .succeeded)
                calls += 1
                if end.workerEnds || end.code != .succeeded || calls * leak > limit { break }
            }
            #expect(calls * leak > limit / 2, "not before it has to be: \(calls)")
            let ended = try cell.awaitEnd(of: worker)
            #expect(ended == [], "a worker that is replaced harms nobody")
        }
    }

    @Test func largeButSteadyMemoryIsKept() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            memoryLimit: Self.limit
        ).ready()
        #expect(try worker.call("memory:leak=\(20 << 20)").body == "leaked")
        for _ in 0..<50 {
            let end = try worker.call("memory:use=\(8 << 20)")
            #expect(end.code == .succeeded)
            #expect(!end.workerEnds)
        }
    }

    @Test func tellsWhatAWorkerLeavesBehind() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        #expect(try worker.call("memory:leak=\(5 << 20)").body == "leaked")
        try worker.retire()
        var left: UInt64 = 0
        while true {
            let message = try cell.next()
            if case .left("subject", let bytes, _) = message { left = bytes }
            if case .workerEnded(worker.id) = message { break }
        }
        #expect(left >= 5 << 20 && left < 7 << 20, "\(left)")
    }

    @Test func holdsForThreadsThatThePluginMakes() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            memoryLimit: Self.limit
        ).ready()
        let end = try worker.call("memory:aside=65536")
        #expect(end.code == .memoryExceeded, "\(end)")
        #expect(end.peakMemory <= Self.limit)
    }

    @Test func aStartThatNeedsTooMuchIsRefused() throws {
        let cell = try TestCell()
        let source = """
            #include <roost.h>
            #include <stdlib.h>
            #include <string.h>
            ROOST_STAMP("");
            const roost_plugin *roost_plugin_greedy(const roost_host_api *host) {
                for (;;) memset(malloc(65536), 1, 65536);
            }
            """
        let worker = try cell.start(
            PluginCompiler.build(source),
            entry: "roost_plugin_greedy",
            memoryLimit: Self.limit
        )
        let frame = try #require(try worker.next())
        let refused = try RefusedFrame(frame.payload.span.bytes)
        #expect(refused.kind == "startMemoryExceeded")
        #expect(refused.message.contains("32 MiB"), "\(refused.message)")
    }
}
