internal import FunctionModel
internal import NIOCore
internal import Platform

/// Probing plugins in throw-away cells.
extension CellKeeper {
    func enqueue(_ request: ProbeRequest, _ eventLoop: any EventLoop) {
        guard !pool.isStopped else { return request.completion(.failure(.hostStopping)) }
        guard probes.append((request, eventLoop)) else {
            let refusal = PluginRefusal(
                kind: "tooManyProbes",
                message: "\(probes.count) plugins already wait to be inspected; try again later"
            )
            return request.completion(.failure(refusal))
        }
        startProbes()
    }

    private func startProbes() {
        while let (request, eventLoop) = probes.next() {
            guard let cell = takeProbeCell() else {
                probes.finish()
                request.completion(.failure(.cellFailed))
                continue
            }
            processes[cell]?.role = .probe(request)
            let assignment = WorkerAssignment(worker: newWorker(), cell: cell, probe: request)
            let inbox = inbox
            let observer = ProbeObserver { result in
                // After the keeper has ended every probe has been answered.
                _ = inbox.post(.probeEnded(cell: cell, result))
            }
            if let refusal = begin(assignment, observer: observer, eventLoop: eventLoop) {
                endProbe(cell, .failure(refusal))
            }
        }
    }

    /// Answers a probe and ends its cell.
    func endProbe(_ cell: Int, _ result: Result<ProbeRequest.Finding, PluginRefusal>) {
        guard let process = processes[cell], case .probe(let request?) = process.role else {
            return
        }
        process.role = .probe(nil)
        request.completion(result)
        probes.finish()
        kill(cell, "its probe is over")
        startProbes()
    }

    /// A probe's cell is gone: by our hand, or by its plugin's.
    func probeCellDidEnd(_ process: CellProcess, _ end: ChildProcess.End) {
        if warmProbe == process.id { warmProbe = nil }
        guard case .probe(let request?) = process.role else { return }
        let cause = process.condemned.map { "its process was ended: \($0)" } ?? "its process \(end)"
        let refusal = PluginRefusal(
            kind: "startCrashed",
            message: "the plugin did not survive its start: \(cause)"
        )
        probes.finish()
        request.completion(.failure(refusal))
        startProbes()
    }

    /// A probe's worker has closed its channel.
    ///
    /// Its answer, if it gave one, has been heard before; a
    /// plugin that closes descriptors which aren't its own gives none, and its cell may live on.
    func endProbeOfClosedChannel(_ cell: Int) {
        guard case .probe(.some) = processes[cell]?.role else { return }
        let reason = "its channel was closed before it had started"
        timers.add(.kill(cell: cell, reason: reason), at: now + .milliseconds(500))
    }

    func stopProbes() {
        for (request, _) in probes.drain() { request.completion(.failure(.hostStopping)) }
        for process in processes.values {
            guard case .probe(let request) = process.role else { continue }
            request?.completion(.failure(.hostStopping))
            process.role = .probe(nil)
            kill(process.id, "the host stops")
        }
    }

    /// Takes the cell that stands ready for a probe, or a new one, and starts the next.
    private func takeProbeCell() -> Int? {
        let cell = warmProbe ?? startProbeCell()
        warmProbe = pool.isStopped ? nil : startProbeCell()
        return cell
    }

    private func startProbeCell() -> Int? {
        let cell = pool.newID()
        let variables = configuration.environment(cell: cell, kind: "probe")
        let limits = configuration.ceilings.limits(isProbe: true)
        return spawn(cell, role: .probe(nil), variables, limits) ? cell : nil
    }
}

/// Hears of a probe's worker.
private final class ProbeObserver: WorkerObserver {
    private let completion: @Sendable (Result<ProbeRequest.Finding, PluginRefusal>) -> Void

    init(completion: @escaping @Sendable (Result<ProbeRequest.Finding, PluginRefusal>) -> Void) {
        self.completion = completion
    }

    func workerDidStart(_ worker: any WorkerHandle) {
        guard let worker = worker as? CellWorker else { return }
        let finding = ProbeRequest.Finding(
            manifest: worker.manifest ?? ByteBuffer(),
            load: worker.load,
            start: worker.start
        )
        completion(.success(finding))
    }

    func workerDidEnd(
        _ worker: (any WorkerHandle)?,
        reason: WorkerEnd,
        unstarted: [WorkerJob]
    ) {
        // Any other end comes with the end of its cell, which says more.
        if case .failedToStart(let refusal) = reason { completion(.failure(refusal)) }
    }
}
