import FaultyDisk
import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import InvocationStore

/// Commits whose work begins before the disk has them.
extension DiskFaultTests {
    /// Takes all that gets ready, and notes how often the disk had been waited for by then.
    private final class Taker: ReadyTaker {
        let syncs = Mutex<[Int64]>([])

        func wish(for functions: Set<FunctionName>, upTo limit: Int?) -> ClaimRequest? {
            let allowance = ClaimAllowance(count: 8, lease: .seconds(30))
            return ClaimRequest(holder: "taker", allowances: [.mail: allowance])
        }

        func ready(_ functions: Set<FunctionName>, _ taken: TakenReady?) {
            guard taken?.report.claimed.isEmpty == false else { return }
            syncs.withLock { $0.append(faulty_disk_calls(Fault.sync.rawValue)) }
        }
    }

    /// Queues one for a new file.
    private func decide(
        _ store: SQLiteStore,
        _ name: String,
        isPrompt: Bool = true
    ) async throws -> InvocationID {
        let (id, verdicts) = try await store.queue(file: name, isPrompt: isPrompt)
        #expect(verdicts == [.accepted])
        return id
    }

    @Test(arguments: [true, false])
    func whatIsPromptBeginsBeforeTheDiskHasIt(isPrompt: Bool) async throws {
        let scratch = try Scratch()
        faulty_disk_watch(scratch.path)
        let store = try open(scratch.file)
        let taker = Taker()
        store.setTaker(taker)
        _ = try await decide(store, "first", isPrompt: isPrompt)
        let before = faulty_disk_calls(Fault.sync.rawValue)
        _ = try await decide(store, "second", isPrompt: isPrompt)
        // The watch is known by now: its number costs no sync.
        let after = faulty_disk_calls(Fault.sync.rawValue)
        #expect(after > before)
        #expect(taker.syncs.withLock { $0.last } == (isPrompt ? after - 1 : after))
        try await store.close()
    }

    @Test func aPromptCommitIsThereToStayThoughItsSyncFailedOnce() async throws {
        let scratch = try Scratch()
        let remains = try Scratch()
        faulty_disk_watch(scratch.path)
        let store = try open(scratch.file)
        let first = try await decide(store, "first")
        faulty_disk_fail(Fault.sync.rawValue, 0, 1)
        let second = try await decide(store, "second")
        #expect(faulty_disk_failures() == 1)
        faulty_disk_cut_power_after(0)
        #expect(faulty_disk_write_remains(remains.path, 1) == 0)
        await closeDead(store)
        faulty_disk_watch("")
        let again = try open(remains.file)
        #expect(try await again.damage() == [])
        for id in [first, second] { #expect(try await again.stored(id) != nil) }
        try await again.close()
    }

    @Test func nothingIsTakenWhileTheDiskRefusesWhatHasBegun() async throws {
        let scratch = try Scratch()
        let remains = try Scratch()
        faulty_disk_watch(scratch.path)
        let store = try open(scratch.file)
        let first = try await decide(store, "first")
        faulty_disk_fail(Fault.sync.rawValue, 0, -1)
        await #expect(throws: StoreError.self) { _ = try await decide(store, "second") }
        for _ in 0..<3 {
            await #expect(throws: StoreError.self) { try await store.checkpoint() }
            await #expect(throws: StoreError.self) {
                let more = [QueuedInvocation(function: .mail)]
                _ = try await store.enqueue(more, bounds: QueueBounds(), allOrNone: false)
            }
        }
        await #expect(throws: StoreError.self) { try await store.close() }
        #expect(try await store.stored(first) != nil)
        faulty_disk_fail(0, 0, 0)
        let third = try await decide(store, "third")
        faulty_disk_cut_power_after(0)
        #expect(faulty_disk_write_remains(remains.path, 2) == 0)
        await closeDead(store)
        faulty_disk_watch("")
        let again = try open(remains.file)
        #expect(try await again.damage() == [])
        #expect(try await again.stored(third) != nil)
        // What had begun when its sync failed is there as well: it was written anew before the third.
        #expect(try await again.depths()[.mail]?.waiting == 3)
        try await again.close()
    }
}
