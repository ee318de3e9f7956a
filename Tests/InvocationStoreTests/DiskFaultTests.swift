import FaultyDisk
import Foundation
import FunctionModel
import NIOCore
import Testing

@testable import InvocationStore

/// Disks that fill up, fail, and lose power.
///
/// There is one for the process, so one test goes at a time.
@Suite(.serialized)
struct DiskFaultTests {
    /// What a call to the disk may fail with.
    enum Fault: Int32, CaseIterable {
        case full = 1
        case io = 2
        case short = 3
        case sync = 4
        case truncate = 6
    }

    private let clock = ManualClock()

    init() { #expect(faulty_disk_install() == 0) }

    private static let rounds =
        ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"].flatMap(Int.init) ?? 60

    func open(_ path: String) throws -> SQLiteStore {
        let clock = clock
        // So short a log that faults and losses of power meet it while it is moved, both beside commits
        // and by the writer.
        let growth = LogGrowth(least: 24, most: 60, pause: 8)
        return try SQLiteStore(path: path, growth: growth) { clock.now }
    }

    /// What must be true of a file, whatever happened to it.
    private func expectSound(
        _ path: String,
        _ ledger: Ledger,
        _ comment: Comment
    ) async throws {
        let store = try open(path)
        #expect(try await store.damage() == [], comment)
        #expect(try await ledger.contradictions(store) == [], comment)
        try await store.close()
    }

    /// Closes a store whose disk is gone: that it fails is no news.
    func closeDead(_ store: SQLiteStore) async {
        do { try await store.close() } catch { #expect(faulty_disk_is_off() == 1) }
    }

    @Test(arguments: Fault.allCases)
    func eachCallFailsOnceAndNothingIsAcknowledgedFalsely(fault: Fault) async throws {
        // Once without a fault, to see how many calls there are.
        var calls: Int64 = 0
        do {
            let scratch = try Scratch()
            faulty_disk_watch(scratch.path)
            let store = try open(scratch.file)
            let before = faulty_disk_calls(fault.rawValue)
            let failures = await Workload(store: store, ledger: Ledger()).run(20, seed: 1)
            #expect(failures == 0)
            calls = faulty_disk_calls(fault.rawValue) - before
            try await store.close()
        }
        let kinds = fault == .truncate ? 0 : 1
        #expect(calls >= kinds)
        var met = 0
        for number in stride(from: 0, to: calls, by: Int(max(1, calls / Int64(Self.rounds / 2)))) {
            let scratch = try Scratch()
            faulty_disk_watch(scratch.path)
            let store = try open(scratch.file)
            faulty_disk_fail(fault.rawValue, number, 1)
            let ledger = Ledger()
            let failures = await Workload(store: store, ledger: ledger).run(20, seed: 1)
            met += Int(faulty_disk_failures())
            #expect(failures <= 12, "call \(number): the store didn't recover by itself")
            faulty_disk_fail(0, 0, 0)
            let again = await Workload(store: store, ledger: ledger).run(2, seed: 2)
            #expect(again == 0, "call \(number): the store didn't recover by itself")
            try await store.close()
            try await expectSound(scratch.file, ledger, "call \(number) of \(calls)")
        }
        #expect(met >= kinds)
        print("\(fault): \(met) failures at calls of \(calls)")
    }

    @Test func afterAFailedSyncTheRestIsDurableAllTheSame() async throws {
        for number in 0..<Int64(min(Self.rounds, 40)) {
            let scratch = try Scratch()
            let remains = try Scratch()
            faulty_disk_watch(scratch.path)
            let store = try open(scratch.file)
            faulty_disk_fail(Fault.sync.rawValue, number, 1)
            let ledger = Ledger()
            _ = await Workload(store: store, ledger: ledger).run(20, seed: 3)
            faulty_disk_cut_power_after(0)
            #expect(faulty_disk_write_remains(remains.path, UInt64(number)) == 0)
            await closeDead(store)
            faulty_disk_watch("")
            try await expectSound(remains.file, ledger, "sync \(number)")
        }
    }

    @Test func afterALossOfPowerEverythingAcknowledgedIsThere() async throws {
        var acknowledged = 0
        for seed in 1...UInt64(Self.rounds) {
            let scratch = try Scratch()
            let remains = try Scratch()
            faulty_disk_watch(scratch.path)
            let store = try open(scratch.file)
            faulty_disk_cut_power_after(Int64(1 + seed * 7_919 % 1_300))
            let ledger = Ledger()
            _ = await Workload(store: store, ledger: ledger).run(24, seed: seed)
            faulty_disk_cut_power_after(0)
            acknowledged += ledger.count
            #expect(faulty_disk_write_remains(remains.path, seed) == 0)
            await closeDead(store)
            faulty_disk_watch("")
            try await expectSound(remains.file, ledger, "seed \(seed)")
        }
        #expect(acknowledged > Self.rounds)
        print("\(Self.rounds) losses of power, \(acknowledged) acknowledged before them")
    }

    @Test func aFullDiskRefusesAndReadsOnAndRecovers() async throws {
        let scratch = try Scratch()
        faulty_disk_watch(scratch.path)
        let store = try open(scratch.file)
        let kept = QueuedInvocation(function: .mail)
        _ = try await store.enqueue([kept], bounds: QueueBounds(), allOrNone: false)
        faulty_disk_fail(Fault.full.rawValue, 0, -1)
        for _ in 0..<20 {
            let error = await #expect(throws: StoreError.self) {
                let more = [QueuedInvocation(function: .mail)]
                _ = try await store.enqueue(more, bounds: QueueBounds(), allOrNone: false)
            }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await store.stored(kept.id) != nil)
        }
        faulty_disk_fail(0, 0, 0)
        let more = [QueuedInvocation(function: .mail)]
        let verdicts = try await store.enqueue(more, bounds: QueueBounds(), allOrNone: false)
        #expect(verdicts == [.accepted])
        #expect(try await store.depths()[.mail]?.waiting == 2)
        try await store.close()
    }
}
