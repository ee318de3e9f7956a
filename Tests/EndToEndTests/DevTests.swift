import Foundation
import Synchronization
import Testing

/// `roost dev` from the first build to Ctrl-C, with the real toolchain.
@Suite("A session of roost dev", .serialized)
struct DevTests {
    @Test(.timeLimit(.minutes(10)))
    func swapsWhatIsSavedAndKeepsWhatWorks() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let tool = RoostProcess.products.appending(path: "roost")
        try await workshop.make(tool.path, ["new", "greeter", "--sdk", Workshop.sdk.path])
        let package = workshop.directory.appending(path: "greeter")
        let session = try Session(tool, package: package, home: workshop.directory)
        let url = try await session.rest(after: "functions on ")
        try await session.await("Hello, Ada!", at: url + "/greeter")

        let source = try #require(Session.source(of: package, containing: "Hello, "))
        let text = try String(contentsOf: source, encoding: .utf8)
        func save(_ text: String) throws {
            try text.write(to: source, atomically: true, encoding: .utf8)
        }
        try save(text.replacing("Hello, ", with: "Servus, "))
        try await session.await("Servus, Ada!", at: url + "/greeter")

        try save(text.replacing("Hello, ", with: "Broken, ") + "\nlet broken: Int = \"no\"\n")
        _ = try await eventually("the mistake is shown", within: .seconds(240)) {
            session.output.contains("roost: the build failed") ? true : nil
        }
        #expect(session.output.contains("error: "), "\(session.output)")
        #expect(try await session.ask(url + "/greeter").contains("Servus, Ada!"))

        try save(text)
        try await session.await("Hello, Ada!", at: url + "/greeter")
        let host = try await session.children()
        #expect(host.count == 1)
        #expect(await session.interrupt() == 0, "\(session.output)")
        for process in host { #expect(kill(process, 0) != 0, "the host has ended") }
        let home = FileManager.default.temporaryDirectory
            .appending(path: "roost-dev-\(session.processIdentifier)").path
        #expect(!FileManager.default.fileExists(atPath: home), "its home is gone")
    }
}

/// A running `roost dev`, and what it has printed.
private final class Session: Sendable {
    let processIdentifier: Int32
    private let process: UncheckedBox<Process>
    private let transcript = Transcript()

    var output: String { transcript.text }

    init(_ tool: URL, package: URL, home: URL) throws {
        let process = Process()
        process.executableURL = tool
        process.arguments = [
            "dev", "--package", package.path, "--listen", "127.0.0.1:0",
            "--home", home.appending(path: "none").path,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        pipe.fileHandleForReading.readabilityHandler = { [transcript] handle in
            transcript.append(handle.availableData, from: handle)
        }
        try process.run()
        processIdentifier = process.processIdentifier
        self.process = UncheckedBox(process)
    }

    deinit { if process.value.isRunning { process.value.terminate() } }

    /// The file below `Sources` with a text in it.
    static func source(of package: URL, containing text: String) -> URL? {
        let files = FileManager.default.enumerator(
            at: package.appending(path: "Sources"),
            includingPropertiesForKeys: nil
        )
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift",
                let words = try? String(contentsOf: file, encoding: .utf8)
            else { continue }
            if words.contains(text) { return file }
        }
        return nil
    }

    /// The rest of the first line that has a text in it.
    func rest(after text: String) async throws -> String {
        try await eventually("the session says '\(text)'", within: .seconds(60)) {
            self.transcript.lines.lazy
                .compactMap { $0.components(separatedBy: text).dropFirst().first }.first
        }
    }

    func ask(_ url: String) async throws -> String {
        try await run("/usr/bin/curl", ["-sS", "--max-time", "30", "-d", #"{"name":"Ada"}"#, url])
            .output
    }

    /// Waits until a function answers so; a build may take minutes on a busy machine.
    func await(_ words: String, at url: String) async throws {
        do {
            _ = try await eventually("it answers '\(words)'", within: .seconds(240)) {
                try await self.ask(url).contains(words) ? true : nil
            }
        } catch {
            Issue.record("\(error):\n\(output)")
            throw error
        }
    }

    func children() async throws -> [Int32] {
        try await run("/usr/bin/pgrep", ["-P", "\(processIdentifier)"]).output
            .split(separator: "\n").compactMap { Int32($0) }
    }

    /// Does what Ctrl-C does and gives the exit status.
    func interrupt() async -> Int32 {
        kill(processIdentifier, SIGINT)
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [process] in
                process.value.waitUntilExit()
                continuation.resume(returning: process.value.terminationStatus)
            }
        }
    }
}
