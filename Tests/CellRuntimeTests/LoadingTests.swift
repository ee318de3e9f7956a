import CellProtocol
import Testing

@testable import CellRuntime

@Suite(.serialized)
struct LoadingTests {
    private static func answering(_ word: String) -> String {
        Subject.prologue + """
            static int32_t run(void *s, const roost_invocation *e, roost_context *c) {
                (void)s; (void)e; (void)refer;
                return say_text(c, "\(word)");
            }
            """ + Subject.epilogue
    }

    private static func starting(_ load: String) -> String {
        Subject.prologue + """
            static int32_t run(void *s, const roost_invocation *e, roost_context *c) {
                (void)s; (void)e;
                return say_text(c, "");
            }
            static int32_t load(void *s, roost_context *c) { (void)s; (void)c; \(load) }
            """
            + Subject.epilogue.replacing(".invoke = run", with: ".invoke = run, .load = load")
    }

    @Test func aNewImageIsNeverMistakenForTheOldOne() throws {
        let cell = try TestCell()
        for round in 0..<10 {
            for word in ["one", "two"] {
                let source = Self.answering(word).replacing("(void)refer;", with: "")
                let path = try PluginCompiler.build(source)
                let worker = try cell.start(path, entry: Subject.entry).ready()
                #expect(try worker.call("").body == word, "round \(round)")
                try worker.retire()
                try cell.awaitEnd(of: worker)
            }
        }
    }

    @Test(arguments: [
        ("return say_text(c, \"\");", ""),
        ("return say_number(c, 1);", ""),
        ("abort();", "startCrashed"),
        ("*(volatile int *)8 = 0;", "startCrashed"),
        ("exit(1);", "startCrashed"),
        ("for (;;) {}", "startTimedOut"),
        ("sleep(100);", "startTimedOut"),
        ("return ROOST_PENDING;", "startTimedOut"),
        ("return ROOST_DONE;", "startRefused"),
        (
            """
            roost_reply r = {.struct_size = sizeof r, .failed = 1, .error_message = text("no way")};
            host->reply(c, &r); return ROOST_DONE;
            """, "startRefused"
        ),
    ])
    func saysHowAStartWent(load: String, kind: String) throws {
        let cell = try TestCell()
        let path = try PluginCompiler.build(Self.starting(load))
        let timeout = kind == "startTimedOut" ? Duration.milliseconds(200) : .seconds(10)
        let worker = try cell.start(path, entry: Subject.entry, timeout: timeout)
        if kind.isEmpty {
            try worker.ready()
            return
        }
        let refused = try refusal(of: worker)
        #expect(refused.kind == kind)
        if load.contains("no way") { #expect(refused.message.contains("no way")) }
        try worker.awaitClose()
        #expect(try cell.awaitEnd(of: worker) == [])
    }

    private func refusal(of worker: TestWorker) throws -> RefusedFrame {
        while let frame = try worker.next() {
            if frame.header.kind == .refused { return try RefusedFrame(frame.payload.span.bytes) }
            #expect(frame.header.kind == .log)
        }
        throw Failure("closed without a refusal")
    }

    @Test func namesAMissingSymbol() throws {
        let source =
            Subject.prologue + """
                extern int nobody_defines_this(void);
                static int32_t run(void *s, const roost_invocation *e, roost_context *c) {
                    (void)s; (void)e;
                    return say_number(c, nobody_defines_this());
                }
                """ + Subject.epilogue
        let cell = try TestCell()
        let worker = try cell.start(PluginCompiler.build(source), entry: Subject.entry)
        let refused = try refusal(of: worker)
        #expect(refused.kind == "missingSymbol")
        #expect(refused.message.contains("nobody_defines_this"))
    }

    @Test func namesAMissingLibrary() throws {
        let library = try PluginCompiler.build("int x;", flags: ["-Wl,-soname,libnowhere.so.1"])
        let source =
            Subject.prologue + "extern int x; int *use(void) { return &x; }\n" + """
                static int32_t run(void *s, const roost_invocation *e, roost_context *c) {
                    (void)s; (void)e;
                    return say_text(c, "");
                }
                """ + Subject.epilogue
        let cell = try TestCell()
        let path = try PluginCompiler.build(source, flags: ["-Wl,--no-as-needed", library])
        let worker = try cell.start(path, entry: Subject.entry)
        let refused = try refusal(of: worker)
        #expect(refused.kind == "missingLibrary")
        #expect(refused.message.contains("libnowhere.so.1"))
    }

    @Test func refusesAnotherVersionOfTheContract() throws {
        let source = Self.answering("").replacing("(void)refer;", with: "")
            .replacing(".abi_version = ROOST_ABI_VERSION", with: ".abi_version = 99")
        let cell = try TestCell()
        let worker = try cell.start(PluginCompiler.build(source), entry: Subject.entry)
        #expect(try refusal(of: worker).kind == "wrongABI")
    }

    @Test func refusesAnImageWithoutTheEntry() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: "roost_plugin_other")
        #expect(try refusal(of: worker).kind == "noEntry")
    }

    @Test func aHangInAConstructorTaintsTheCell() throws {
        let source =
            Self.answering("").replacing("(void)refer;", with: "")
            + "\n__attribute__((constructor)) static void hang(void) { for (;;) {} }"
        let cell = try TestCell()
        let worker = try cell.start(
            PluginCompiler.build(source),
            entry: Subject.entry,
            timeout: .seconds(1)
        )
        #expect(try refusal(of: worker).kind == "startTimedOut")
        #expect(try !cell.awaitEnd(of: worker).isEmpty)
    }

    @Test func drainIsCalledBeforeAWorkerIsRetired() throws {
        let source = Self.answering("").replacing("(void)refer;", with: "")
            .replacing(
                "static int32_t run(",
                with: """
                    static int32_t drain(void *s, roost_context *c) {
                        (void)s;
                        host->log(c, ROOST_LOG_INFO, text("bye"), 0, 0);
                        return say_text(c, "");
                    }
                    static int32_t run(
                    """
            ).replacing(".invoke = run", with: ".invoke = run, .drain = drain")
        let cell = try TestCell()
        let worker = try cell.start(PluginCompiler.build(source), entry: Subject.entry).ready()
        try worker.retire()
        let frame = try #require(try worker.next())
        #expect(frame.text(try LogFrame(frame.payload.span.bytes).message) == "bye")
        #expect(try cell.awaitEnd(of: worker) == [])
    }
}
