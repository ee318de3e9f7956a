internal import FunctionModel
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
        if mayClaim { signal.yield() }
    }
}
