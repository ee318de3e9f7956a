public import FunctionModel
public import Logging
internal import Synchronization

/// Runs what was queued: claims it from the store, hands it to the dispatcher under the same
/// admission as everything else, and settles it.
///
/// A value decides (`QueueState`); this class asks the store and the dispatcher.
public final class QueueTrigger: Sendable {
    /// The store, as the queue needs it.
    public typealias Store = InvocationQueue

    let settings: QueueSettings
    let store: any Store
    let runner: any QueueRunner
    let logger: Logger
    let now: @Sendable () -> WallTime
    let onMissedEvent: @Sendable (FunctionName) -> Void
    /// Those who missed the last event that was for them.
    let deaf = Mutex<Set<FunctionName>>([])
    let directory: (any DeliveryDirectory)?
    let followUps: FollowUps
    let policy: @Sendable () -> DeliveryPolicy
    let waiters: EndWaiters
    let state: Mutex<QueueState>
    private let controls = Mutex<[InvocationID: any InvocationControl]>([:])
    let ends: EndWriter
    let holdClock = HoldClock()
    private let alarm = Mutex<(time: WallTime, task: Task<Void, Never>)?>(nil)
    let (signals, signal) = AsyncStream.makeStream(
        of: Void.self,
        bufferingPolicy: .bufferingNewest(1)
    )

    /// Makes a trigger that does nothing before `run`.
    ///
    /// - Parameters:
    ///   - settings: Bounds and times.
    ///   - store: Where the queue lies.
    ///   - runner: Runs functions.
    ///   - logger: Hears of a store that refuses.
    ///   - now: The time of day.
    ///   - onDeadLetter: Hears of each invocation that is given up.
    ///   - onMissedEvent: Hears of each event that a function wants and can't take.
    ///   - directory: Knows who subscribes to what; `nil` where nobody does.
    ///   - followUps: Says what is to run because of an end, in the same commit.
    ///   - onEnds: Hears of each end that is durable, and never waits.
    ///   - policy: Where callers may have ends reported to.
    public init(
        settings: QueueSettings,
        store: any Store,
        runner: any QueueRunner,
        logger: Logger,
        now: @escaping @Sendable () -> WallTime,
        onDeadLetter: @escaping @Sendable (FunctionName, DeadReason) -> Void = { _, _ in },
        onMissedEvent: @escaping @Sendable (FunctionName) -> Void = { _ in },
        directory: (any DeliveryDirectory)? = nil,
        followUps: @escaping FollowUps = { _, _ in [] },
        onEnds: @escaping EndObserver = { _ in },
        policy: @escaping @Sendable () -> DeliveryPolicy = { DeliveryPolicy() }
    ) {
        self.settings = settings
        self.store = store
        self.runner = runner
        self.logger = logger
        self.now = now
        self.onMissedEvent = onMissedEvent
        self.directory = directory
        self.followUps = followUps
        self.policy = policy
        waiters = EndWaiters(limit: settings.waiterLimit)
        ends = EndWriter(store)
        store.observeEnds(Self.observer(waiters, onDeadLetter, onEnds))
        state = Mutex(QueueState(settings: settings))
        store.setTaker(Taker(trigger: self))
    }

    /// Gives back what this holder had claimed when it died, then runs what is queued until the task
    /// is cancelled.
    public func run() async {
        startHoldClock()
        defer { holdClock.stop() }
        await recover()
        await withTaskGroup { tasks in
            tasks.addTask { for await _ in self.signals { await self.claimAll() } }
            tasks.addTask { await self.keepTime() }
        }
    }

    /// Something may wait, or a place may be free.
    public func wake() {
        state.withLock { $0.expectAny() }
        signal.yield()
    }

    /// How many are running, or wait to be settled.
    public var inHand: Int { state.withLock { $0.held.count } }

    /// Claims nothing more, and lets go of whoever waits for an end.
    public func beginDrain() {
        let actions = state.withLock { $0.drain() }
        for action in actions { perform(action) }
        waiters.close()
    }

