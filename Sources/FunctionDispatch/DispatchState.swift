internal import FunctionModel
internal import NIOCore

/// Everything the dispatcher knows and decides, as one value: pools of workers, calls under way,
/// budgets, timers.
///
/// Its methods change it and say what is to be done; the shell does it after releasing the lock. No
/// clock, no thread, no I/O.
struct DispatchState: Sendable {
    let settings: DispatchSettings
    var pools: [PluginPool] = []
    var freePools: [Int] = []
    var calls: [CallState] = []
    var freeCalls: [Int] = []
    /// Calls under way in all pools.
    var live = 0
    /// Workers of all pools, those that are just ending included.
    var workers = 0
    /// What these workers count.
    var memory = 0
    /// Pools that wanted a worker when there was no room for one.
    var starved: [PoolID] = []
    /// Cells whose memory somebody has destroyed, as it seems, and since when.
    var harmedCells: [Int: NIODeadline] = [:]
    /// Plugins that have crashed, by name.
    var probations: [String: Probation] = [:]
    var timers = DeadlineHeap()
    /// Whether new work is refused because the host is going away.
    var isStopped = false
    /// Whether the present caller is on the loop of the workers that are marked `isHome`.
    var callerIsHome = false

    init(settings: DispatchSettings) { self.settings = settings }

    // MARK: Places

    /// The pool of this id while it exists.
    func index(of pool: PoolID) -> Int? {
        guard pool.index < pools.count, pools[pool.index].id == pool,
            pools[pool.index].phase != .gone
        else { return nil }
        return pool.index
    }

    /// The place of an invocation that is under way.
    func place(of invocation: Invocation) -> Int? {
        calls[invocation.place].invocation === invocation ? invocation.place : nil
    }

    /// The place of an invocation while it is under way with this very job.
    func place(of invocation: Invocation, _ job: WorkerJob) -> Int? {
        guard let call = place(of: invocation), calls[call].job === job else { return nil }
        return call
    }

    /// The place of a worker that has not ended.
    func place(of link: WorkerLink) -> (pool: Int, worker: Int)? {
        guard let pool = index(of: link.pool), pools[pool].workers[link.index].link === link else {
            return nil
        }
        return (pool, link.index)
    }

    /// Takes a free place for a call.
    mutating func reserveCall() -> Int {
        if let place = freeCalls.popLast() { return place }
        calls.append(.free)
        return calls.count - 1
    }

    // MARK: Timers

    /// Has a pool looked at no later than `deadline`.
    mutating func arm(_ pool: Int, _ deadline: NIODeadline, _ out: inout DispatchActions) {
        let earliest = timers.first
        timers.insert(deadline, pool)
        if timers.first != earliest { out.append(.wake(deadline)) }
    }

    // MARK: Ends

    /// Ends a call that no worker holds any more: frees its place and tells its caller.
    mutating func end(
        _ call: Int,
        _ result: InvocationResult,
        via handle: (any WorkerHandle)? = nil,
        _ out: inout DispatchActions
    ) {
        guard let invocation = calls[call].invocation else { return }
        releaseChildren(call, &out)
        leaveSequence(call)
        let pool = calls[call].pool.index
        let ended = EndedCall(
            invocation: invocation,
            result: result,
            attempts: calls[call].attempts,
            log: calls[call].log
        )
        calls[call] = .free
        freeCalls.append(call)
        live -= 1
        pools[pool].live -= 1
        out.append(.end(ended, handle))
        dissolve(pool, &out)
        if isStopped, live == 0 { out.append(.quiet) }
    }

    /// Frees the place of a drained pool that is empty.
    mutating func dissolve(_ pool: Int, _ out: inout DispatchActions) {
        guard case .draining = pools[pool].phase, pools[pool].isEmpty else { return }
        let id = pools[pool].id
        pools[pool].phase = .gone
        pools[pool].gates = []
        pools[pool].workers = []
        pools[pool].freeWorkers = []
        freePools.append(pool)
        out.append(.drained(id))
    }

    /// Cancels what a call has called, when it ends before them.
    mutating func releaseChildren(_ call: Int, _ out: inout DispatchActions) {
        guard !calls[call].children.isEmpty else { return }
        if calls[call].isBlocked { unblock(call) }
        out.append(.cancelChildren(calls[call].children.values.compactMap(\.control)))
        calls[call].children = [:]
    }

    /// Stops lending the place of a call that no longer waits for another.
    mutating func unblock(_ call: Int) {
        let pool = calls[call].pool.index
        pools[pool].blocked -= 1
        pools[pool].gates[calls[call].gate].blocked -= 1
    }
}
