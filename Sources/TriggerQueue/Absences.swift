internal import FunctionModel

/// Functions that sequences need and that weren't served when they were tried, and since when.
struct Absences: Sendable {
    private var since: [FunctionName: WallTime] = [:]
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// A function was tried.
    mutating func note(_ function: FunctionName, isAbsent: Bool, now: WallTime) {
        guard isAbsent else {
            since[function] = nil
            return
        }
        // After a step of the clock backwards it counts anew.
        if let first = since[function], first <= now { return }
        if since.count >= limit { since = [:] }
        since[function] = now
    }

    /// Whether a function has been absent for so long.
    func have(_ function: FunctionName, lasted length: Duration, now: WallTime) -> Bool {
        since[function].map { now - $0 >= length } ?? false
    }
}
