internal import NIOCore

/// One deadline that is moved far more often than it passes: moving it later costs nothing.
struct ConnectionTimer {
    /// The instant that counts.
    private(set) var deadline = NIODeadline.distantFuture
    private var scheduled: Scheduled<Void>?
    private var scheduledFor = NIODeadline.distantFuture

    /// Moves the deadline; returns whether a task has to be scheduled for it.
    mutating func move(to deadline: NIODeadline) -> Bool {
        self.deadline = deadline
        guard deadline < scheduledFor else { return false }
        scheduled?.cancel()
        scheduled = nil
        return true
    }

    /// Keeps the task that was scheduled for the deadline.
    mutating func keep(_ task: Scheduled<Void>) {
        scheduled = task
        scheduledFor = deadline
    }

    /// The task has run: whether the deadline has passed.
    mutating func fired(now: NIODeadline) -> Bool {
        scheduled = nil
        scheduledFor = .distantFuture
        return deadline <= now
    }

    /// Gives up.
    mutating func cancel() {
        scheduled?.cancel()
        scheduled = nil
        scheduledFor = .distantFuture
        deadline = .distantFuture
    }
}
