import Foundation
import Testing

/// A directory for packages of a test, and the commands that are run in it.
struct Workshop {
    let directory: URL

    /// The SDK of this repository.
    static let sdk = ReadmeTests.root.appending(path: "sdk")
    /// Where packages are built: one place, so that the SDK is compiled once.
    static let scratch = RoostProcess.products.deletingLastPathComponent()
        .deletingLastPathComponent()
        .appending(path: "workshop").path

    init() throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-workshop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    func remove() {
        do { try FileManager.default.removeItem(at: directory) } catch {
            Issue.record("the workshop could not be removed: \(error)")
        }
    }

    func write(_ text: String, to path: String) throws {
        let file = directory.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    /// Runs a program that has to succeed.
    func make(_ program: String, _ arguments: [String]) async throws {
        let result = try await run(program, arguments, directory: directory)
        try #require(
            result.status == 0,
            "\(program) \(arguments.joined(separator: " "))\n\(result.output)\(result.errors)"
        )
    }

    /// A command of a package's page, as it reads for the place where packages are built here.
    func command(of example: ConsoleExample, for host: RoostProcess) -> String {
        let tool = "ROOST_HOME='\(host.home.path)' '\(RoostProcess.products.path)/roost' "
        var command = example.command(for: host)
            .replacingOccurrences(of: ".build/debug/", with: "\(Self.scratch)/debug/")
        for verb in ["build", "test"] {
            command = command.replacingOccurrences(
                of: "swift \(verb)",
                with: "swift \(verb) --scratch-path '\(Self.scratch)'"
            )
        }
        if command.hasPrefix("roost ") { command = tool + command.dropFirst("roost ".count) }
        return command
    }
}
