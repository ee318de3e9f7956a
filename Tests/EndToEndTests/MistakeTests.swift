import Foundation
import Testing

/// What people do wrong is answered in words that say what to do.
@Suite("A mistake", .serialized)
struct MistakeTests {
    @Test func withFilesAndNamesIsExplained() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        try workshop.write("", to: "empty.so")
        try workshop.write("no plugin\n", to: "text.so")
        let empty = workshop.directory.appending(path: "empty.so").path
        let text = workshop.directory.appending(path: "text.so").path
        let host = try await RoostProcess.start()
        let mistakes: [(command: [String], status: Int32, words: String)] = [
            (["deploy", empty], 2, "the file is empty"),
            (["deploy", text], 1, "is not a shared library"),
            (["deploy", "/nowhere/libX.so"], 2, "no readable file"),
            (["rollback", "nothing"], 4, "lists those that are"),
            (["invoke", "nothing"], 4, "lists those that are"),
            (["invocations", "12"], 2, "32 hexadecimal digits"),
        ]
        for mistake in mistakes {
            let result = try await run(
                RoostProcess.products.appending(path: "roost").path,
                mistake.command + ["--home", host.home.path]
            )
            #expect(result.status == mistake.status, "\(mistake.command) \(result.errors)")
            #expect(result.errors.contains(mistake.words), "\(mistake.command) \(result.errors)")
        }
        #expect(await host.stop() == 0)
    }

    @Test func withHostsIsExplained() async throws {
        let host = try await RoostProcess.start()
        let port = try #require(host.functions.split(separator: ":").last)
        let other = try RoostProcess.makeHome()
        let mistakes: [(command: [String], words: String)] = [
            (["serve", "--home", host.home.path], "a host is already running with the home"),
            (
                ["serve", "--home", other.path, "--admin", "off", "--listen", "127.0.0.1:\(port)"],
                "another program listens there"
            ),
            (["serve", "--home", other.path, "--memory", "2XB"], "write an amount such as 2GiB"),
            (["functions", "--home", other.path], "start one with `roost serve --home"),
        ]
        for mistake in mistakes {
            let result = try await run(
                RoostProcess.products.appending(path: "roost").path,
                mistake.command
            )
            #expect(result.status != 0, "\(mistake.command)")
            #expect(result.errors.contains(mistake.words), "\(mistake.command) \(result.errors)")
            #expect(!result.errors.contains("errno"), "\(mistake.command) \(result.errors)")
        }
        #expect(await host.stop() == 0)
        #expect(!host.output.contains(#""level":"error""#), "a stop is no trouble: \(host.output)")
        try FileManager.default.removeItem(at: other)
    }
}
