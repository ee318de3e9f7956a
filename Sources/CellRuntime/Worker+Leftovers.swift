internal import CCell
internal import CellProtocol

extension Worker {
    /// How long to sleep while threads are waited for.
    private static let step: Int64 = 500_000

    /// Whether threads or tasks of the plugin have something to do.
    ///
    /// A task that sleeps is found when it wakes.
    private var hasLeftovers: Bool {
        cell_load32(&thread.pointee.side_threads) != 0
            || cell_load32(&thread.pointee.side_work) != 0 || loop?.hasWork == true
    }

    /// Gives what an invocation has left running the grace that it would have had itself, and then
    /// the worker up: single threads and tasks can't be stopped.
    func settleLeftovers() {
        guard !allowsBackground, !isSpent, hasLeftovers else { return }
        let end = cell_now() &+ max(thread.pointee.grace, Self.step)
        beginWatch(deadline: end &+ 20 * Self.step, cpuLimit: .max, grace: 0)
        while hasLeftovers, cell_now() < end {
            if let item = loop?.next() {
                perform(item)
            } else {
                _ = cell_channel_wait(-1, loop?.wake ?? -1, Self.step)
                if let loop { cell_wake_clear(loop.wake) }
            }
        }
        endWatch()
        if hasLeftovers { giveUpLeftovers() }
    }

    /// Has the worker end, because what it goes on with has no invocation any more.
    ///
    /// The host is told at once, so that what it has sent meanwhile is run elsewhere.
    func giveUpLeftovers() {
        isSpent = true
        log(
            level: 3,
            text: "The worker is replaced: threads or tasks of it went on after their invocation"
                + " had ended. A plugin whose work may do so declares 'background'"
        )
        send { LeaveFrame(code: .succeeded).write(to: &$0) }
    }
}
