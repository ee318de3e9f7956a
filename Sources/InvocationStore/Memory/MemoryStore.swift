internal import FunctionModel
internal import Synchronization

/// The store without a disk: for tests, and for hosts that don't ask for durability.
///
/// It keeps every rule of the interface but the one that it outlasts the process.
final class MemoryStore: DurableStore {
    private let state: Mutex<MemoryState>
    private let now: @Sendable () -> WallTime
    private let listener = Mutex(EndListener())

    /// An empty store with a clock.
    init(
        now: @escaping @Sendable () -> WallTime,
        givenUp: @escaping GivenUp = { _ in [] }
    ) {
        self.now = now
        var empty = MemoryState()
        empty.givenUp = givenUp
        state = Mutex(empty)
    }

    /// Does something to the state, at one time.
    func with<Value: Sendable>(
        _ body: (inout MemoryState, WallTime) throws(StoreError) -> sending Value
    ) throws(StoreError) -> Value {
        let listener = listener.withLock { $0 }
        var ends: [StoredEnd] = []
        var ready: Set<FunctionName> = []
        var taken: TakenReady?
        defer {
            if !ends.isEmpty { listener.tell(ends) }
            if !ready.isEmpty { listener.taker?.ready(ready, taken) }
        }
        return try state.withLock { state throws(StoreError) in
            defer {
                ready = state.shelf.fresh
                state.shelf.fresh = []
                ends = state.shelf.ends
                if !ends.isEmpty {
                    state.shelf.ends = []
                    state.files.end(ends, now: now())
                }
            }
            let value = try body(&state, now())
            taken = try state.takeReady(listener.taker, now: now())
            return value
        }
    }

    func setTaker(_ taker: any ReadyTaker) { listener.withLock { $0.taker = taker } }

    func observeEnds(_ observer: @escaping EndObserver) {
        listener.withLock { $0.tell = observer }
    }
}
