internal import FunctionModel
internal import NIOCore

/// How pools share the host's budget when it isn't enough for all.
///
/// Who holds more of it than one that waits would with another worker gives one up, between two calls.
/// What a pool holds is the larger of its parts of memory and of workers.
extension DispatchState {
    /// Whether a pool waits for room that a worker without work could make.
    var isStarving: Bool {
        starved.contains { id in index(of: id).map { !pools[$0].waiting.isEmpty } ?? false }
    }

    /// Starts workers for pools that had to do without, the poorest first.
    mutating func serveStarved(_ now: NIODeadline, _ out: inout DispatchActions) {
        guard !starved.isEmpty else { return }
        let waiting = starved.compactMap { index(of: $0) }.filter { !pools[$0].waiting.isEmpty }
        starved = waiting.map { pools[$0].id }
        for pool in waiting.sorted(by: { share(of: $0) < share(of: $1) }) {
            // Whoever still has to do without comes back.
            starved.removeAll { $0 == pools[pool].id }
            grow(pool, now, &out)
        }
    }

    /// Whether a worker of a pool should make room now, although there is work for it.
    ///
    /// One at a time for each that waits; for one that has no worker at all also among equals, where
    /// its call has waited longer.
    func mustYield(_ pool: Int) -> Bool {
        if memory > settings.memoryBudget.bytes, isOverBudget(pool) { return true }
        guard !starved.isEmpty else { return false }
        let ending = workers - pools.reduce(0) { $0 + $1.alive }
        guard ending < starved.count else { return false }
        let own = share(of: pool)
        return starved.contains { id in
            guard let other = needy(id, beside: pool) else { return false }
            if own > share(of: other, with: 1) { return true }
            guard pools[other].alive == 0 else { return false }
            guard let mine = oldest(pool) else { return true }
            return oldest(other).map { $0 < mine } ?? false
        }
    }

    /// Whether one that waits for room comes before a pool that wants one more worker.
    func isBehind(_ pool: Int) -> Bool {
        guard !starved.isEmpty else { return false }
        let own = share(of: pool, with: 1)
        return starved.contains { id in
            guard let other = needy(id, beside: pool) else { return false }
            let its = share(of: other, with: 1)
            guard own == its, let mine = oldest(pool), let older = oldest(other) else {
                return own > its
            }
            return older < mine
        }
    }

    /// Whether what workers were found to use is too much, and none hold more of it than a pool's.
    private func isOverBudget(_ pool: Int) -> Bool {
        let staying = pools.reduce(0) { sum, pool in
            sum + pool.workers.reduce(0) { $0 + ($1.isStaying ? $1.memory : 0) }
        }
        let own = share(of: pool)
        return staying > settings.memoryBudget.bytes && pools[pool].alive > 1
            && pools.indices.allSatisfy { share(of: $0) <= own }
    }

    /// Notes what a worker has really used; before that it counts a part of what it may.
    mutating func measured(_ pool: Int, _ worker: Int, _ peak: Int) {
        let peak = max(peak, settings.workerMemory.bytes)
        let before = pools[pool].workers[worker].memory
        let isFirst = !pools[pool].workers[worker].isMeasured
        let counted = isFirst ? peak : max(before, peak)
        pools[pool].workers[worker].isMeasured = true
        pools[pool].workers[worker].memory = counted
        memory += counted - before
        pools[pool].workerMemory =
            pools[pool].isMeasured ? max(pools[pool].workerMemory, peak) : peak
        pools[pool].isMeasured = true
    }

    /// A pool that still waits for room and can use it.
    private func needy(_ id: PoolID, beside pool: Int) -> Int? {
        guard let other = index(of: id), other != pool, !pools[other].waiting.isEmpty,
            !pools[other].isQuarantined, pools[other].alive < pools[other].maximumWorkers
        else { return nil }
        return other
    }

    private func share(of pool: Int, with more: Int = 0) -> Double {
        let count = pools[pool].alive + more
        let bytes = count * pools[pool].workerMemory
        return max(
            Double(count) / Double(max(1, settings.maximumWorkers)),
            Double(bytes) / Double(max(1, settings.memoryBudget.bytes))
        )
    }

    private func oldest(_ pool: Int) -> NIODeadline? {
        pools[pool].waiting.compactMap { gate in
            pools[pool].gates[gate].queue.first.map { calls[$0].enqueued }
        }.min()
    }
}
