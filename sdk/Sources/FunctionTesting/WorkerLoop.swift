internal import Dispatch
internal import Glibc
internal import Synchronization

/// The worker's thread of a test host: runs calls and tasks, and jumps its clock instead of waiting.
///
/// Time stands still while there is work. When there is none, `idle` may bring some (a piece of a
/// request body, a reader that has caught up); then the earliest timer is due at once.
final class WorkerLoop: TaskExecutor, Sendable {
    private enum Work {
        case task(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct Timer {
        var due: Duration
        var body: @Sendable () -> Void
    }

    private struct State {
        var work: [Work] = []
        var timers: [Timer] = []
        var now = Duration.zero
        var idle: (@Sendable () -> Bool)?
        var thread: pthread_t?
        var stopped = false
    }

    private enum Step {
        case run(Work)
        case idle(@Sendable () -> Bool)
        case fire(Timer)
        case wait
        case stop
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    /// Starts the thread, which ends after `stop`.
    init() {
        let argument = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument {
                    Unmanaged<WorkerLoop>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            argument
        )
        precondition(code == 0, "no thread for the test host: error \(code)")
        pthread_detach(thread)
    }

    /// The fake clock.
    var now: Duration { state.withLock { $0.now } }

    /// Whether this is the worker's thread.
    var isCurrent: Bool { state.withLock { $0.thread == pthread_self() } }

    /// Runs a closure on the thread, soon.
    func post(_ body: @escaping @Sendable () -> Void) { add(.call(body)) }

    /// Runs a task's job on the thread, soon.
    func enqueue(_ job: consuming ExecutorJob) { add(.task(UnownedJob(job))) }

    /// Runs a closure when the clock has reached `now + delay`.
    func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.timers.append(Timer(due: $0.now + delay, body: body)) }
        wake.signal()
    }

    /// Moves the clock; what has become due runs on the thread.
    func advance(by duration: Duration) {
        state.withLock { state in
            state.now += duration
            let due = state.timers.filter { $0.due <= state.now }.sorted { $0.due < $1.due }
            state.timers.removeAll { $0.due <= state.now }
            state.work += due.map { .call($0.body) }
        }
        wake.signal()
    }

    /// Sets what brings work when there is none; it says whether it did.
    func onIdle(_ body: (@Sendable () -> Bool)?) { state.withLock { $0.idle = body } }

    /// Ends the thread.
    func stop() {
        state.withLock { $0.stopped = true }
        wake.signal()
    }

    /// Does one thing, and waits for it where there is none.
    @discardableResult
    func step() -> Bool {
        switch next() {
        case .run(.task(let job)): job.runSynchronously(on: asUnownedTaskExecutor())
        case .run(.call(let body)): body()
        case .fire(let timer): timer.body()
        case .idle(let body): if !body() { fireEarliestOrWait() }
        case .wait: wake.wait()
        case .stop: return false
        }
        return true
    }

    private func run() {
        state.withLock { $0.thread = pthread_self() }
        while step() {}
    }

    private func add(_ work: Work) {
        state.withLock { $0.work.append(work) }
        wake.signal()
    }

    private func next() -> Step {
        state.withLock { state in
            if state.stopped { return .stop }
            if !state.work.isEmpty { return .run(state.work.removeFirst()) }
            if let idle = state.idle { return .idle(idle) }
            return Self.earliest(&state).map(Step.fire) ?? .wait
        }
    }

    private func fireEarliestOrWait() {
        let (timer, isFree) = state.withLock { state in
            (state.work.isEmpty ? Self.earliest(&state) : nil, state.work.isEmpty)
        }
        if let timer { timer.body() } else if isFree { wake.wait() }
    }

    private static func earliest(_ state: inout State) -> Timer? {
        guard
            let index = state.timers.indices.min(by: { state.timers[$0].due < state.timers[$1].due }
            )
        else { return nil }
        let timer = state.timers.remove(at: index)
        state.now = max(state.now, timer.due)
        return timer
    }
}
