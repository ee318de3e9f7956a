internal import FunctionModel

extension MemoryState {
    func deadLetters(
        function: FunctionName?,
        after: PageCursor?,
        limit: Int
    ) -> Page<DeadLetter> {
        let limit = StoreBounds.page(limit)
        let start = after.flatMap { Int($0.text) } ?? 0
        let entries = shelf.inOrder { entry in
            entry.delivery.phase == .dead && entry.sequence > start
                && (function == nil || entry.invocation.function == function)
        }
        let shown = entries.prefix(limit)
        let isMore = entries.count > limit
        return Page(
            shown.map(DeadLetter.init),
            next: isMore ? shown.last.map { PageCursor("\($0.sequence)") } : nil
        )
    }

    func deadLetter(_ id: InvocationID) -> DeadLetter? {
        guard let entry = shelf.entries[id], entry.delivery.phase == .dead else { return nil }
        var letter = DeadLetter(entry)
        letter.invocation = entry.invocation
        letter.invocation?.idempotency = nil
        return letter
    }

    /// Queues what is to run because the store has given up an invocation by itself.
    mutating func followUp(_ id: InvocationID, now: WallTime) {
        guard let letter = deadLetter(id) else { return }
        enqueue(followUps: givenUp(letter), now: now)
    }

    mutating func redrive(
        _ selection: DeadLetterSelection,
        _ redrive: Redrive,
        now: WallTime
    ) throws(StoreError) -> Int {
        var time = now + redrive.delay
        let entries = selected(selection, limit: redrive.limit)
            .filter(\.delivery.isRedrivable)
        for entry in entries {
            let isBlocked = shelf.isBlocked(entry)
            try shelf.change(entry.id, now: now) {
                $0.delivery.redrive(redrive, at: time, now: now, isBlocked: isBlocked)
            }
            results[entry.id] = nil
            time = time + redrive.spacing
        }
        return entries.count
    }

    mutating func purge(_ selection: DeadLetterSelection, limit: Int) -> Int {
        let entries = selected(selection, limit: limit)
        for entry in entries { remove(entry) }
        return entries.count
    }

    mutating func remove(_ entry: MemoryEntry) {
        shelf.remove(entry.id)
        results[entry.id] = nil
    }

    private func selected(_ selection: DeadLetterSelection, limit: Int) -> [MemoryEntry] {
        let limit = StoreBounds.page(limit)
        switch selection {
        case .ids(let ids):
            return ids.prefix(limit).compactMap { id in
                shelf.entries[id].flatMap { $0.delivery.phase == .dead ? $0 : nil }
            }
        case .function(let function):
            let dead = shelf.inOrder {
                $0.delivery.phase == .dead && $0.invocation.function == function
            }
            return Array(dead.prefix(limit))
        case .all:
            return Array(shelf.inOrder { $0.delivery.phase == .dead }.prefix(limit))
        }
    }
}

extension DeadLetter {
    fileprivate init(_ entry: MemoryEntry) {
        self.init(
            id: entry.id,
            function: entry.invocation.function,
            reason: entry.delivery.reason ?? .corrupt,
            attempts: entry.delivery.attempt,
            received: entry.received,
            ended: entry.delivery.due
        )
        error = entry.error
    }
}
