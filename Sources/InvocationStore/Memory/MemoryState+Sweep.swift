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
        report.deadLetters = removeDead(policy, now: now)
        report.records = removeRecords(policy, now: now)
        let before = keys.count + locks.count
        let keyCount = keys.count
        keys = keys.filter { $0.value.expires > now }
        locks = locks.filter { $0.value.expires > now }
        report.keys = keyCount - keys.count
        report.state = before - keys.count - locks.count - report.keys
        for scope in values.keys {
            let all = values[scope] ?? [:]
            let kept = all.filter { $0.value.expires ?? .never > now }
            report.state += all.count - kept.count
            values[scope] = kept.isEmpty ? nil : kept
        }
        report.isPartial = [
            report.expired, report.results, report.deadLetters, report.records,
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

    private mutating func removeResults(_ policy: RetentionPolicy, now: WallTime) -> Int {
        let bytes = results.values.reduce(0) { $0 + $1.result.body.readableBytes + 128 }
        let limit = bytes > policy.resultBytes.bytes ? now : now - policy.resultAge
        let old = results.filter { id, kept in
            kept.ended <= limit && shelf.entries[id]?.delivery.phase != .dead
        }.sorted { $0.value.ended < $1.value.ended }.prefix(policy.batch)
        for (id, _) in old { results[id] = nil }
        return old.count
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

extension InvocationRecord {
    /// About what it takes.
    fileprivate var approximateSize: Int {
        256 + log.reduce(0) { $0 + $1.message.utf8.count + 64 }
            + (error?.message.utf8.count ?? 0)
    }
}
