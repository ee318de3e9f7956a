internal import FunctionModel
internal import Logging
internal import Platform
internal import Synchronization

/// What is due begins first, and what can't just begin is decided after it.
extension CronTrigger {
    /// The most schedules whose ticks are decided in one commit.
    private static let batch = 512
    /// The most ticks that are worked out and wait: for their time, or for what begins before them.
    private static let mostWaiting = 8_192
    /// So long before its time a tick is set up, or at least worked out, so that little is left then.
    private static let ahead = Duration.milliseconds(50)

    /// Decides what is due, and sets up what will be in a moment.
    func decideAll() async {
        var pause = Duration.milliseconds(100)
        var waiting: [CronState.Asked] = []
        while !Task.isCancelled {
            if clock.withLock({ $0.look(now()) }) {
                logger.warning("the clock was set, or the machine slept")
                let early = waiting + takeAllPrepared()
                waiting = []
                state.withLock { state in
                    state.failed(early)
                    state.clockWasSet(now: now())
                }
            }
            if waiting.count < Self.mostWaiting { waiting += await begin { takeDue(by: now()) } }
            waiting = await beginWaiting(waiting)
            guard !waiting.isEmpty, !state.withLock({ $0.isDraining }) else { break }
            let asked = Array(waiting.prefix(Self.batch))
            waiting.removeFirst(asked.count)
            do {
                let verdicts = try await ledger.decide(asked.map(\.change), bounds: bounds)
                takeIn(asked, verdicts)
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

    /// Sets up what is due in a moment; returns when to go on.
    private func prepareNext() async -> WallTime? {
        while true {
            let due = state.withLock { $0.due() }
            let early = prepared.withLock { $0 }
            guard let due else { return early?.due }
            let left = due - now()
            guard left > .zero, left <= Self.ahead, early.map({ $0.due == due }) ?? true,
                early?.asked.count ?? 0 < Self.mostWaiting
            else {
                let next = left > Self.ahead ? due + (.zero - Self.ahead) : due
                return min(next, early?.due ?? next)
            }
            let rest = await begin { takeAhead(due) }
            guard !rest.isEmpty else { continue }
            prepared.withLock { $0 = (due, (early?.asked ?? []) + rest) }
        }
    }

    // MARK: Beginning

    /// Has ticks begin, batch after batch, and returns those that have to be decided otherwise; no more
    /// batches are taken when there are so many of them.
    ///
    /// While one batch is written the next is worked out.
    private func begin(
        until most: Int = mostWaiting,
        _ next: () -> [CronState.Asked]
    ) async -> [CronState.Asked] {
        var rest: [CronState.Asked] = []
        var written: Task<[CronState.Asked], Never>?
        while true {
            let asked = rest.count < most ? next() : []
            let following = asked.isEmpty ? nil : Task { await begin(asked) }
            if let written { rest += await written.value }
            guard following != nil else { return rest }
            written = following
        }
    }

    /// Tries ticks again for which there was no place, as long as many find one; returns the others.
    private func beginWaiting(_ asked: [CronState.Asked]) async -> [CronState.Asked] {
        var waiting = asked
        while !waiting.isEmpty, !Task.isCancelled {
            var left = waiting[...]
            // All of them: what isn't asked for here is in nobody's hands.
            let rest = await begin(until: .max) {
                defer { left = left.dropFirst(Self.batch) }
                return Array(left.prefix(Self.batch))
            }
            let begun = waiting.count - rest.count
            waiting = rest
            guard begun > waiting.count / 8 else { break }
        }
        return waiting
    }

    private func begin(_ asked: [CronState.Asked]) async -> [CronState.Asked] {
        let plain = asked.filter(\.isPlain)
        guard !plain.isEmpty, !state.withLock({ $0.isDraining }) else { return asked }
        do {
            let verdicts = try await ledger.begin(plain.map(\.change))
            let answers = zip(plain, verdicts)
            let begun = answers.filter { !$1.isEarly }
            takeIn(begun.map(\.0), begun.map(\.1))
            return asked.filter { !$0.isPlain } + answers.filter { $1.isEarly }.map(\.0)
        } catch {
            logger.warning("ticks can't begin now: \(error)")
            return asked
        }
    }

    /// What is due by a time, and what was left for it.
    private func takeDue(by time: WallTime) -> [CronState.Asked] {
        let early = prepared.withLock { prepared -> [CronState.Asked] in
            guard var early = prepared, early.due <= time else { return [] }
            let taken = early.asked.prefix(Self.batch)
            early.asked.removeFirst(taken.count)
            prepared = early.asked.isEmpty ? nil : early
            return Array(taken)
        }
        guard early.isEmpty else { return early }
        return workedOut(state.withLock { $0.take(now: time, limit: Self.batch) })
    }

    /// What is due at a time that is yet to come, as long as nothing is due before.
    private func takeAhead(_ due: WallTime) -> [CronState.Asked] {
        guard now() < due else { return [] }
        return workedOut(
            state.withLock { $0.due() == due ? $0.take(now: due, limit: Self.batch) : [] }
        )
    }

    private func workedOut(_ asked: [CronState.Asked]) -> [CronState.Asked] {
        zip(asked, ledger.prepare(asked.map(\.change))).map { asked, change in
            CronState.Asked(change: change, wish: asked.wish)
        }
    }

    private func takeAllPrepared() -> [CronState.Asked] {
        prepared.withLock { prepared in
            defer { prepared = nil }
            return prepared?.asked ?? []
        }
    }

    // MARK: Answers

    private func takeIn(_ asked: [CronState.Asked], _ verdicts: [ScheduleVerdict]) {
        state.withLock { $0.answered(asked, verdicts) }
        tell(asked, verdicts)
        letGoOfLost()
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

extension CronState.Asked {
    /// Whether it is one tick that has a time at which it begins.
    fileprivate var isPlain: Bool { change.ticks.count == 1 && change.ticks[0].start != nil }
}

extension ScheduleVerdict {
    fileprivate var isEarly: Bool { if case .early = self { true } else { false } }
}
