internal import FunctionModel
internal import Synchronization

/// Operators who wait until their wish is granted.
final class WishWaiters: Sendable {
    struct Grant: Sendable {
        var run: InvocationID?
        var fate: TickFate?
    }

    private struct Key: Hashable {
        var name: String
        var wish: ScheduleState.Wish
    }

    private struct State {
        var waiting: [Key: [CheckedContinuation<Grant?, Never>]] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Waits for a wish that `ask` utters; `nil` when it won't be granted any more.
    func wait(
        _ name: String,
        _ wish: ScheduleState.Wish,
        ask: () -> Bool
    ) async -> Grant? {
        await withCheckedContinuation { continuation in
            let key = Key(name: name, wish: wish)
            let mayWait = state.withLock { state in
                // Uttered under the lock, so that the answer can't come before the waiting.
                guard !state.isClosed, ask() else { return false }
                state.waiting[key, default: []].append(continuation)
                return true
            }
            if !mayWait { continuation.resume(returning: nil) }
        }
    }

    /// A wish is granted: the first who waits for it hears.
    func granted(
        _ name: String,
        _ wish: ScheduleState.Wish,
        _ run: InvocationID?,
        _ fate: TickFate?
    ) {
        let first = state.withLock { state -> CheckedContinuation<Grant?, Never>? in
            let key = Key(name: name, wish: wish)
            guard let first = state.waiting[key]?.first else { return nil }
            state.waiting[key]?.removeFirst()
            if state.waiting[key]?.isEmpty == true { state.waiting[key] = nil }
            return first
        }
        first?.resume(returning: Grant(run: run, fate: fate))
    }

    /// Lets go of those whose schedule isn't there any more.
    func letGo(where isLost: (String) -> Bool) {
        let lost = state.withLock { state -> [CheckedContinuation<Grant?, Never>] in
            let keys = state.waiting.keys.filter { isLost($0.name) }
            return keys.flatMap { state.waiting.removeValue(forKey: $0) ?? [] }
        }
        for one in lost { one.resume(returning: nil) }
    }

    /// Lets go of all.
    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return state.waiting.values.flatMap(\.self)
        }
        for one in all { one.resume(returning: nil) }
    }
}
