import Foundation
import Testing

/// What an operator learns of a crash, and of what a plugin prints.
@Suite("The record of an invocation", .serialized)
struct CrashRecordTests {
    @Test func namesTheLineOfACrash() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"])
        try await host.awaitService("/functions/zoo.echo")
        let rows: [(function: String, text: String)] = [
            ("fatal-error", #"trap("fatal-error")"#), ("nil", "use(number!)"),
            ("overflow", #"trap("overflow")"#), ("wild-pointer", "pointee = 1"),
            ("stack-overflow", "func recurse("),
        ]
        for row in rows {
            let reply = try await curl("\(host.functions)/functions/zoo.\(row.function)", "-d", "")
            let id = try #require(reply.headers["roost-invocation-id"])
            let line = try Self.line(of: row.text)
            let place = "Plugins/Zoo/Traps.swift:\(line)"
            let frames = try await eventually("\(row.function) is traced to \(place)") {
                let record = try await host.ask("/v1/invocations/\(id)", RecordState.self)
                let frames = record.error?.backtrace ?? []
                return frames.contains { $0.location?.hasSuffix(place) == true } ? frames : nil
            }
            let names = frames.compactMap(\.symbol)
            #expect(names.contains { $0.contains("Zoo.") }, "\(names)")
            #expect(!names.contains { $0.hasPrefix("$s") }, "demangled: \(names)")
            let shown = try await host.command("invocations", id)
            #expect(shown.output.contains(place), "\(shown)")
        }
        #expect(await host.stop() == 0)
    }

    @Test func holdsWhatWasPrinted() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"])
        try await host.awaitService("/functions/zoo.echo")
        let rows: [(function: String, level: String, line: String)] = [
            ("print", "stdout", "hallo"), ("printf", "stdout", "hallo: 42"),
            ("fputs", "stderr", "hallo"), ("write", "stdout", "hallo"),
            ("fatal-error", "stderr", "Fatal error: zoo says no"),
        ]
        for row in rows {
            let url = "\(host.functions)/functions/zoo.\(row.function)"
            let reply = try await curl(url, "-d", #"{"text":"hallo"}"#)
            let id = try #require(reply.headers["roost-invocation-id"])
            _ = try await eventually("'\(row.line)' of \(row.function) is in the log") {
                let record = try await host.ask("/v1/invocations/\(id)", RecordState.self)
                return record.log?.first {
                    $0.level == row.level && $0.message.hasSuffix(row.line)
                }
            }
            let shown = try await host.command("invocations", id)
            #expect(shown.output.contains(row.line), "\(shown)")
        }
        #expect(await host.stop() == 0)
    }

    /// The line of the zoo that holds a text.
    private static func line(of text: String) throws -> Int {
        let file = ReadmeTests.root.appending(path: "Plugins/Zoo/Traps.swift")
        let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        return try #require(lines.firstIndex { $0.contains(text) }) + 1
    }
}
