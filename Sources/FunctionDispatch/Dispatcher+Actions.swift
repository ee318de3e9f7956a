internal import FunctionModel
internal import NIOCore

extension Dispatcher {
    /// Does what the state asked for, and tells ends last: whoever hears of one may invoke again at
    /// once, and that must not overtake what is to be submitted here.
    ///
    /// - Parameters:
    ///   - actions: What is to be done.
    ///   - isEntering: Whether `invoke` or a control's call is still on the stack, so that ends
    ///     have to be told later.
    func perform(_ actions: DispatchActions, isEntering: Bool = false) {
        guard let first = actions.first else { return }
        guard !actions.more.isEmpty else { return perform(first, isEntering) }
        if !first.isEnd { perform(first, isEntering) }
        for action in actions.more where !action.isEnd { perform(action, isEntering) }
        if first.isEnd { perform(first, isEntering) }
        for action in actions.more where action.isEnd { perform(action, isEntering) }
    }

    private func perform(_ action: DispatchAction, _ isEntering: Bool) {
        switch action {
        case .submit(let worker, let job, let pieces):
            // A confirmed or direct submission: this is the worker's loop.
            worker.submit(job)
            for piece in pieces { worker.sendBody(job, piece.bytes, end: piece.isLast) }
        case .confirm(let worker, let job, let invocation):
            on(worker) { _ in
                self.decide { $0.confirm(invocation, job, now: $1, &$2) }
            }
        case .start(let plan, let link):
            workerHost.startWorker(plan, observer: WorkerRelay(dispatcher: self, link: link))
        case .retire(let worker):
            on(worker) { $0.retire() }
        case .recall(let worker, let job, let invocation):
            on(worker) { worker in
                let wasPossible = worker.recall(job)
                self.decide {
                    $0.recalled(invocation, job, wasPossible: wasPossible, now: $1, &$2)
                }
            }
        case .cancel(let worker, let job, let invocation, let reason):
            on(worker) { worker in
                guard worker.recall(job) else { return worker.cancel(job, reason) }
                self.decide { $0.recalled(invocation, job, wasPossible: true, now: $1, &$2) }
            }
        case .settle(let worker, let link):
            worker.eventLoop.execute { self.decide { $0.settle(link, now: $1, &$2) } }
        case .beginSequence(let invocation, let deadline):
            SequenceRun.begin(invocation, until: deadline, self)
        case .stopSequence(let run, let reason): run.cancel(reason)
        case .cancelChildren(let children):
            for child in children { child.cancel(.caller) }
        case .end(let call, let worker):
            end(call, worker, isEntering)
        case .wake(let deadline):
            alarm.set(deadline, on: eventLoop) { self.decide { $0.tick($1, &$2) } }
        case .warmed(let pool, let refusal): warmed(pool, refusal)
        case .drained(let pool): drained(pool)
        case .renew(let cell): workerHost.renew(harmed: cell)
        case .supervise(let plugin, let change, let function): supervise(plugin, change, function)
        case .quiet: quiet()
        }
    }

    /// Tells the one end of a call: behind its worker's last event, and never while the trigger is
    /// still inside a call of its own.
    private func end(_ call: EndedCall, _ worker: (any WorkerHandle)?, _ isEntering: Bool) {
        let loop = worker?.eventLoop ?? eventLoop
        if !isEntering, loop.inEventLoop { return tell(call) }
        loop.execute { self.tell(call) }
    }

    private func tell(_ call: EndedCall) {
        let invocation = call.invocation
        invocation.entry.meter.ended(invocation.request.trigger, call.result)
        keep(call)
        invocation.observer.invocationDidEnd(call.result)
    }

    /// Acts on a worker: at once on its loop, else there soon.
    func on(
        _ worker: any WorkerHandle,
        _ body: @escaping @Sendable (any WorkerHandle) -> Void
    ) {
        if worker.eventLoop.inEventLoop { return body(worker) }
        worker.eventLoop.execute { body(worker) }
    }
}
