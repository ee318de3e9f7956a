import Foundation
import Synchronization
import Testing

/// A real `roost serve` with a home of its own, ended with the test.
final class RoostProcess: Sendable {
    let home: URL
    let functions: String
    let admin: String
    let processIdentifier: Int32
    private let process: Mutex<Process>
    private let transcript: Transcript

    /// The directory with this build's programs, those of tests too.
    static let build = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()

    /// The directory with the executables and the plugins under test: this build's, or that of
    /// another one.
    static let products =
        ProcessInfo.processInfo.environment["ROOST_TEST_PRODUCTS"]
        .map { URL(filePath: $0).resolvingSymlinksInPath() } ?? build

    var plugins: URL { home.appending(path: "plugins") }
    var token: String {
        get throws {
            try String(contentsOf: home.appending(path: "admin.token"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// What the host has printed so far.
    var output: String { transcript.text }

    /// Starts a host with the named example plugins and waits until it listens.
    static func start(
        plugins names: [String] = [],
        settings: String? = nil,
        home givenHome: URL? = nil,
        arguments: [String] = [],
        environment: [String: String] = [:],
        user: UInt32? = nil,
        within wrapper: [String] = []
    ) async throws -> RoostProcess {
        let home = try givenHome ?? makeHome()
        if let settings {
            try settings.write(
                to: home.appending(path: "roost.yaml"),
                atomically: true,
                encoding: .utf8
            )
        }
        for name in names { try drop(name, into: home.appending(path: "plugins")) }
        let process = Process()
        let command =
            [products.appending(path: "roost").path]
            + ["serve", "--home", home.path, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
            + arguments
        if let user { try await OtherUser.own(home, by: user) }
        // A wrapper ends in an `exec`, so that its process is the host's.
        let wrapped = wrapper.isEmpty ? command : ["/usr/bin/env"] + wrapper + command
        let whole = user.map { OtherUser.prefix($0) + command } ?? wrapped
        process.executableURL = URL(filePath: whole[0])
        process.arguments = Array(whole.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let transcript = Transcript()
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        pipe.fileHandleForReading.readabilityHandler = { handle in
            transcript.append(handle.availableData, from: handle)
        }
        try process.run()
        let functions = try await transcript.value(after: "listening on ", process: process)
        let admin = try await transcript.value(after: "admin on ", process: process)
        return RoostProcess(
            home: home,
            functions: functions,
            admin: admin,
            process: process,
            transcript: transcript
        )
    }

    /// Makes an empty home with a drop directory.
    static func makeHome() throws -> URL {
        let home = FileManager.default.temporaryDirectory
            .appending(path: "roost-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: home.appending(path: "plugins"),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        return home
    }

    /// Drops an example of this build into a directory, as a careful user would: copy, then rename.
    static func drop(_ name: String, into directory: URL, as newName: String? = nil) throws {
        try drop(file: products.appending(path: "lib\(name).so"), into: directory, as: newName)
    }

    /// Drops any file.
    static func drop(file: URL, into directory: URL, as newName: String? = nil) throws {
        let name = newName ?? file.lastPathComponent
        let temporary = directory.appending(path: ".\(name).\(UUID().uuidString)")
        try FileManager.default.copyItem(at: file, to: temporary)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644],
            ofItemAtPath: temporary.path
        )
        guard rename(temporary.path, directory.appending(path: name).path) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    private init(
        home: URL,
        functions: String,
        admin: String,
        process: Process,
        transcript: Transcript
    ) {
        self.home = home
        self.functions = functions
        self.admin = admin
        self.transcript = transcript
        processIdentifier = process.processIdentifier
        self.process = Mutex(process)
    }

    /// A test that gave up has left it running.
    deinit {
        process.withLock { process in
            guard process.isRunning else { return }
            kill(process.processIdentifier, SIGKILL)
        }
    }

    /// Waits until the host has said something; what it prints is read by another thread.
    func awaitWords(_ words: String) async throws {
        _ = try await eventually("the host says '\(words)'") {
            output.contains(words) ? true : nil
        }
    }

    /// Asks the host to stop and gives its exit status.
    @discardableResult
    func stop(removeHome: Bool = true) async -> Int32 {
        kill(processIdentifier, SIGTERM)
        let status = await exitStatus()
        if removeHome { remove() }
        return status
    }

    /// Waits for the host's end.
    func exitStatus() async -> Int32 {
        let running = process.withLock { UncheckedBox($0) }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                running.value.waitUntilExit()
                continuation.resume(returning: running.value.terminationStatus)
            }
        }
    }

    /// Removes the home.
    func remove() {
        do { try FileManager.default.removeItem(at: home) } catch {
            Issue.record("the home could not be removed: \(error)")
        }
    }

    /// Runs the command-line tool against this host.
    func command(_ arguments: String..., input: String = "") async throws -> CommandResult {
        try await run(
            Self.products.appending(path: "roost").path,
            arguments + ["--home", home.path],
            input: input
        )
    }

    /// The process ids of this host's cells.
    func cells() async throws -> [Int32] {
        let result = try await run("/usr/bin/pgrep", ["-P", "\(processIdentifier)"])
        return result.output.split(separator: "\n").compactMap { Int32($0) }
    }
}

/// Carries a reference across an isolation border that the surrounding lock already guards.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

/// The lines of a process, and those who wait for one.
final class Transcript: Sendable {
    private struct State {
        var bytes = Data()
        var isWhole = false
    }

    private let state = Mutex(State())

    var text: String { String(decoding: state.withLock { $0.bytes }, as: UTF8.self) }

    /// The lines that have been written to their ends.
    var lines: ArraySlice<Substring> {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }

    func append(_ data: Data, from handle: FileHandle) {
        if data.isEmpty { handle.readabilityHandler = nil }
        state.withLock { state in
            state.bytes += data
            state.isWhole = data.isEmpty
        }
    }

    /// Waits until a line starts with `prefix` and gives the rest of it.
    func value(after prefix: String, process: Process) async throws -> String {
        try await eventually("the host says '\(prefix)'", within: .seconds(60)) {
            guard process.isRunning else {
                try await self.awaitEnd()
                throw HostEnded(output: self.text)
            }
            return self.lines.first { $0.hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count)) }
        }
    }

    /// Waits until the last words of a process that has ended have been read; not for ever, since
    /// others that it started may hold the pipe open.
    private func awaitEnd() async throws {
        let end = ContinuousClock.now + .seconds(5)
        while !state.withLock({ $0.isWhole }), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// The host ended before it listened.
struct HostEnded: Error, CustomStringConvertible {
    let output: String
    var description: String { "the host ended before it listened:\n\(output)" }
}

/// Something did not come true in time.
struct NotInTime: Error, CustomStringConvertible {
    let what: String
    var description: String { "not in time: \(what)" }
}

/// Asks again, 5 ms apart, until `condition` gives a value; a bound on waiting, not a pause.
func eventually<Value>(
    _ what: String,
    within limit: Duration = .seconds(60),
    _ condition: () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if let value = try await condition() { return value }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw NotInTime(what: what)
}
