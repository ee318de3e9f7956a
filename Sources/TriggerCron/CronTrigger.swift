public import FunctionModel
public import Logging
internal import Platform
internal import Synchronization

/// Runs functions on schedules: decides each tick's fate when it is due, in one commit with the
/// invocation that it queues.
///
/// A value decides (`CronState`); this class asks the ledger, from which the queue hears what is ready.
public final class CronTrigger: Sendable {
    /// Hears of what the ledger has done; none may wait.
    public struct Listeners: Sendable {
        /// This invocation has been cancelled and may run.
        public var replaced: @Sendable (InvocationID) -> Void
        /// So many ticks of a schedule had a fate.
        public var ticked: @Sendable (String, TickFate, Int) -> Void

        /// Names those who hear.
        public init(
            replaced: @escaping @Sendable (InvocationID) -> Void = { _ in },
            ticked: @escaping @Sendable (String, TickFate, Int) -> Void = { _, _, _ in }
        ) {
            self.replaced = replaced
            self.ticked = ticked
        }
    }

    /// The most schedules whose ticks are decided in one commit.
    private static let batch = 512
    /// So long before its time a tick is set up, or at least worked out, so that little is left then.
    private static let ahead = Duration.milliseconds(50)
    /// The clock is looked at this often, whatever the alarm says.
    private static let look = Duration.seconds(60)

    /// The zones of this machine.
    public let zones: ZoneLibrary
    /// What operators have changed of schedules; `nil` where nothing can be changed.
    public let edits: ScheduleEdits?
    let ledger: any ScheduleLedger
    private let listeners: Listeners
    private let logger: Logger
    let now: @Sendable () -> WallTime
    private let bounds: QueueBounds
    let state: Mutex<CronState>
    private let alarm: WallAlarm
    private let clock: Mutex<ClockWatch>
    /// What is due in a moment, and when.
    private let prepared = Mutex<(due: WallTime, asked: [CronState.Asked])?>(nil)
    private let isStopped = Atomic<Bool>(false)
    let waiters = WishWaiters()
    private let (signals, signal) = AsyncStream.makeStream(
        of: Void.self,
        bufferingPolicy: .bufferingNewest(1)
    )

    /// Makes a trigger that does nothing before `run`.
    ///
    /// - Parameters:
    ///   - ledger: Keeps what became of ticks.
    ///   - zones: The zones of this machine.
    ///   - bounds: How much may wait for a function.
    ///   - edits: What operators have changed of schedules.
    ///   - listeners: Hear of what is done.
    ///   - logger: Hears of a ledger that refuses.
    ///   - now: The time of day.
    /// - Throws: `SystemCallError` when the process has no descriptor left.
    public init(
        ledger: any ScheduleLedger,
        zones: ZoneLibrary,
        bounds: QueueBounds = QueueBounds(),
        edits: ScheduleEdits? = nil,
        listeners: Listeners,
        logger: Logger,
        now: @escaping @Sendable () -> WallTime
    ) throws {
        self.ledger = ledger
        self.zones = zones
        self.bounds = bounds
        self.edits = edits
        self.listeners = listeners
        self.logger = logger
        self.now = now
        alarm = try WallAlarm()
        clock = Mutex(ClockWatch(now()))
        state = Mutex(CronState(zones: zones, start: now()))
    }

    /// Lays down which schedules are in force; with `isComplete` those that aren't among them end, but
    /// for those of functions that are awaited.
    public func declare(
        _ plans: [SchedulePlan],
        isComplete: Bool,
        awaiting: AwaitedFunctions = AwaitedFunctions()
    ) {
        state.withLock {
            $0.declare(plans, isComplete: isComplete, awaiting: awaiting, now: now())
        }
        letGoOfLost()
        wake()
    }

    /// Decides ticks until the task is cancelled.
    public func run() async {
        guard await load() else { return }
        do { try ServiceThread.start(named: "roost-clock") { self.keepTime() } } catch {
            // Ticks come late then, and none is lost.
            logger.error("no thread can be started for the clock: \(error)")
        }
        await withTaskGroup { tasks in
            tasks.addTask { for await _ in self.signals { await self.decideAll() } }
            tasks.addTask { await self.lookNowAndThen() }
        }
        isStopped.store(true, ordering: .relaxed)
        alarm.wake()
    }

    /// Decides nothing more.
    public func beginDrain() {
        state.withLock { $0.drain() }
        waiters.close()
    }

    func wake() { signal.yield() }

