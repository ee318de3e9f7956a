internal import CellProtocol
internal import FunctionModel
internal import Logging
internal import NIOCore
internal import Platform

/// The keeper of the cells: everything that happens on its one long-lived thread.
///
/// That the thread lives as long as the host matters: the parent-death signal of a cell follows the
/// thread that spawned it.
final class CellKeeper {
    /// A worker on its way into a cell.
    struct Start {
        var plan: WorkerPlan
        var observer: any WorkerObserver
        var eventLoop: any EventLoop
    }

    let configuration: CellConfiguration
    let inbox: KeeperInbox
    let logger: Logger
    var pool: CellPool
    var processes: [Int: CellProcess] = [:]
    var starts: [UInt32: Start] = [:]
    /// Starts that came in during this turn.
    ///
    /// They are carried out in the next one, after what the poll has told: whoever asks for a worker
    /// because a cell has ended must not get one in that cell.
    private var newStarts: [Start] = []
    var probes: ProbeQueue<(ProbeRequest, any EventLoop)>
    /// A cell that waits for the next probe.
    var warmProbe: Int?
    var timers = KeeperTimers()
    /// Groups of ended cells that the kernel still holds.
    var heldGroups: [ControlGroup] = []
    let threadMover = ThreadMover()
    /// Ended cells of which not all is known yet.
    var obituaries: [Int: Obituary] = [:]
    /// What ended workers have left in cells so far, by plugin.
    var left: [String: LeftBehind] = [:]
    /// Hears of cells that ended without having been asked to.
    let tellIncident: @Sendable (CellIncident) -> Void
    /// The worker that a place is being found for, for the cell that may be started for it.
    var placing: WorkerPlan?
    var whenStopped: [@Sendable () -> Void] = []
    private var nextWorker: UInt32 = 1
    private let began = ContinuousClock.now

    init(
        configuration: CellConfiguration,
        inbox: KeeperInbox,
        logger: Logger,
        onIncident: @escaping @Sendable (CellIncident) -> Void
    ) {
        tellIncident = onIncident
        self.configuration = configuration
        self.inbox = inbox
        self.logger = logger
        pool = CellPool(limits: configuration.limits)
        probes = ProbeQueue(
            atOnce: configuration.probesAtOnce,
            maximum: configuration.probesWaiting
        )
    }

    /// The time since the keeper began.
    var now: Duration { ContinuousClock.now - began }

    /// Runs until everything has been shut down.
    func run() {
        openGroups()
        perform(pool.refill())
        timers.add(.tick, at: now + configuration.reportInterval)
        while !(pool.isStopped && processes.isEmpty) {
            let patience = newStarts.isEmpty ? timers.milliseconds(from: now) : 0
            let events = inbox.poll.wait(milliseconds: patience)
            let commands = inbox.take()
            for event in events { handle(event) }
            beginStarts()
            for command in commands { handle(command) }
            for event in timers.take(now: now) { handle(event) }
        }
        for command in inbox.close() { handle(command) }
        beginStarts()
        removeHeldGroups()
        configuration.controlGroups?.close()
        for done in whenStopped { done() }
    }

