internal import Foundation
internal import FunctionModel

/// One run of `roost dev`: a host, a loop of build and swap, and the log beside it.
struct DevSession: Sendable {
    let package: String
    let listen: String
    let home: String

    func run(given client: AdminClient) async throws {
        guard let about = try await Self.about(client) else {
            return try await withOwnHost { try await serve($0) }
        }
        Console.note(
            "using the host with home \(about.home), functions on http://\(about.functionAddress)"
        )
        try await serve(client)
    }

    /// The host's words; `nil` when none runs there.
    private static func about(_ client: AdminClient) async throws -> AboutView? {
        do {
            return try await client.about()
        } catch let failure as CommandFailure where failure.code == .unreachable {
            return nil
        }
    }

    private func serve(_ client: AdminClient) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await client.followLogs(latest: 1) { Console.print(LogsCommand.render($0)) }
                throw CommandFailure(.unreachable, "the host has ended")
            }
            group.addTask { try await buildLoop(client) }
            defer { group.cancelAll() }
            while try await group.next() != nil {}
        }
    }

    private func buildLoop(_ client: AdminClient) async throws {
        var seen: SourceSnapshot?
        while !Task.isCancelled {
            let now = SourceSnapshot(package: package)
            if now != seen {
                seen = now
                await buildAndSwap(client)
                Console.note("watching \(package) for changes; end with Ctrl-C")
            }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    /// Shows what goes wrong and goes on: the next save may cure it.
    private func buildAndSwap(_ client: AdminClient) async {
        do {
            Console.note("building …")
            let files = try await PluginPackage(directory: package, configuration: "debug").build()
            for file in files {
                let plugin = try await DeployCommand.deploy(file, with: client)
                Console.note(DeployCommand.render(plugin))
            }
        } catch {
            Console.note("roost: \(error)")
        }
    }

    /// Starts a host with a home that goes when it does.
    private func withOwnHost(_ work: (AdminClient) async throws -> Void) async throws {
        let own = FileManager.default.temporaryDirectory
            .appending(path: "roost-dev-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(
            at: own,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        let process = Process()
        process.executableURL = URL(filePath: ProgramPath.own)
        process.arguments = [
            "serve", "--home", own.path, "--listen", listen, "--admin", "127.0.0.1:0",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.standardError
        try process.run()
        let outcome: Result<Void, any Error>
        do {
            let client = AdminClient(.socket(path: "\(own.path)/admin.sock"))
            let about = try await Self.wait(for: client, process: process)
            Console.note("started a host, functions on http://\(about.functionAddress)")
            outcome = .success(try await work(client))
        } catch {
            outcome = .failure(error)
        }
        if process.isRunning { process.terminate() }
        await ChildProcess.wait(for: process)
        try FileManager.default.removeItem(at: own)
        try outcome.get()
    }

    private static func wait(for client: AdminClient, process: Process) async throws -> AboutView {
        let deadline = ContinuousClock.now + .seconds(15)
        while process.isRunning {
            if let about = try await about(client) { return about }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    .unreachable,
                    "the host did not answer within 15 s of its start"
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CommandFailure(.failed, "the host could not start: see its words above")
    }
}

/// What a package's sources look like: which files, how large, last changed when.
struct SourceSnapshot: Equatable {
    private struct Stamp: Equatable {
        var size: Int
        var changed: Date
    }

    private var files: [String: Stamp] = [:]

    /// Looks at a package: `Package.swift`, `Sources`, and the files beside it.
    init(package: String) {
        let root = URL(filePath: package)
        let keys: Set<URLResourceKey> = [
            .fileSizeKey, .contentModificationDateKey, .isRegularFileKey,
        ]
        let walk = FileManager.default.enumerator(
            at: root,
            includingPropertiesForKeys: Array(keys),
            options: [.skipsHiddenFiles]
        )
        while let file = walk?.nextObject() as? URL {
            do {
                let values = try file.resourceValues(forKeys: keys)
                guard values.isRegularFile == true else { continue }
                files[file.path] = Stamp(
                    size: values.fileSize ?? 0,
                    changed: values.contentModificationDate ?? .distantPast
                )
            } catch {
                // It went while we looked: that is a change, and shows as one.
            }
        }
    }
}