    /// Waits until the store has taken every end, at most so long; returns how many are left, which
    /// the next start of the host gives back.
    public func drained(within limit: Duration) async -> Int {
        let end = ContinuousClock.now + limit
        while inHand > 0, ContinuousClock.now < end, !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(5)) } catch { break }
        }
        return inHand
    }

    private func recover() async {
        while !Task.isCancelled {
            do {
                let count = try await store.recover(holder: settings.holder)
                if count > 0 {
                    logger.info(
                        "queued invocations taken up again",
                        metadata: ["count": "\(count)"]
                    )
                }
                state.withLock { $0.recovered() }
                return wake()
            } catch {
                logger.error("the queue can't be read yet: \(error)")
                do { try await Task.sleep(for: settings.longestPause) } catch { return }
            }
        }
    }

    // MARK: Claiming

    private func claimAll() async {
        while state.withLock({ $0.wake(now: now()) }) {
            let places = runner.places(of: state.withLock { $0.candidates.functions })
            let (request, waiting) = state.withLock { ($0.request(places), $0.startWaiting()) }
            for action in waiting { perform(action) }
            guard let request else { return }
            do {
                Failpoint.claiming.pass()
                let report = try await store.claim(request)
                Failpoint.claimed.pass()
                let (actions, again) = state.withLock { $0.claimed(report, now: now()) }
                for action in actions { perform(action) }
                if let due = report.nextDue { arm(due) }
                if !again { return }
            } catch {
                state.withLock { $0.claimFailed(now: now()) }
                logger.warning("nothing can be claimed from the queue now: \(error)")
                return
            }
        }
    }

    /// Claims again when something becomes due.
    func arm(_ time: WallTime) {
        alarm.withLock { alarm in
            let present = now()
            if let set = alarm, set.time > present, set.time <= time { return }
            alarm?.task.cancel()
            let wait = max(.milliseconds(1), time - present)
            // What is due much later is seen by the looks in between.
            guard wait < .seconds(60) else {
                alarm = nil
                return
            }
            let task = Task { [weak self] in
                do { try await Task.sleep(for: wait) } catch { return }
                self?.wake()
            }
            alarm = (time, task)
        }
    }

    private func keepTime() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.lookInterval) } catch { return }
            for action in state.withLock({ $0.due(now: now()) }) { perform(action) }
            wake()
        }
    }

    // MARK: Doing

    func perform(_ action: QueueState.Action) {
        switch action {
        case .run(let claim): begin(claim)
        case .stop(let id): controls.withLock { $0[id] }?.cancel(.operator)
        case .renew(let lease, let length): Task { await renew(lease, length) }
        case .settle(let lease, _, let settlement): write(LeaseEnd(lease, .settle(settlement)))
        case .release(let lease, let release): write(LeaseEnd(lease, .release(release)))
        }
    }

    private func begin(_ claim: ClaimedInvocation) {
        let id = claim.invocation.id
        let steps =
            claim.invocation.progress?.remaining ?? runner.steps(of: claim.invocation.function)
        let control = runner.run(HeldInvocation.request(claim, steps)) { result in
            self.ended(claim, steps, steps.first.map(result.inStep) ?? result)
        }
        controls.withLock { $0[id] = control }
        // In between it may have ended, or somebody may want it to stop.
        let (isOver, isUnwanted) = state.withLock { state in
            (
                state.held[id] == nil || state.held[id]?.ending != nil,
                state.held[id]?.isCancelRequested == true
            )
        }
        if isUnwanted { control.cancel(.operator) }
        if isOver { forget(id) }
    }

    private func forget(_ id: InvocationID) { _ = controls.withLock { $0.removeValue(forKey: id) } }

    private func ended(
        _ claim: ClaimedInvocation,
        _ steps: [FunctionName],
        _ result: InvocationResult
    ) {
        let id = claim.invocation.id
        var record = result.outcome == .rejected ? nil : runner.record(of: id)
        // Of a sequence the attempts of all steps are counted on, so that each has its record.
        record?.attempt = claim.attempt
        var generator = SystemRandomNumberGenerator()
        let (actions, mayClaim) = state.withLock { state in
            let actions = state.ended(
                claim,
                result,
                steps: steps,
                record: record,
                now: now(),
                followUps,
                using: &generator
            )
            return (actions, !state.candidates.isEmpty)
        }
        forget(id)
        for action in actions { perform(action) }
        if mayClaim { signal.yield() }
    }

    private func renew(_ lease: Lease, _ length: Duration) async {
        do {
            Failpoint.renewing.pass()
            let renewal = try await store.renew(lease, for: length)
            Failpoint.renewed.pass()
            if let action = state.withLock({ $0.renewed(renewal) }) { perform(action) }
        } catch .staleLease {
            if let action = state.withLock({ $0.lostLease(lease) }) { perform(action) }
        } catch {
            logger.warning("the lease of invocation \(lease.id) can't be renewed: \(error)")
        }
    }
}
