import ArgumentParser
import FakeHost
import Foundation
import FunctionModel
import Testing

@testable import RoostCLI

/// The root command as the executable has it, without `serve`.
private struct Root: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        version: RoostTool.version,
        subcommands: RoostTool.commands
    )
}

private struct NoWork: HostWork {
    func inspect(file: String, probe: Bool) async throws -> InspectionReport {
        let refusal = file == "bad.so" ? PluginRefusal(kind: "notELF", message: "no") : nil
        return InspectionReport(
            file: file,
            facts: [.init("architecture", ["x86_64"])],
            refusal: refusal
        )
    }

    func library(besides file: String) async -> String? { nil }

    func check(home: String) async throws -> [CheckItem] { [] }
}

struct RoostToolTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var code: CommandFailure.Code
        var asked: String?
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let rows = [
        Row(arguments: ["functions"], code: .succeeded),
        Row(arguments: ["functions", "--json"], code: .succeeded),
        Row(arguments: ["openapi"], code: .succeeded, asked: "openapi"),
        Row(arguments: ["plugins"], code: .succeeded),
        Row(arguments: ["plugins", "--json"], code: .succeeded),
        Row(
            arguments: ["invoke", "hello", "--async", "-d", "abc"],
            code: .succeeded,
            asked: "enqueue hello application/json 3"
        ),
        Row(arguments: ["dead-letters"], code: .succeeded, asked: "dead-letters * - 100"),
        Row(
            arguments: ["dead-letters", "list", "--function", "f", "--limit", "5", "--json"],
            code: .succeeded,
            asked: "dead-letters f - 5"
        ),
        Row(
            arguments: ["dead-letters", "redrive", "--all", "--rate", "2"],
            code: .succeeded,
            asked: "redrive all 2.0/s"
        ),
        Row(
            arguments: ["dead-letters", "purge", "--function", "f"],
            code: .succeeded,
            asked: "purge f"
        ),
        Row(arguments: ["dead-letters", "purge"], code: .usage),
        Row(arguments: ["dead-letters", "purge", "nonsense"], code: .usage),
        Row(arguments: ["backup", "/tmp/copy"], code: .succeeded, asked: "backup /tmp/copy"),
        Row(
            arguments: ["invoke", "hello", "-d", "abc"],
            code: .succeeded,
            asked: "invoke hello application/json 3"
        ),
        Row(
            arguments: ["invoke", "hello", "-d", "", "--content-type", "text/plain"],
            code: .succeeded,
            asked: "invoke hello text/plain 0"
        ),
        Row(arguments: ["invoke", "hello", "-d", "x", "--json"], code: .succeeded),
        Row(arguments: ["invoke", "crash", "-d", ""], code: .faulted),
        Row(arguments: ["invoke", "gone", "-d", ""], code: .notFound),
        Row(arguments: ["invoke", "hello", "-d", "@/no/such/file"], code: .usage),
        Row(arguments: ["invocations"], code: .succeeded, asked: "invocations * * 20"),
        Row(
            arguments: [
                "invocations", "--function", "a b", "--outcome", "crashed", "--limit", "3",
            ],
            code: .succeeded,
            asked: "invocations a b crashed 3"
        ),
        Row(arguments: ["invocations", "--outcome", "odd"], code: .usage),
        Row(arguments: ["invocations", String(repeating: "0", count: 32)], code: .notFound),
        Row(arguments: ["logs"], code: .succeeded),
        Row(arguments: ["logs", "--json", "-n", "5"], code: .succeeded),
        Row(arguments: ["rollback", "samples"], code: .succeeded, asked: "rollback samples -"),
        Row(arguments: ["resume", "samples"], code: .succeeded, asked: "resume samples"),
        Row(
            arguments: ["rollback", "samples", "--to", "ab"],
            code: .succeeded,
            asked: "rollback samples ab"
        ),
        Row(arguments: ["schedules", "run", "none"], code: .notFound),
        Row(arguments: ["schedules", "edit", "nightly", "overlap"], code: .usage),
        Row(
            arguments: ["schedules", "edit", "gone", "jitter=default"],
            code: .succeeded,
            asked: "edit gone jitter"
        ),
        Row(arguments: ["schedules", "edit", "nightly", "colour=red"], code: .usage),
        Row(arguments: ["schedules", "next", "nightly", "-n", "1"], code: .succeeded),
        Row(arguments: ["schedules", "next", "--expression", "61 * * * *"], code: .usage),
        Row(arguments: ["schedules", "next", "--expression", "@reboot"], code: .succeeded),
        Row(
            arguments: ["files", "reprocess", "import"],
            code: .succeeded,
            asked: "reprocess import - -"
        ),
        Row(
            arguments: ["files", "reprocess", "import", "--raw-path", "ff2e"],
            code: .succeeded,
            asked: "reprocess import raw:ff2e -"
        ),
        Row(arguments: ["files", "reprocess", "import", "a", "--all"], code: .usage),
        Row(arguments: ["deploy", "/no/such/file"], code: .usage),
        Row(arguments: ["functions", "--admin", "nowhere"], code: .usage),
    ]

    @Test func commandsAskAndEndAsTheyShould() async throws {
        try await RunningAdmin.with { admin in
            for row in Self.rows {
                let code = await RoostTool.run(
                    Root.self,
                    arguments: row.arguments + ["--home", admin.home.path],
                    work: NoWork()
                )
                #expect(code == row.code.rawValue, "\(row.testDescription)")
                if let asked = row.asked {
                    #expect(admin.host.asked.last == asked, "\(row.testDescription)")
                }
            }
        }
    }

    @Test func commandsWorkOverTheListenerToo() async throws {
        try await RunningAdmin.with { admin in
            let listener = ["--home", admin.home.path, "--admin", "127.0.0.1:\(admin.port)"]
            let fine = await RoostTool.run(
                Root.self,
                arguments: ["functions"] + listener,
                work: NoWork()
            )
            #expect(fine == 0)
        }
    }

    @Test func deploysAFileAndTellsARefusal() async throws {
        try await RunningAdmin.with { admin in
            let home = ["--home", admin.home.path]
            let good = "\(admin.home.path)/libGood.so"
            let bad = "\(admin.home.path)/libBad.so"
            #expect(FileManager.default.createFile(atPath: good, contents: Data("fine".utf8)))
            #expect(FileManager.default.createFile(atPath: bad, contents: Data("broken".utf8)))
            // The refused one doesn't keep the other from the host.
            let code = await RoostTool.run(
                Root.self,
                arguments: ["deploy", bad, good] + home,
                work: NoWork()
            )
            #expect(code == CommandFailure.Code.failed.rawValue)
            #expect(admin.host.asked == ["deploy libBad.so 6", "deploy libGood.so 4"])
        }
    }

    @Test func followsTheLogUntilTheHostEnds() async throws {
        try await RunningAdmin.with { admin in
            let client = admin.socket
            let lines = Task {
                var seen: [String] = []
                try await client.followLogs(latest: 5) { event in
                    seen.append(event.message)
                    if event.message == "last" {
                        throw CommandFailure(.failed, seen.joined(separator: "|"))
                    }
                }
            }
            let deadline = ContinuousClock.now + .seconds(20)
            while !admin.host.isFollowed, ContinuousClock.now < deadline { await Task.yield() }
            admin.host.log("first")
            admin.host.log("last")
            let end = await #expect(throws: CommandFailure.self) { try await lines.value }
            #expect(end?.description == "an old line|first|last")
        }
    }

    @Test(
        arguments: [
            (["--version"], 0), (["--help"], 0), (["invoke", "--help"], 0), (["nonsense"], 2),
            (["invoke"], 2), (["functions", "--nonsense"], 2),
            (["new", "x", "--template", "odd"], 2),
            (["inspect", "good.so"], 0), (["inspect", "bad.so"], 1), (["check", "--json"], 0),
            (["functions", "--home", "/no/such/home"], 3),
        ] as [([String], Int32)]
    )
    func endsWithTheRightCodeWithoutAHost(arguments: [String], code: Int32) async {
        #expect(await RoostTool.run(Root.self, arguments: arguments, work: NoWork()) == code)
    }

    @Test func saysHowToStartAHost() async {
        let client = AdminClient(.socket(path: "/no/such/home/admin.sock"))
        let failure = await #expect(throws: CommandFailure.self) { try await client.functions() }
        #expect(failure?.code == .unreachable)
        #expect(failure?.description.contains("`roost serve --home /no/such/home`") == true)
    }
}
