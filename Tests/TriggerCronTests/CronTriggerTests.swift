import Foundation
import FunctionModel
import InvocationStore
import Logging
import Synchronization
import Testing

@testable import TriggerCron

/// The shell with the real clock: it fires, waits for a ledger that refuses, and tells operators.
@Suite(.serialized)
struct CronTriggerTests {
    /// A trigger on a store in memory that hands over what it has queued.
    private struct Subject {
        let store = Stores.memory(now: Self.now)
        let trigger: CronTrigger
        let fired: AsyncStream<Set<FunctionName>>

        static let now: @Sendable () -> WallTime = {
            WallTime(seconds: Date().timeIntervalSince1970)
        }

        init(refusals: Int = 0, edits: ScheduleEdits? = nil) throws {
            let (fired, hear) = AsyncStream.makeStream(of: Set<FunctionName>.self)
            self.fired = fired
            store.setTaker(Hearing(hear: { hear.yield($0) }))
            trigger = try CronTrigger(
                ledger: RefusingLedger(store, refusals: refusals),
                zones: ZoneLibrary(),
                edits: edits,
                listeners: .init(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                now: Self.now
            )
        }

        func declare(_ expression: String) throws {
            let simulation = try Simulation(at: "2026-01-01T00:00:00Z")
            trigger.declare([try simulation.plan(expression)], isComplete: true)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [0, 3])
    func firesAlsoAfterTheLedgerHasRefused(refusals: Int) async throws {
        let subject = try Subject(refusals: refusals)
        try subject.declare("* * * * * *")
        let running = Task { await subject.trigger.run() }
        for await functions in subject.fired {
            #expect(functions == [.nightly])
            break
        }
        running.cancel()
        await running.value
        let ticks = try await subject.trigger.ticks(of: "nightly", before: nil, limit: 10)
        #expect(ticks.schedule == "shop.nightly")
        #expect(ticks.ticks.contains { $0.fate == .fired && $0.invocation != nil })
    }

    /// Nobody waits for ever on a schedule that has gone, however long the ledger refuses.
    @Test(.timeLimit(.minutes(1)))
    func letsGoOfWhoWaitsForAScheduleThatIsGivenUp() async throws {
        let subject = try Subject(refusals: .max)
        try subject.declare("0 6 * * *")
        let running = Task { await subject.trigger.run() }
        let asking = Task { () -> HostOperationError? in
            while true {
                do throws(HostOperationError) {
                    _ = try await subject.trigger.run("nightly")
                } catch {
                    // It hasn't looked at its ledger yet.
                    if error.kind != .unavailable { return error }
                    await Task.yield()
                }
            }
        }
        while !subject.trigger.state.withLock({ $0.isAsked }) { await Task.yield() }
        subject.trigger.declare([], isComplete: true)
        #expect(await asking.value?.kind == .notFound)
        running.cancel()
        await running.value
    }

    @Test(.timeLimit(.minutes(1)))
    func keepsOfTwoWhoEditAtOnceWhatBothSaid() async throws {
        let edits = ScheduleEdits(Stores.memory(now: Subject.now))
        let subject = try Subject(edits: edits)
        try subject.declare("0 6 * * *")
        let changes = [("overlap", "queue"), ("jitter", "5m"), ("catchUp", "none")]
        try await withThrowingTaskGroup { tasks in
            for (name, value) in changes {
                tasks.addTask {
                    while true {
                        do {
                            _ = try await subject.trigger.edit("nightly", [name: value])
                            return
                        } catch let error as HostOperationError where error.kind == .conflict {
                            await Task.yield()
                        }
                    }
                }
            }
            try await tasks.waitForAll()
        }
        #expect(edits.all["shop.nightly"]?.words.count == 3)
        #expect(subject.trigger.schedules().first?.edited?.words.count == 3)
    }

    @Test func givesBackWhatWasChangedOfAScheduleThatHasGone() async throws {
        let edits = ScheduleEdits(Stores.memory(now: Subject.now))
        let subject = try Subject(edits: edits)
        try subject.declare("0 6 * * *")
        let changes = ["overlap": "queue", "jitter": "5m"]
        #expect(try await subject.trigger.edit("nightly", changes)?.edited?.words.count == 2)
        #expect(subject.trigger.idleEdits.isEmpty)
        subject.trigger.declare([], isComplete: true)
        #expect(subject.trigger.idleEdits == ["shop.nightly"])
        let conflict = await #expect(throws: HostOperationError.self) {
            try await subject.trigger.edit("nightly", ["overlap": "allow", "jitter": nil])
        }
        #expect(conflict?.kind == .conflict)
        #expect(edits.all["shop.nightly"]?.words == changes)
        #expect(try await subject.trigger.edit("nightly", ["overlap": nil]) == nil)
        #expect(edits.all["shop.nightly"]?.words == ["jitter": "5m"])
        #expect(try await subject.trigger.edit("shop.nightly", ["jitter": nil]) == nil)
        #expect(edits.all.isEmpty && subject.trigger.idleEdits.isEmpty)
        let unknown = await #expect(throws: HostOperationError.self) {
            try await subject.trigger.edit("nightly", ["jitter": nil])
        }
        #expect(unknown?.kind == .notFound)
    }

    @Test(.timeLimit(.minutes(1)))
    func doesWhatOperatorsAsk() async throws {
        let subject = try Subject()
        try subject.declare("0 6 * * *")
        let running = Task { await subject.trigger.run() }
        // Ready once it has looked at its ledger.
        var first: InvocationID?
        while first == nil {
            do { first = try await subject.trigger.run("nightly").invocation } catch {
                #expect(error.kind == .unavailable)
                await Task.yield()
            }
        }
        let conflict = await #expect(throws: HostOperationError.self) {
            try await subject.trigger.run("shop.nightly")
        }
        #expect(conflict?.kind == .conflict)
        let off = try await subject.trigger.switchSchedule("nightly", on: false)
        #expect(!off.enabled)
        #expect(try await subject.trigger.switchSchedule("nightly", on: true).enabled)
        let unknown = await #expect(throws: HostOperationError.self) {
            try await subject.trigger.run("daily")
        }
        #expect(unknown?.kind == .notFound)
        let next = try subject.trigger.nextTicks(of: "nightly", count: 2)
        #expect(next.count == 2 && next[1] - next[0] == .seconds(86_400))
        running.cancel()
        await running.value
    }
}

extension CronState {
    /// Whether an operator's wish waits.
    fileprivate var isAsked: Bool { schedules.values.contains { !$0.wishes.isEmpty } }
}

/// Hears what a store has ready, and takes none of it.
private struct Hearing: ReadyTaker {
    let hear: @Sendable (Set<FunctionName>) -> Void

    func wish(for functions: Set<FunctionName>, upTo count: Int?) -> ClaimRequest? { nil }

    func ready(_ functions: Set<FunctionName>, _ taken: TakenReady?) { hear(functions) }
}

/// A ledger that refuses some times before it works.
private final class RefusingLedger: LedgerBeforeStore {
    let store: any DurableStore
    private let left: Mutex<Int>

    init(_ store: any DurableStore, refusals: Int) {
        self.store = store
        left = Mutex(refusals)
    }

    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict] {
        let refuses = left.withLock { left in
            left -= 1
            return left >= 0
        }
        if refuses { throw .unavailable("a test") }
        return try await store.decide(changes, bounds: bounds)
    }
}
