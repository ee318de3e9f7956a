import FunctionModel
import InvocationStore
import NIOCore
import Synchronization
import Testing

@testable import TriggerCron

/// Schedules, a store in memory and a clock that tests move; the host may be down or gone.
final class Simulation {
    /// A clock that stands until it is moved.
    final class Clock: Sendable {
        private let time: Mutex<WallTime>
        init(_ text: String) throws {
            let seconds = try #require(UTCInstant.seconds(text))
            time = Mutex(WallTime(wholeSeconds: seconds))
        }
        var now: WallTime {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }

    let clock: Clock
    let store: any DurableStore
    let zones = ZoneLibrary()
    var state: CronState
    var plans: [SchedulePlan] = []
    /// Every tick in the order in which it was decided.
    var decided: [String] = []
    /// The same with all that is known of them.
    var ticks: [TickDecision] = []

    init(at text: String) throws {
        let clock = try Clock(text)
        self.clock = clock
        store = Stores.memory(now: { clock.now })
        state = CronState(zones: zones, start: clock.now)
        state.load([])
    }

    /// A schedule of the function `shop.nightly`, or of another.
    func plan(
        _ expression: String,
        of function: FunctionName = .nightly,
        _ change: (inout CronTriggerDeclaration) -> Void = { _ in }
    ) throws -> SchedulePlan {
        var declared = CronTriggerDeclaration(expression: expression)
        change(&declared)
        var trigger = TriggerDeclaration()
        trigger.cron = declared
        let definition = FunctionDefinition(
            name: function,
            index: 0,
            manifest: FunctionManifest(name: function.function),
            quota: Quota(),
            triggers: [trigger],
            isolation: .thread,
            onCrash: .backoff,
            configuration: [:]
        )
        return try #require(SchedulePlan.plans(of: definition, zones: zones).first)
    }

    /// Puts one schedule, and no other, into force.
    func declare(
        _ expression: String,
        _ change: (inout CronTriggerDeclaration) -> Void = { _ in }
    ) async throws {
        plans = [try plan(expression, change)]
        state.declare(plans, isComplete: true, now: clock.now)
        try await decide()
    }

    /// Ends the host and starts it again, after its plugins.
    func restart(
        after pause: Duration = .zero,
        awaiting: AwaitedFunctions = AwaitedFunctions()
    ) async throws {
        clock.now = clock.now + pause
        state = CronState(zones: zones, start: clock.now)
        state.load(try await store.schedules())
        state.declare(plans, isComplete: false, now: clock.now)
        state.declare(plans, isComplete: true, awaiting: awaiting, now: clock.now)
        try await decide()
    }

    /// Lets time pass, from one due instant to the next.
    func pass(_ duration: Duration) async throws {
        let end = clock.now + duration
        while let due = state.due(), due <= end {
            clock.now = max(due, clock.now)
            try await decide()
        }
        clock.now = end
    }

    /// Sets the clock.
    func set(by change: Duration) async throws {
        clock.now = clock.now + change
        state.clockWasSet(now: clock.now)
        try await decide()
    }

    /// Utters an operator's wish.
    func ask(_ wish: ScheduleState.Wish) throws {
        let isTaken = state.wish(wish, of: FunctionName.nightly.description)
        #expect(isTaken)
    }

    func decide() async throws {
        while true {
            let asked = state.take(now: clock.now, limit: 64)
            guard !asked.isEmpty else { return }
            let verdicts = try await store.decide(asked.map(\.change), bounds: QueueBounds())
            state.answered(asked, verdicts)
            for (asked, verdict) in zip(asked, verdicts) {
                guard case .made(_, let outcomes) = verdict else { continue }
                for (tick, outcome) in zip(asked.change.ticks, outcomes) {
                    #expect(!outcome.isKnown, "a tick was decided twice")
                    ticks.append(tick)
                    let count = tick.count > 1 ? " x\(tick.count)" : ""
                    decided.append("\(UTCInstant.text(tick.instant)) \(outcome.fate)\(count)")
                }
            }
        }
    }

    /// What was decided since the last call.
    func news() -> [String] {
        defer { decided = [] }
        return decided
    }

    /// Runs whatever is queued, in order, and returns the payloads.
    func runAll() async throws -> [String] {
        var bodies: [String] = []
        while true {
            let request = ClaimRequest(
                holder: "test",
                allowances: [.nightly: ClaimAllowance(count: 32, lease: .seconds(60))]
            )
            let claimed = try await store.claim(request).claimed
            guard !claimed.isEmpty else { return bodies }
            for claim in claimed {
                bodies.append(String(buffer: claim.invocation.body))
                let result = InvocationResult(outcome: .succeeded)
                try await store.settle(claim.lease, Settlement(.succeeded, result: result))
            }
        }
    }
}

extension FunctionName {
    static let nightly = named("shop.nightly")

    private static func named(_ text: String) -> FunctionName {
        do { return try FunctionName(text) } catch { fatalError("\(error)") }
    }
}
