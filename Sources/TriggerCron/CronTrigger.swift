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

    /// The clock is looked at this often, whatever the alarm says.
    private static let look = Duration.seconds(60)

    /// The zones of this machine.
    public let zones: ZoneLibrary
    /// What operators have changed of schedules; `nil` where nothing can be changed.
    public let edits: ScheduleEdits?
    let ledger: any ScheduleLedger
    let listeners: Listeners
    let logger: Logger
    let now: @Sendable () -> WallTime
    let bounds: QueueBounds
    let state: Mutex<CronState>
    let alarm: WallAlarm
    let clock: Mutex<ClockWatch>
    /// What is due in a moment, and when.
    let prepared = Mutex<(due: WallTime, asked: [CronState.Asked])?>(nil)
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
}
