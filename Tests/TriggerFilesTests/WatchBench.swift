import Foundation
import FunctionModel
import InvocationStore
import Logging
import NIOCore
import Synchronization
import Testing

@testable import TriggerFiles

/// A watched directory of a test, with a store in memory and a hand that ends invocations.
final class WatchBench: Sendable {
    let directory: String
    let store: any DurableStore
    let trigger: FilesTrigger
    let definition: FunctionDefinition
    private let task: Task<Void, Never>
    private let log = Log()

    /// Watches a new directory; `prepare` puts something there before.
    init(
        usesInotify: Bool = true,
        permissions: Permissions = Permissions(),
        store: (any DurableStore)? = nil,
        behind front: (any FilesTrigger.Store)? = nil,
        directory given: String? = nil,
        settings: FilesSettings = FilesSettings(home: "/nowhere"),
        prepare: (String) throws -> Void = { _ in },
        _ change: (inout FilesTriggerDeclaration) -> Void = { _ in }
    ) throws {
        let directory = try given ?? Self.makeDirectory()
        self.directory = directory
        try prepare(directory)
        let now: @Sendable () -> WallTime = {
            WallTime(seconds: Date().timeIntervalSince1970)
        }
        let store = store ?? Stores.memory(now: now)
        self.store = store
        var settings = settings
        settings.usesInotify = usesInotify
        let log = log
        let trigger = FilesTrigger(
            settings: settings,
            store: front ?? store,
            logger: Logger(label: "test") { _ in LogHand(log: log) },
            now: now
        )
        self.trigger = trigger
        store.observeEnds { trigger.ended($0) }
        var declaration = FilesTriggerDeclaration(directory: directory)
        declaration.stableForMilliseconds = 50
        change(&declaration)
        definition = .sample(declaration, permissions: permissions)
        task = Task { await trigger.run() }
        trigger.serve([definition])
    }

    static func makeDirectory() throws -> String {
        let directory = NSTemporaryDirectory() + "roost-files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        return directory
    }

    deinit { task.cancel() }

    /// What was logged.
    var logged: [String] { log.lines.withLock { $0 } }

    /// Ends the watch, and with `removing` the directory.
    func end(removing: Bool = true) async {
        task.cancel()
        await task.value
        guard removing else { return }
        do { try FileManager.default.removeItem(atPath: directory) } catch {
            print("left behind: \(directory)")
        }
    }

    /// Writes a file in one go.
    func write(_ text: String, to name: String) throws {
        try Self.write(text, to: "\(directory)/\(name)")
    }

    static func write(_ text: String, to path: String) throws {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        try #require(file >= 0, "\(path)")
        defer { close(file) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
    }

    /// Writes at the end of a file that is there.
    func append(_ text: String, to name: String) throws {
        let file = Glibc.open("\(directory)/\(name)", O_WRONLY | O_APPEND)
        try #require(file >= 0)
        defer { close(file) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
    }

    /// Asks for the only file of an invocation's event as its function does; says the status.
    func open(_ claimed: ClaimedInvocation) async throws -> Int {
        let event = try #require(try Self.events(of: claimed).first)
        return await trigger.answer(.open(event.id), from: .of(claimed)).status
    }

    func rename(_ name: String, to other: String) throws {
        let code = Glibc.rename("\(directory)/\(name)", "\(directory)/\(other)")
        try #require(code == 0, "\(name) → \(other): \(errno)")
    }

    func makeDirectory(_ name: String) throws {
        let path = "\(directory)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
    }

    /// Claims what is queued, at least one, in time.
    func claim(limit: Int = 32) async throws -> [ClaimedInvocation] {
        let deadline = ContinuousClock.now + .seconds(60)
        let allowance = ClaimAllowance(count: limit, lease: .seconds(60))
        while ContinuousClock.now < deadline {
            let request = ClaimRequest(
                holder: "test",
                limit: limit,
                allowances: [.sample: allowance]
            )
            let claimed = try await store.claim(request).claimed
            if !claimed.isEmpty { return claimed }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw NothingInTime(logged: "\(logged)")
    }

    func settle(
        _ claimed: ClaimedInvocation,
        _ end: Settlement.End = .succeeded
    ) async throws {
        let outcome: Outcome = end == .succeeded ? .succeeded : .failed
        let error = InvocationError(kind: "Bad", message: "row 3 is bad")
        let result = InvocationResult(outcome: outcome, error: end == .succeeded ? nil : error)
        try await store.settle(claimed.lease, Settlement(end, result: result))
    }

    /// Takes so many events, ends their invocations well, and says them in short: `added a.csv`.
    func events(_ count: Int) async throws -> [String] {
        var events: [String] = []
        while events.count < count {
            for one in try await claim() {
                events += try Self.events(of: one).map { "\($0.kind) \($0.path)" }
                try await settle(one)
            }
        }
        return events
    }

    /// The same, and that nothing else comes: a file that is written last has to be the next.
    func onlyEvents(_ count: Int, file: String = "last.mark") async throws -> [String] {
        let events = try await events(count)
        try write("x", to: file)
        let next = try await self.events(1)
        #expect(next == ["added \(file)"], "after \(events)")
        return events.sorted()
    }

    struct Event: Decodable {
        var id: String
        var path: String
        var kind: String
        var size: Int?
        var rawPath: String?
    }

    static func events(of claimed: ClaimedInvocation) throws -> [Event] {
        let body = Data(claimed.invocation.body.readableBytesView)
        let decoder = JSONDecoder()
        if body.first == UInt8(ascii: "[") { return try decoder.decode([Event].self, from: body) }
        return [try decoder.decode(Event.self, from: body)]
    }

    /// Waits until something holds of what is kept of a file.
    func row(
        _ name: String,
        until holds: (FileRow) -> Bool
    ) async throws -> FileRow {
        let deadline = ContinuousClock.now + .seconds(60)
        var last: FileRow?
        while ContinuousClock.now < deadline {
            for watch in try await store.watches() {
                let rows = try await store.files(at: [FilePath(Array(name.utf8))], in: watch.id)
                last = rows[0] ?? last
                if let last, holds(last) { return last }
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Late(description: "\(name): \(String(describing: last)); logged: \(logged)")
    }

    /// Waits until something holds.
    func eventually(_ what: String, _ holds: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !holds() {
            guard ContinuousClock.now < deadline else { throw Late(description: what) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// Something didn't come in time.
struct Late: Error, CustomStringConvertible {
    let description: String
}

/// Nothing was queued although something had to be.
struct NothingInTime: Error {
    var logged: String
}
