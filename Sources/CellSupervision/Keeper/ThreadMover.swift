internal import Dispatch
internal import Platform
internal import Synchronization

/// Moves threads between control groups on a thread of its own: the kernel takes ten milliseconds for
/// each, in which the keeper would hear of no crash.
final class ThreadMover: Sendable {
    private struct Wish {
        var group: ControlGroup
        var yields: Bool
    }

    /// The most threads that wait to be moved; one that finds no room stays where it is.
    private static let most = 4_096

    /// By thread: whoever changes its mind before its turn is moved once.
    private let wishes = Mutex<[Int32: Wish]>([:])
    private let queue = DispatchQueue(label: "roost.cells.yielding")

    /// Has a thread go behind everybody else's, or come back.
    func move(_ thread: Int32, of group: ControlGroup, yields: Bool) {
        let isNew = wishes.withLock { wishes in
            guard wishes[thread] != nil || wishes.count < Self.most else { return false }
            return wishes.updateValue(Wish(group: group, yields: yields), forKey: thread) == nil
        }
        if isNew { queue.async { [self] in carryOut(thread) } }
    }

    private func carryOut(_ thread: Int32) {
        guard let wish = wishes.withLock({ $0.removeValue(forKey: thread) }) else { return }
        // One that has ended in the meantime can't be moved, and need not be; its niceness holds
        // where the kernel refuses.
        _ = Result { () throws(SystemCallError) in
            try wish.group.move(thread: thread, yields: wish.yields)
        }
    }
}