    /// Carries out what the pool decided.
    func perform(_ actions: [CellPool.Action]) {
        var queue = actions
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .spawn(let cell, let kind): queue += spawn(cell, kind)
            case .assign(let worker, let cell): queue += assign(worker, to: cell)
            case .refuse(let worker): refuse(worker)
            case .move(let cell, let reason): move(cell, reason)
            case .finish(let cell): finish(cell)
            case .kill(let cell, let reason): kill(cell, reason)
            case .pauseThenRefill(let failures):
                let pause = Duration.milliseconds(100 << min(failures, 6))
                timers.add(.refill, at: now + pause)
            }
        }
    }

    private func handle(_ command: KeeperCommand) {
        switch command {
        case .start(let plan, let observer, let eventLoop):
            newStarts.append(Start(plan: plan, observer: observer, eventLoop: eventLoop))
        case .probe(let request, let eventLoop): enqueue(request, eventLoop)
        case .notice(let notice, let worker, let cell): handle(notice, worker, cell)
        case .probeEnded(let cell, let result): endProbe(cell, result)
        case .renew(let cell, let reason):
            let taking = pool.cells.filter { $0.isTaking && (cell == nil || $0.id == cell) }
            for cell in taking { perform(pool.renew(cell.id, reason)) }
        case .report(let answer): answer(self.report())
        case .shutdown(let grace, let done): stop(grace: grace, done)
        }
    }

    private func beginStarts() {
        for start in newStarts {
            let worker = newWorker()
            starts[worker] = start
            let isDedicated = start.plan.isolation == .process
            placing = start.plan
            perform(pool.place(worker, dedicatedTo: isDedicated ? start.plan.cellKey : nil))
            placing = nil
        }
        newStarts = []
    }

    private func handle(_ event: KeeperTimers.Event) {
        switch event {
        case .tick: tick()
        case .retireMoved(let cell): forEachWorker(of: cell) { $0.retire() }
        case .kill(let cell, let reason): kill(cell, reason)
        case .refill: perform(pool.refillAfterPause())
        case .publish(let cell): publish(cell)
        case .stopNow: for cell in processes.keys { kill(cell, "the host stops") }
        }
    }

    private func handle(_ notice: WorkerNotice, _ worker: UInt32, _ cell: Int) {
        switch notice {
        case .closed(let suspect):
            note(suspect, worker, of: cell)
            endProbeOfClosedChannel(cell)
            perform(pool.workerDidEnd(worker, cell: cell))
        case .violated(let suspect, let reason):
            if processes[cell]?.condemned == nil { processes[cell]?.culprit = suspect }
            condemn(cell, .violation, "it broke the protocol: \(reason)")
        case .vanished: withdraw(cell, "a worker's channel closed without a word")
        case .overdue(let reason):
            processes[cell]?.isHung = true
            condemn(cell, .overdue, reason)
        case .handOver(let file, let sequence, let call):
            handOver(file, .file(worker: worker, sequence: sequence, call: call), to: cell)
        }
    }

    func newWorker() -> UInt32 {
        defer { nextWorker &+= 1 }
        return nextWorker
    }

    func forEachWorker(of cell: Int, _ body: @escaping @Sendable (CellWorker) -> Void) {
        guard let process = processes[cell] else { return }
        for worker in process.workers.values { worker.eventLoop.execute { body(worker) } }
    }

    private func move(_ cell: Int, _ reason: RenewalReason) {
        guard reason != .stopped else { return forEachWorker(of: cell) { $0.retire() } }
        logger.notice(
            "cell is being renewed",
            metadata: ["cell": "\(cell)", "reason": "\(reason)"]
        )
        if reason == .unresponsive { processes[cell]?.isHung = true }
        let isBroken = reason == .tainted || reason == .unresponsive
        forEachWorker(of: cell) { $0.move(cellIsBroken: isBroken) }
        timers.add(.retireMoved(cell: cell), at: now + configuration.moveTime)
        let reason = "its invocations did not end while it was being renewed"
        timers.add(.kill(cell: cell, reason: reason), at: now + configuration.drainTime)
    }

    private func finish(_ cell: Int) {
        send(.finish, to: cell)
        let reason = "it did not end when it was asked to"
        timers.add(.kill(cell: cell, reason: reason), at: now + configuration.finishTime)
    }

    /// Ends a cell for what it did; counted once, however many of its workers tell.
    func condemn(_ cell: Int, _ cause: RenewalReason, _ reason: String) {
        guard let process = processes[cell], process.condemned == nil else { return }
        pool.condemn(cell, cause)
        kill(cell, reason)
    }

    func kill(_ cell: Int, _ reason: String) {
        // Once it has been taken back its number may be another process's.
        guard let process = processes[cell], process.condemned == nil, !process.isReaped else {
            return
        }
        process.condemned = reason
        process.child.kill()
    }

    private func tick() {
        timers.add(.tick, at: now + configuration.reportInterval)
        perform(pool.tick())
        removeHeldGroups()
        for process in processes.values { process.packets = 0 }
        for process in processes.values where process.sandbox != nil {
            guard case .pooled = process.role, process.reportsOpen < 2 else { continue }
            process.reportsOpen += 1
            send(.report, to: process.id)
        }
    }

    private func stop(grace: Duration, _ done: @escaping @Sendable () -> Void) {
        whenStopped.append(done)
        guard !pool.isStopped else { return }
        perform(pool.stop())
        stopProbes()
        timers.add(.stopNow, at: now + grace)
    }

    private func report() -> CellReport {
        let views = pool.cells.compactMap { cell in
            processes[cell.id].map { CellView(cell, $0) }
        }
        return CellReport(
            cells: views,
            renewals: pool.renewals,
            left: left,
            probes: probes.count + probes.running
        )
    }
}
