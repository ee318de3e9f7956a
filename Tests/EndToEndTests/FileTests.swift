import Foundation
import Testing

/// Files with the real host: a drop directory, a function in a sandboxed cell, the file's fate.
@Suite("Files", .serialized)
struct FileTests {
    private func directory(_ host: RoostProcess, _ path: String) async throws -> URL {
        let directory = host.home.appending(path: "files/\(path)")
        _ = try await eventually("\(path) is there") {
            FileManager.default.fileExists(atPath: directory.path) ? true : nil
        }
        return directory
    }

    private func write(_ text: String, _ name: String, in directory: URL) throws {
        try text.write(to: directory.appending(path: name), atomically: false, encoding: .utf8)
    }

    @Test func aSharedCellReadsWhatIsDropped() async throws {
        let host = try await RoostProcess.start(plugins: ["FilePlugin"])
        let directory = try await directory(host, "filing/in")
        try write("hello", "a.txt", in: directory)
        try write("not this", "a.csv", in: directory)
        let record = try await eventually("it has run") {
            try await host.records(of: "filing.read").first { $0.outcome == "succeeded" }
        }
        #expect(try await host.records(of: "filing.read").count == 1)
        let stored = try await host.stored(record.id)
        #expect(stored.result?.body == #"{"kind":"added","path":"a.txt","text":"hello"}"#)
        #expect(await host.stop() == 0)
    }

    @Test func movesAwayWhatHasBeenHandledWithTheReason() async throws {
        let host = try await RoostProcess.start(plugins: ["FilePlugin"])
        let directory = try await directory(host, "filing/plain")
        try write("good", "a", in: directory)
        try write("bad", "b", in: directory)
        let reason = try await eventually("both have left") {
            let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
            guard Set(names).isSuperset(of: ["done/a", "failed/b", "failed/b.reason.txt"]) else {
                return nil as String?
            }
            return try String(
                contentsOf: directory.appending(path: "failed/b.reason.txt"),
                encoding: .utf8
            )
        }
        #expect(reason.hasPrefix("FunctionError: it begins with 'bad'\n"), "\(reason)")
        #expect(await host.stop() == 0)
    }

    @Test func takesManyAtATimeAndDeletesThem() async throws {
        let home = try RoostProcess.makeHome()
        let directory = home.appending(path: "files/filing/many")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for number in 0..<250 { try write("1234", "\(number)", in: directory) }
        let host = try await RoostProcess.start(plugins: ["FilePlugin"], home: home)
        _ = try await eventually("all are gone") {
            try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty ? true : nil
        }
        let runs = try await host.records(of: "filing.many")
        #expect(runs.count { $0.outcome == "succeeded" } < 100)
        #expect(await host.stop() == 0)
    }

    @Test func aPluginDoesNotWatchADirectoryMerelyByDeclaringIt() async throws {
        let host = try await RoostProcess.start(
            plugins: ["FilePlugin"],
            settings: "functions: { filing.read: { triggers: [{ files: { directory: /etc } }] } }\n"
        )
        // With the operator's word it does.
        _ = try await eventually("it is served") {
            try await host.plugin("libFilePlugin.so")?.state == "serving" ? true : nil
        }
        #expect(await host.stop() == 0)
    }
}

extension RoostProcess {
    /// A queued invocation, by the admin API.
    func stored(_ id: String) async throws -> AsyncState {
        struct Answer: Decodable { var stored: AsyncState }
        return try await ask("/v1/invocations/\(id)", Answer.self).stored
    }
}
