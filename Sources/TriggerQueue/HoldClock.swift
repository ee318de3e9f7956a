internal import FunctionModel
internal import Platform
internal import Synchronization

/// Rings when the time of what is held has come, on a thread of its own.
final class HoldClock: Sendable {
    private let alarm = Mutex<WallAlarm?>(nil)
    private let isStopped = Atomic<Bool>(false)

    /// Rings from now on.
    ///
    /// - Throws: `SystemCallError` when the process has no thread or descriptor left.
    func start(_ ring: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let alarm = try WallAlarm()
        self.alarm.withLock { $0 = alarm }
        try ServiceThread.start(named: "roost-hold", isUrgent: true) {
            while !self.isStopped.load(ordering: .relaxed) {
                alarm.wait()
                ring()
            }
        }
    }

    /// Has it ring at the time that `next` says; `nil` for never.
    func set(_ next: () -> WallTime?) {
        // Asked under the lock, so that of two who set it the later one knows what both know.
        alarm.withLock { $0?.set(next()?.nanoseconds) }
    }

    /// Rings no more.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        alarm.withLock { $0?.wake() }
    }
}