    /// Reads how far all schedules have come, however long the ledger refuses.
    private func load() async -> Bool {
        while !Task.isCancelled {
            do {
                let entries = try await ledger.schedules()
                state.withLock { $0.load(entries) }
                wake()
                return true
            } catch {
                logger.error("the schedules can't be read yet: \(error)")
                do { try await Task.sleep(for: .seconds(1)) } catch { return false }
            }
        }
        return false
    }

    /// The clock's thread.
    private func keepTime() {
        while !isStopped.load(ordering: .relaxed) {
            alarm.wait()
            wake()
        }
    }

    private func lookNowAndThen() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.look) } catch { return }
            wake()
        }
    }

    // MARK: Deciding

    private func decideAll() async {
        var pause = Duration.milliseconds(100)
        while !Task.isCancelled {
            let present = now()
            if clock.withLock({ $0.look(present) }) {
                logger.warning("the clock was set, or the machine slept")
                if let early = takePrepared(by: .never) { state.withLock { $0.failed(early) } }
                state.withLock { $0.clockWasSet(now: present) }
            }
            let asked =
                takePrepared(by: present)
                ?? state.withLock { $0.take(now: present, limit: Self.batch) }
            guard !asked.isEmpty, !state.withLock({ $0.isDraining }) else { break }
            do {
                let verdicts = try await ledger.decide(asked.map(\.change), bounds: bounds)
                state.withLock { $0.answered(asked, verdicts) }
                tell(asked, verdicts)
                letGoOfLost()
                pause = .milliseconds(100)
            } catch {
                state.withLock { $0.failed(asked) }
                letGoOfLost()
                logger.warning("ticks can't be decided yet: \(error)")
                do { try await Task.sleep(for: pause) } catch { return }
                pause = min(pause * 2, .seconds(5))
            }
        }
        alarm.set(await prepareNext()?.nanoseconds)
    }

    /// What was worked out ahead and is due by a time.
    private func takePrepared(by time: WallTime) -> [CronState.Asked]? {
        prepared.withLock { prepared in
            guard let early = prepared, early.due <= time else { return nil }
            prepared = nil
            return early.asked
        }
    }

    /// Sets up what is due in a moment; returns when to go on.
    private func prepareNext() async -> WallTime? {
        while true {
            let due = state.withLock { $0.due() }
            if let early = prepared.withLock({ $0?.due }) { return min(early, due ?? early) }
            guard let due else { return nil }
            let left = due - now()
            guard left > .zero, left <= Self.ahead else {
                return left > .zero ? due + (.zero - Self.ahead) : due
            }
            var asked = state.withLock { $0.take(now: due, limit: Self.batch) }
            guard !asked.isEmpty else { return due }
            for (index, change) in ledger.prepare(asked.map(\.change)).enumerated() {
                asked[index].change = change
            }
            let early = await setUp(asked)
            if !early.isEmpty { prepared.withLock { $0 = (due, early) } }
        }
    }

    /// Has ticks decided whose time is yet to come, and returns those that have to wait for it.
    private func setUp(_ asked: [CronState.Asked]) async -> [CronState.Asked] {
        let plain = asked.filter { $0.change.ticks.count == 1 && $0.change.ticks[0].start != nil }
        guard !plain.isEmpty, !state.withLock({ $0.isDraining }) else { return asked }
        do {
            let verdicts = try await ledger.decide(plain.map(\.change), bounds: bounds)
            let answers = zip(plain, verdicts).filter {
                if case .early = $1 { false } else { true }
            }
            state.withLock { $0.answered(answers.map(\.0), answers.map(\.1)) }
            tell(answers.map(\.0), answers.map(\.1))
            let decided = Set(answers.map(\.0.change.entry.name))
            return asked.filter { !decided.contains($0.change.entry.name) }
        } catch {
            logger.warning("ticks can't be set up now: \(error)")
            return asked
        }
    }

    private func tell(_ asked: [CronState.Asked], _ verdicts: [ScheduleVerdict]) {
        for (asked, verdict) in zip(asked, verdicts) {
            guard case .made(let entry, let outcomes) = verdict else { continue }
            for (tick, outcome) in zip(asked.change.ticks, outcomes) where !outcome.isKnown {
                listeners.ticked(entry.name, outcome.fate, tick.count)
                if let replaced = outcome.replaced { listeners.replaced(replaced) }
            }
        }
        for (asked, verdict) in zip(asked, verdicts) {
            guard let wish = asked.wish, case .made(let entry, let outcomes) = verdict else {
                continue
            }
            let run = asked.change.ticks.first?.run?.id
            waiters.granted(entry.name, wish, run, outcomes.first?.fate)
        }
    }
}
