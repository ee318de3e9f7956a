internal import FunctionModel
internal import NIOCore

/// Keeps calls from a function that crashes, or that fails more often than it may.
///
/// Closed, calls run. Open, none does, until a pause is over. Half-open, one runs at a time, and its
/// success closes the breaker. The pauses double from one opening to the next.
struct CircuitBreaker: Sendable {
    /// Why calls were kept from it.
    enum Cause: Sendable {
        /// It crashed so often without ten good minutes between; openings for errors don't count.
        case crashes(Int)
        /// So many of a hundred calls failed lately.
        case errors(percent: Int)
    }

    /// Fewer calls say nothing about how often a function fails.
    static let callsForRate = 20

    private var pause = CrashBackoff()
    private var window = ErrorWindow()
    private(set) var cause: Cause?
    /// Crashes, beside which the pause counts openings for errors.
    private var crashes = 0

    /// Whether the last opening has not been followed by a success.
    var isTripped: Bool { cause != nil }

    /// What is left of the pause; `nil` when there is none.
    func remaining(_ now: NIODeadline) -> TimeAmount? { pause.remaining(now) }

    /// Notes a crash; after the first one there is no pause.
    mutating func crashed(_ now: NIODeadline) {
        let before = pause.crashes
        pause.crashed(now)
        if pause.crashes > before { crashes += 1 }
        if pause.remaining(now) != nil { cause = .crashes(crashes) }
    }

    /// Notes a crash that others have paid for: there is a pause from the first one on.
    mutating func harmedOthers(_ now: NIODeadline) {
        pause.opened(now)
        crashes += 1
        cause = .crashes(crashes)
    }

    /// Notes a success.
    mutating func succeeded(_ now: NIODeadline) {
        pause.succeeded(now)
        if pause.crashes == 0 { crashes = 0 }
        if pause.remaining(now) == nil { cause = nil }
    }

    /// Counts a call's end, and opens when more than `percent` of a hundred failed within the last
    /// minute.
    mutating func count(isError: Bool, limit percent: Int, _ now: NIODeadline) {
        window.add(isError: isError, now)
        let isProbe = isTripped && pause.remaining(now) == nil
        let share = window.percent
        guard isError, isProbe || (window.calls >= Self.callsForRate && share > percent) else {
            return
        }
        window = ErrorWindow()
        pause.opened(now)
        cause = .errors(percent: share)
    }

    /// Closes it and forgets everything.
    mutating func reset() { self = CircuitBreaker() }
}

/// Counts calls and errors of the last half to whole minute.
struct ErrorWindow: Sendable {
    private static let half = TimeAmount.seconds(30)

    private var began: NIODeadline?
    private var present = (calls: 0, errors: 0)
    private var before = (calls: 0, errors: 0)

    var calls: Int { present.calls + before.calls }
    /// Errors in a hundred calls.
    var percent: Int { calls == 0 ? 0 : (present.errors + before.errors) * 100 / calls }

    mutating func add(isError: Bool, _ now: NIODeadline) {
        let age = began.map { now - $0 } ?? Self.half * 2
        if age >= Self.half {
            before = age < Self.half * 2 ? present : (0, 0)
            present = (0, 0)
            began = now
        }
        present.calls += 1
        if isError { present.errors += 1 }
    }
}
