internal import NIOCore
internal import Synchronization

/// The one timer of a dispatcher: set to the earliest instant that anybody asked for.
final class Alarm: Sendable {
    private let set = Mutex<(deadline: NIODeadline, task: Scheduled<Void>)?>(nil)

    /// Has `ring` called on the loop at `deadline`, unless that happens earlier anyway.
    func set(
        _ deadline: NIODeadline,
        on loop: any EventLoop,
        _ ring: @escaping @Sendable () -> Void
    ) {
        set.withLock { set in
            if let present = set, present.deadline <= deadline { return }
            set?.task.cancel()
            let task = loop.scheduleTask(deadline: deadline) { [weak self] in
                self?.clear(deadline)
                ring()
            }
            set = (deadline, task)
        }
    }

    private func clear(_ deadline: NIODeadline) {
        set.withLock { set in
            if set?.deadline == deadline { set = nil }
        }
    }

    /// Rings no more.
    func cancel() {
        set.withLock { set in
            set?.task.cancel()
            set = nil
        }
    }
}
