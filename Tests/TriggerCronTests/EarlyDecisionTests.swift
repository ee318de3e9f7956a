import Foundation
import FunctionModel
import InvocationStore
import Logging
import Testing

@testable import TriggerCron

/// Ticks are decided before their time where the ledger can do that.
struct EarlyDecisionTests {
    @Test(.timeLimit(.minutes(1)), arguments: [false, true])
    func asksBeforeATicksTimeAndWhereThatIsTooEarlyAgainAtIt(setsUp: Bool) async throws {
        let (notes, tell) = AsyncStream.makeStream(of: EarlyLedger.Note.self)
        let ledger = EarlyLedger(setsUp: setsUp) { tell.yield($0) }
        let trigger = try CronTrigger(over: ledger)
        let simulation = try Simulation(at: "2026-01-01T00:00:00Z")
        let plan = try simulation.plan("* * * * * *") { $0.overlap = "allow" }
        trigger.declare([plan], isComplete: true)
        let running = Task { await trigger.run() }
        var made: [WallTime] = []
        var early = 0
        for await note in notes {
            if note.asked < note.instant {
                early += 1
                #expect(note.instant - note.asked <= .milliseconds(50))
            }
            if note.isMade { made.append(note.instant) }
            if note.isMade, !setsUp { #expect(note.answered >= note.instant) }
            if early > 0, made.count > 1 { break }
        }
        running.cancel()
        await running.value
        #expect(made == made.sorted() && Set(made).count == made.count)
    }
}

/// Ticks that find no place at first are tried again before they are queued.
struct TickPlacesTests {
    @Test(.timeLimit(.minutes(1)))
    func triesTicksAgainThatFoundNoPlace() async throws {
        let (notes, tell) = AsyncStream.makeStream(of: Int?.self)
        let ledger = NarrowLedger { tell.yield($0) }
        let trigger = try CronTrigger(over: ledger)
        var everySecond = TriggerDeclaration()
        everySecond.cron = CronTriggerDeclaration(expression: "* * * * * *")
        everySecond.cron?.overlap = "allow"
        let definition = FunctionDefinition(.nightly, Array(repeating: everySecond, count: 8))
        let plans = try SchedulePlan.plans(of: definition, zones: trigger.zones)
        trigger.declare(plans, isComplete: true)
        let running = Task { await trigger.run() }
        var sizes: [Int?] = []
        for await note in notes {
            sizes.append(note)
            if sizes.count >= 4 { break }
        }
        running.cancel()
        await running.value
        // Half of what is asked for finds a place each time.
        #expect(sizes == [8, 4, 2, 1])
    }
}

/// Very many schedules at once.
struct ManySchedulesTests {
    @Test(.timeLimit(.minutes(2))) func noneIsLostBetweenBatches() async throws {
        let count = 10_000
        let (notes, tell) = AsyncStream.makeStream(of: [String].self)
        let trigger = try CronTrigger(over: NamingLedger { tell.yield($0) })
        var yearly = TriggerDeclaration()
        yearly.cron = CronTriggerDeclaration(expression: "0 0 1 1 *")
        let plans = try (0..<count / 100).flatMap { number in
            let definition = FunctionDefinition(
                try FunctionName("sample.f\(number)"),
                Array(repeating: yearly, count: 100)
            )
            return try SchedulePlan.plans(of: definition, zones: trigger.zones)
        }
        trigger.declare(plans, isComplete: true)
        let running = Task { await trigger.run() }
        var names: Set<String> = []
        for await note in notes {
            names.formUnion(note)
            if names.count == count { break }
        }
        running.cancel()
        await running.value
        #expect(names.count == count)
    }
}

/// A ledger that tells which schedules it has decided.
private final class NamingLedger: LedgerBeforeStore {
    let store = Stores.memory(now: EarlyLedger.now)
    private let tell: @Sendable ([String]) -> Void

    init(tell: @escaping @Sendable ([String]) -> Void) { self.tell = tell }

    func begin(_ changes: [ScheduleChange]) async throws(StoreError) -> [ScheduleVerdict] {
        changes.map { _ in .early }
    }

    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict] {
        let verdicts = try await store.decide(changes, bounds: bounds)
        tell(changes.map(\.entry.name))
        return verdicts
    }
}

/// A ledger that has places for half of what is to begin; `nil` tells of ticks decided otherwise.
private final class NarrowLedger: LedgerBeforeStore {
    let store = Stores.memory(now: EarlyLedger.now)
    private let tell: @Sendable (Int?) -> Void

    init(tell: @escaping @Sendable (Int?) -> Void) { self.tell = tell }

    func begin(_ changes: [ScheduleChange]) async throws(StoreError) -> [ScheduleVerdict] {
        tell(changes.count)
        var begun = Array(changes.prefix((changes.count + 1) / 2))
        for index in begun.indices { begun[index].ticks[0].start = nil }
        let verdicts = try await store.decide(begun, bounds: QueueBounds())
        return verdicts + changes.dropFirst(begun.count).map { _ in .early }
    }

    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict] {
        if changes.contains(where: { $0.ticks.contains { $0.fate == .fired } }) { tell(nil) }
        return try await store.decide(changes, bounds: bounds)
    }
}

/// A ledger that sets every tick up before its time, or none.
private final class EarlyLedger: LedgerBeforeStore {
    /// What became of a tick that was asked about.
    struct Note: Sendable {
        var instant: WallTime
        var asked: WallTime
        var answered: WallTime
        var isMade: Bool
    }

    static let now: @Sendable () -> WallTime = {
        WallTime(seconds: Date().timeIntervalSince1970)
    }

    let store = Stores.memory(now: EarlyLedger.now)
    private let setsUp: Bool
    private let tell: @Sendable (Note) -> Void

    init(setsUp: Bool, tell: @escaping @Sendable (Note) -> Void) {
        self.setsUp = setsUp
        self.tell = tell
    }

    func begin(_ changes: [ScheduleChange]) async throws(StoreError) -> [ScheduleVerdict] {
        let asked = Self.now()
        var changes = changes
        for index in changes.indices where setsUp { changes[index].ticks[0].start = nil }
        let verdicts = try await store.decide(changes, bounds: QueueBounds())
        note(changes, verdicts, asked)
        return verdicts
    }

    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict] {
        let asked = Self.now()
        let verdicts = try await store.decide(changes, bounds: bounds)
        note(changes, verdicts, asked)
        return verdicts
    }

    private func note(
        _ changes: [ScheduleChange],
        _ verdicts: [ScheduleVerdict],
        _ asked: WallTime
    ) {
        for (change, verdict) in zip(changes, verdicts) {
            guard let tick = change.ticks.first, tick.fate == .fired else { continue }
            let isMade = if case .made = verdict { true } else { false }
            tell(Note(instant: tick.instant, asked: asked, answered: Self.now(), isMade: isMade))
        }
    }
}

extension FunctionDefinition {
    /// A function with these triggers and nothing else.
    fileprivate init(_ name: FunctionName, _ triggers: [TriggerDeclaration]) {
        self.init(
            name: name,
            index: 0,
            manifest: FunctionManifest(name: name.function),
            quota: Quota(),
            triggers: triggers,
            isolation: .thread,
            onCrash: .backoff,
            configuration: [:]
        )
    }
}

extension CronTrigger {
    /// A trigger that goes by the machine's clock, and that nobody listens to.
    fileprivate convenience init(over ledger: any ScheduleLedger) throws {
        try self.init(
            ledger: ledger,
            zones: ZoneLibrary(),
            listeners: .init(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: EarlyLedger.now
        )
    }
}
