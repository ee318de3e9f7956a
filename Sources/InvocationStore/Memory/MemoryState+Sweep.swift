internal import FunctionModel
internal import NIOCore

extension MemoryState {
    mutating func sweep(
        _ policy: RetentionPolicy,
        now: WallTime
    ) throws(StoreError) -> SweepReport {
        var report = SweepReport()
        report.expired = try expireWaiting(policy.batch, now: now)
        report.results = removeOver(policy, now: now) + removeResults(policy, now: now)
        report.results += shrinkResults(to: policy.resultBytes, isDead: false, policy.batch)
        report.results += shrinkResults(to: policy.deadLetterBytes, isDead: true, policy.batch)
        report.deadLetters = removeDead(policy, now: now)
        report.records = removeRecords(policy, now: now)
        report.keys = removeKeys(policy.batch, now: now)
        report.state = locks.count
        locks = locks.filter { $0.value.expires > now }
        report.state -= locks.count
        for scope in values.keys {
            let all = values[scope] ?? [:]
            let kept = all.filter { $0.value.expires ?? .never > now }
            report.state += all.count - kept.count
            values[scope] = kept.isEmpty ? nil : kept
        }
        report.ticks = removeTicks(policy, now: now)
        report.isPartial = [
            report.expired, report.results, report.deadLetters, report.records, report.keys,
            report.ticks,
        ].contains { $0 >= policy.batch }
        return report
    }

    private mutating func expireWaiting(_ limit: Int, now: WallTime) throws(StoreError) -> Int {
        let late = shelf.inOrder { $0.delivery.phase.isWaiting && $0.delivery.expires <= now }
            .prefix(limit)
        for entry in late {
            try shelf.change(entry.id, now: now) { _ = $0.delivery.expire(now: now) }
            followUp(entry.id, now: now)
        }
        return late.count
    }

    private mutating func removeOver(_ policy: RetentionPolicy, now: WallTime) -> Int {
        let old = shelf.inOrder { entry in
            [.succeeded, .cancelled].contains(entry.delivery.phase)
                && entry.delivery.due <= now - policy.resultAge
        }.prefix(policy.batch)
        for entry in old { remove(entry) }
        return old.count
    }

    private mutating func removeDead(_ policy: RetentionPolicy, now: WallTime) -> Int {
        let old = shelf.inOrder { entry in
            entry.delivery.phase == .dead && entry.delivery.due <= now - policy.deadLetterAge
        }.prefix(policy.batch)
        for entry in old { remove(entry) }
        return old.count
    }

    private mutating func removeKeys(_ limit: Int, now: WallTime) -> Int {
        let old = keys.filter { $0.value.expires <= now }
            .sorted { $0.value.expires < $1.value.expires }.prefix(limit)
        for (key, _) in old { keys[key] = nil }
        return old.count
    }

    private mutating func removeResults(_ policy: RetentionPolicy, now: WallTime) -> Int {
        let old = resultsInOrder(areDead: false)
            .prefix { $0.kept.ended <= now - policy.resultAge }.prefix(policy.batch)
        for (id, _) in old { results[id] = nil }
        return old.count
    }

    /// Removes the oldest results, as many as it takes; of dead letters the letters stay.
    private mutating func shrinkResults(to bound: ByteCount, isDead: Bool, _ limit: Int) -> Int {
        let all = resultsInOrder(areDead: isDead)
        var surplus = all.reduce(-bound.bytes) { $0 + $1.kept.size }
        var count = 0
        for (id, kept) in all.prefix(limit) where surplus > 0 {
            results[id] = nil
            surplus -= kept.size
            count += 1
        }
        return count
    }

    private func resultsInOrder(
        areDead: Bool
    ) -> [(id: InvocationID, kept: KeptResult)] {
        results.filter { id, _ in (shelf.entries[id]?.delivery.phase == .dead) == areDead }
            .map { (id: $0.key, kept: $0.value) }
            .sorted { $0.kept.ended < $1.kept.ended }
    }

    private mutating func removeRecords(_ policy: RetentionPolicy, now: WallTime) -> Int {
        let bytes = records.values.reduce(0) { $0 + $1.approximateSize }
        let limit = bytes > policy.recordBytes.bytes ? now : now - policy.recordAge
        let old = records.filter { WallTime(seconds: $0.value.received) <= limit }
            .sorted { $0.value.received < $1.value.received }.prefix(policy.batch)
        for (id, _) in old {
            records[id] = nil
            recordOrder[id] = nil
        }
        return old.count
    }
}

extension MemoryState.KeptResult {
    /// About what it takes.
    fileprivate var size: Int { result.body.readableBytes + 128 }
}

extension InvocationRecord {
    /// About what it takes.
    fileprivate var approximateSize: Int {
        256 + log.reduce(0) { $0 + $1.message.utf8.count + 64 }
            + (error?.message.utf8.count ?? 0)
    }
}
