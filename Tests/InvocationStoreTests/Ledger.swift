import FunctionModel
import NIOCore
import SeededRandom
import Synchronization

@testable import InvocationStore

/// What a client was told: the store must never know less.
final class Ledger: Sendable {
    private struct Entries {
        var accepted: [InvocationID: String] = [:]
        var settled: Set<InvocationID> = []
        var values: [String: String] = [:]
    }

    private let entries = Mutex(Entries())

    var count: Int { entries.withLock { $0.accepted.count } }

    func accept(_ id: InvocationID, _ body: String) { entries.withLock { $0.accepted[id] = body } }
    func settle(_ id: InvocationID) { entries.withLock { _ = $0.settled.insert(id) } }

    /// Returns what the store knows otherwise than the clients were told.
    func contradictions(_ store: any DurableStore) async throws -> [String] {
        let told = entries.withLock { $0 }
        var found: [String] = []
        for (id, body) in told.accepted {
            guard let stored = try await store.stored(id) else {
                found.append("\(id) was accepted and is gone")
                continue
            }
            if told.settled.contains(id) {
                if stored.state != .succeeded { found.append("\(id) was settled: \(stored.state)") }
                let result = stored.result.map { String(buffer: $0.body) }
                if result != "done" { found.append("\(id) lost its result") }
            }
            // A settlement that nobody heard of may have happened.
            guard !stored.isOver else { continue }
            _ = try await store.cancel(id)
            _ = body
        }
        return found
    }
}

/// What clients do while the disk fails: they queue, run and settle, and note what they were told.
struct Workload: Sendable {
    let store: SQLiteStore
    let ledger: Ledger

    /// Queues so many, two by two, runs what it gets and checkpoints now and then.
    ///
    /// Returns how many calls failed.
    func run(_ rounds: Int, seed: UInt64) async -> Int {
        var generator = SeededGenerator(seed: seed)
        var failures = 0
        for round in 0..<rounds {
            let size = Int.random(in: 0...6_000, using: &generator)
            let body = String(repeating: "x", count: size) + "\(round)"
            async let one = tried { try await enqueue(body) }
            async let two = tried { try await enqueue(body) }
            async let three = tried { try await work() }
            for succeeded in await [one, two, three] where !succeeded { failures += 1 }
            if await !tried({ try await file("\(seed)-\(round)") }) { failures += 1 }
            if round % 8 == 7, await !tried({ try await store.checkpoint() }) { failures += 1 }
        }
        return failures
    }

    private func tried(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return true
        } catch { return false }
    }

    private func enqueue(_ body: String) async throws {
        let one = QueuedInvocation(function: .mail, body: ByteBuffer(string: body))
        let verdicts = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        if verdicts == [.accepted] { ledger.accept(one.id, body) }
    }

    /// Has a file queued that begins before the disk has it; when that returns it is there to stay.
    private func file(_ name: String) async throws {
        let (id, verdicts) = try await store.queue(file: name, isPrompt: true)
        if verdicts == [.accepted] { ledger.accept(id, name) }
    }

    private func work() async throws {
        let allowance = ClaimAllowance(count: 2, lease: .seconds(30))
        let request = ClaimRequest(holder: "host", allowances: [.mail: allowance])
        for claimed in try await store.claim(request).claimed {
            try await store.settle(claimed.lease, .succeeded())
            ledger.settle(claimed.invocation.id)
        }
    }
}

extension SQLiteStore {
    /// Takes in that a file has come, and queues what handles it.
    func queue(
        file name: String,
        isPrompt: Bool
    ) async throws -> (InvocationID, [EnqueueVerdict]) {
        let watch = try await openWatch(of: .mail, on: Array("/srv/in".utf8)).id
        let path = FilePath(Array(name.utf8))
        let one = QueuedInvocation(function: .mail, trigger: .file)
        let (_, verdicts) = try await decide(
            on: [path],
            in: watch,
            bounds: QueueBounds(),
            isPrompt: isPrompt
        ) { _ in
            let facts = FileFacts(device: 1, inode: 1, size: 1, modified: 1, changed: 1)
            let change = FileChange(path, .event(.added), facts: facts, rank: 0)
            return FileDecision([change], queueing: [FileBatch([(path, 1)], one, .leave)], ())
        }
        return (one.id, verdicts)
    }
}
