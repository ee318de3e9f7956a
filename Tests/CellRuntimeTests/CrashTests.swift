import CellProtocol
import Glibc
import Testing

/// How often each kind of crash is tried; `ROOST_CRASH_ROUNDS` asks for more.
private let rounds = getenv("ROOST_CRASH_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 100

@Suite(.serialized)
struct CrashTests {
    @Test(arguments: [
        ("segv", "segmentationFault"), ("call", "segmentationFault"), ("trap", "trap"),
        ("divide", "arithmetic"), ("overflow", "stackOverflow"), ("abort", "abort"),
        ("assert", "abort"), ("exit", "exit"), ("_exit", "exit"), ("quick_exit", "exit"),
        ("raise", "trap"), ("kill", "signal"), ("killed", "signal"), ("fault", "signal"),
        ("stop", "signal"), ("term", "signal"), ("user", "signal"), ("queue", "signal"),
        ("smash", "abort"), ("bus", "busError"), ("printing", "abort"),
    ])
    func endsTheWorkerAndNothingElse(kind: String, word: String) throws {
        let cell = try TestCell()
        let path = try Subject.path()
        let neighbour = try cell.start(path, entry: Subject.entry).ready()
        for round in 0..<rounds {
            let worker = try cell.start(path, entry: Subject.entry).ready()
            let end = try worker.call("crash:\(kind)")
            #expect(end.code == .crashed)
            #expect(end.kind == word, "\(end.message)")
            #expect(end.workerEnds)
            #expect(!end.message.isEmpty)
            #expect(end.frames.contains { $0.image.isEmpty } || kind == "overflow")
            try worker.awaitClose()
            #expect(try cell.awaitEnd(of: worker) == [])
            #expect(try neighbour.call("echo:\(round)").body == "echo:\(round)")
        }
        #expect(try neighbour.call("pid").body == "\(cell.process)")
        #expect(cell.isAlive)
    }

    /// The signals of timers come to the process, which is everybody's.
    @Test(arguments: ["setitimer", "timer_create", "rawitimer", "rawtimer"])
    func refusesTimersOfTheProcess(kind: String) throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        #expect(try worker.call("escape:\(kind)").body == "-1 \(EPERM)")
        #expect(try worker.call("echo:x").body == "echo:x")
    }

    @Test func saysThatAnAlarmDoesNothing() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        try worker.invoke("escape:alarm")
        let frame = try worker.expect(.log)
        let line = frame.text(try LogFrame(frame.payload.span.bytes).message)
        #expect(line.hasPrefix("alarm() does nothing here"), "\(line)")
    }

    @Test func leavesSignalsAloneThatEndNothing() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        #expect(try worker.call("escape:handled").body == "0 0")
        #expect(try worker.call("escape:ask").body == "0 0")
        #expect(try worker.call("echo:x").body == "echo:x")
    }

    @Test func saysWhatWasAsserted() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let end = try worker.call("crash:assert")
        #expect(end.message == "subject.c:7: crash: Assertion `1 == 2' failed.")
    }

    @Test func namesTheExitCode() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        #expect(try worker.call("crash:exit").message == "it called exit(3)")
    }

    @Test func containsCXXExceptions() throws {
        let source = """
            #include <roost.h>
            #include <stdexcept>
            static int32_t run(void *, const roost_invocation *, roost_context *) {
                throw std::runtime_error("not caught");
            }
            ROOST_STAMP("");
            extern "C" const roost_plugin *roost_plugin_throwing(const roost_host_api *) {
                static roost_plugin table = {ROOST_ABI_VERSION, sizeof(roost_plugin), {nullptr, 0},
                                             nullptr, nullptr, nullptr, run};
                return &table;
            }
            """
        let path = try PluginCompiler.build(source, flags: ["-xc++"])
        let cell = try TestCell()
        for _ in 0..<rounds {
            let worker = try cell.start(path, entry: "roost_plugin_throwing").ready()
            let end = try worker.call("")
            #expect(end.kind == "uncaughtException")
            #expect(end.message.contains("not caught"))
            #expect(try cell.awaitEnd(of: worker) == [])
        }
        #expect(cell.isAlive)
    }

    @Test func aCrashAsideEndsTheWorkerAndTaintsTheCell() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let neighbour = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let end = try worker.call("crash:aside")
        #expect(end.code == .crashed)
        #expect(end.kind == "segmentationFault")
        #expect(try !cell.awaitEnd(of: worker).isEmpty)
        #expect(try neighbour.call("echo").body == "echo")
    }

    @Test func whatWaitedBehindACrashNeverStarted() throws {
        let cell = try TestCell()
        for _ in 0..<rounds {
            let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
            var bytes: [UInt8] = []
            for slot in 0..<UInt16(8) {
                let body = slot == 3 ? "crash:segv" : "echo:\(slot)"
                bytes += worker.invocation(body, slot: slot).bytes
            }
            try worker.send(bytes)
            for slot in 0..<3 { #expect(try worker.end().body == "echo:\(slot)") }
            #expect(try worker.end().code == .crashed)
            try worker.awaitClose()
            #expect((0...3).allSatisfy { worker.state($0) == .started })
            #expect((4..<8).allSatisfy { worker.state($0) == .waiting })
            try cell.awaitEnd(of: worker)
        }
    }
}
