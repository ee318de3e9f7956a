internal import FunctionModel
internal import NIOCore
internal import Synchronization

extension Dispatcher {
    /// Refuses new work and waits until what is under way has ended.
    ///
    /// After the timeout it is asked to stop, and a little later given up. In the end every worker
    /// is asked to retire.
    public func drain(timeout: Duration) async {
        await withCheckedContinuation { continuation in
            drain(timeout: timeout) { continuation.resume() }
        }
    }

    /// The same, telling the end on any thread.
    func drain(timeout: Duration, done: @escaping @Sendable () -> Void) {
        let until = now + TimeAmount(timeout)
        let ask = eventLoop.scheduleTask(deadline: until) {
            self.decide { $0.cancelAll(.drain, now: $1, &$2) }
        }
        let abandon = eventLoop.scheduleTask(deadline: until + TimeAmount(settings.backstop)) {
            self.decide { $0.abandonAll(now: $1, &$2) }
        }
        waiters.withLock { waiters in
            waiters.quiet.append {
                ask.cancel()
                abandon.cancel()
                self.decide { $0.retireIdle(&$2) }
                self.alarm.cancel()
                done()
            }
        }
        decide { $0.stop(&$2) }
    }

    func quiet() {
        let waiting = waiters.withLock { waiters in
            defer { waiters.quiet = [] }
            return waiters.quiet
        }
        for waiter in waiting { waiter() }
    }
}
