internal import FunctionModel
internal import Logging
internal import Synchronization

extension QueueTrigger {
    /// Takes what commits make ready, for a trigger that may have gone.
    struct Taker: ReadyTaker {
        private weak let trigger: QueueTrigger?

        init(trigger: QueueTrigger) { self.trigger = trigger }

        func wish(for functions: Set<FunctionName>, upTo count: Int?) -> ClaimRequest? {
            trigger?.wish(for: functions, upTo: count)
        }

        func ready(_ functions: Set<FunctionName>, _ taken: TakenReady?) {
            trigger?.ready(functions, taken)
        }
    }

    private func wish(for functions: Set<FunctionName>, upTo count: Int?) -> ClaimRequest? {
        let places = runner.places(of: functions)
        return state.withLock { $0.wish(for: functions, places, upTo: count, now: now()) }
    }

    /// Begins what was taken, and looks for what was not.
    private func ready(_ functions: Set<FunctionName>, _ taken: TakenReady?) {
        let (actions, mayClaim) = state.withLock { state in
            (state.ready(functions, taken, now: now()), !state.candidates.isEmpty)
        }
        for action in actions { perform(action) }
        if taken?.report.claimed.contains(where: { $0.start != nil }) == true {
            setHoldClock()
            Failpoint.holding.pass()
        }
        if mayClaim { signal.yield() }
    }

    // MARK: Holding

    /// Has what is claimed before its time begin at its time.
    func startHoldClock() {
        do {
            try holdClock.start { [weak self] in self?.beginHeld() }
            state.withLock { $0.mayHold = true }
        } catch {
            // Nothing is claimed before its time then.
            logger.error("no thread can be started for what begins at a time: \(error)")
        }
    }

    /// The clock's thread: the time of something has come, or the clock was set.
    private func beginHeld() {
        let present = now()
        let functions = state.withLock { $0.functionsDue(now: present) }
        if !functions.isEmpty {
            let places = runner.places(of: functions)
            for action in state.withLock({ $0.beginHeld(places, now: present) }) {
                perform(action)
            }
        }
        setHoldClock()
    }

    private func setHoldClock() { holdClock.set { state.withLock { $0.holds.first } } }
}
