import FakeHost
import Foundation
import FunctionModel
import NIOCore
import Testing

@testable import RoostCLI

struct RenderingTests {
    @Test func linesUpFunctions() {
        #expect(
            FunctionsCommand.render([Samples.function("hello"), Samples.function("a")]) == """
                FUNCTION       STATE    TRIGGERS     WORKERS  QUEUE  CALLS  FAULTS  AVERAGE
                samples.hello  serving  POST /hello      1/3      3      4       1    42 µs
                samples.a      serving  POST /a          1/3      3      4       1    42 µs

                """
        )
    }

    @Test func tellsWhyAPluginWasRefused() {
        #expect(
            PluginsCommand.render([Samples.plugin]) == """
                FILE           PLUGIN   VERSION       STATE                       FUNCTIONS    LOAD   START  CELLS
                libSamples.so  samples  0123456789ab  serving (new file refused)          2  1.5 ms  250 µs  1

                libSamples.so was refused: libSamples.so is not a shared library.

                """
        )
    }

    @Test func saysWhatToDoWhenThereIsNothing() {
        #expect(FunctionsCommand.render([]).contains("roost deploy"))
        #expect(PluginsCommand.render([]).contains("roost deploy"))
    }

    @Test func showsAnInvocationWithBacktraceAndLog() {
        let view = InvocationView(Samples.record)
        #expect(
            InvocationsCommand.show(view) == """
                RECEIVED                  FUNCTION       TRIGGER  OUTCOME  STATUS  QUEUED     RUN   CPU  ID
                1970-01-01T00:00:00.000Z  samples.hello  http     crashed     502    0 µs  2.0 ms  0 µs  \(view.id)
                SIGILL: it trapped
                  #0 hello() at libSamples.so+0x10
                1970-01-01T00:00:00.000Z info a line

                """
        )
    }

    @Test func showsALogLine() {
        let event = LogEvent(
            time: 1.5,
            level: "warning",
            source: "catalog",
            message: "hm",
            metadata: ["b": "2", "a": "1"]
        )
        #expect(LogsCommand.render(event) == "1970-01-01T00:00:01.500Z warning catalog: hm a=1 b=2")
    }

    @Test func showsADeployment() {
        #expect(
            DeployCommand.render(Samples.plugin)
                == "libSamples.so (0123456789ab) serves samples.hello, samples.add; loaded in 1.5 ms, "
                + "started in 250 µs"
        )
    }

    @Test func showsAnInspection() throws {
        let report = InspectionReport(
            file: "x.so",
            facts: [.init("stamp", ["ABI 1"]), .init("needed", ["libc.so.6", "libm.so.6"])],
            warnings: ["large"]
        )
        #expect(
            try InspectCommand.render(report) == """
                x.so
                  stamp   ABI 1
                  needed  libc.so.6
                          libm.so.6

                Warning: large

                """
        )
    }

    @Test(arguments: [
        (0.000_000_4, "0 µs"), (0.000_012, "12 µs"), (0.003_4, "3.4 ms"), (2, "2.0 s"),
        (300, "5 min"),
        (7_200, "2 h"), (864_000, "10 d"),
    ]) func wordsDurations(seconds: Double, words: String) {
        #expect(Wording.duration(seconds) == words)
    }

    @Test(arguments: [
        (17, "17 bytes"), (1_536, "1.5 KiB"), (64 << 20, "64.0 MiB"), (3 << 30, "3.0 GiB"),
    ])
    func wordsBytes(count: Int, words: String) {
        #expect(Wording.bytes(count) == words)
    }

    @Test(arguments: Outcome.allCases) func everyOutcomeHasACode(outcome: Outcome) {
        #expect((CommandFailure.code(of: outcome) == .succeeded) == (outcome == .succeeded))
    }
}
