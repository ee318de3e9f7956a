internal import CellProtocol
internal import FunctionModel
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Platform

/// Starting cells, and workers in them.
extension CellKeeper {
    /// Starts a process for the pool; a failure counts as a cell that died at once.
    func spawn(_ cell: Int, _ kind: CellPool.Kind) -> [CellPool.Action] {
        var variables = configuration.environment(cell: cell, kind: "shared")
        var limits = configuration.ceilings.limits(isProbe: false)
        if case .dedicated = kind, let plan = placing {
            variables = environment(cell: cell, dedicatedTo: plan)
            limits = configuration.ceilings.limits(of: plan, workers: 1)
        }
        guard spawn(cell, role: .pooled, variables, limits) else {
            return pool.cellDidEnd(cell)
        }
        return []
    }

    /// Starts a process; false when the system refuses, which is logged.
    func spawn(
        _ cell: Int,
        role: CellProcess.Role,
        _ variables: [String: String],
        _ limits: ControlGroupLimits
    ) -> Bool {
        do throws(SystemCallError) {
            let control = try SocketPair(.packets)
            let output = try OutputPipe()
            let child = try Spawner.spawn(
                configuration.executable,
                arguments: configuration.arguments,
                environment: variables,
                control: control.far,
                output: output.far
            )
            let process = CellProcess(
                id: cell,
                child: child,
                control: ControlSocket(control.near),
                output: output.near,
                role: role,
                now: now
            )
            process.isDedicated = variables["ROOST_CELL_KIND"] == "dedicated"
            processes[cell] = process
            group(process, limits)
            try inbox.poll.add(control.near, token: CellToken(cell, .control).rawValue)
            try inbox.poll.add(output.near, token: CellToken(cell, .output).rawValue)
            try inbox.poll.add(child.ended, token: CellToken(cell, .ended).rawValue)
            return true
        } catch {
            // One that can't be watched must not be waited for.
            if let process = processes.removeValue(forKey: cell) { abandon(process) }
            logger.error("can't start a cell: \(error)", metadata: ["cell": "\(cell)"])
            return false
        }
    }

    private func abandon(_ process: CellProcess) {
        inbox.poll.remove(process.control.descriptor)
        inbox.poll.remove(process.output)
        process.child.end()
        removeGroup(of: process)
    }

    /// Hands a worker to a cell.
    func assign(_ worker: UInt32, to cell: Int) -> [CellPool.Action] {
        guard let start = starts.removeValue(forKey: worker) else { return [] }
        var assignment = WorkerAssignment(worker: worker, cell: cell, plan: start.plan)
        assignment.retireBackstop = configuration.retireTime
        raiseCeiling(of: cell, for: start.plan)
        if let refusal = begin(assignment, observer: start.observer, eventLoop: start.eventLoop) {
            tell(start, .failedToStart(refusal))
            return pool.workerDidEnd(worker, cell: cell)
        }
        return []
    }

    /// Tells whoever wants a worker that there is no cell for it.
    func refuse(_ worker: UInt32) {
        guard let start = starts.removeValue(forKey: worker) else { return }
        let refusal = PluginRefusal(
            kind: "noCell",
            message: "there are already \(configuration.limits.cells) cells; "
                + "retire plugins or let more of them share cells"
        )
        tell(start, .failedToStart(pool.isStopped ? .hostStopping : refusal))
    }

    /// Sends a worker with its image, channel and page to a cell, and opens its channel here.
    ///
    /// - Returns: why that failed, if it did.
    func begin(
        _ assignment: WorkerAssignment,
        observer: any WorkerObserver,
        eventLoop: any EventLoop
    ) -> PluginRefusal? {
        guard let process = processes[assignment.cell] else { return .cellFailed }
        do throws(SystemCallError) {
            let image = try SealedMemory.copy(
                ofFileAt: assignment.imagePath,
                limit: assignment.imageSize,
                name: assignment.plugin
            )
            let channel = try SocketPair(.stream)
            let (page, pageDescriptor) = try SharedPage.make()
            let socket = try channel.near.handOver()
            send(
                assignment.startMessage,
                to: assignment.cell,
                descriptors: [image, channel.far, pageDescriptor]
            )
            let worker = makeWorker(assignment, page, observer, eventLoop)
            worker.lossOfCell = Self.loss(process.group, isDedicated: process.isDedicated)
            process.workers[assignment.worker] = worker
            eventLoop.execute { Self.open(worker, socket) }
            return nil
        } catch {
            return PluginRefusal(
                kind: "cantStart",
                message: "a worker of \(assignment.plugin) can't be started: \(error)"
            )
        }
    }

    private func makeWorker(
        _ assignment: WorkerAssignment,
        _ page: SharedPage,
        _ observer: any WorkerObserver,
        _ eventLoop: any EventLoop
    ) -> CellWorker {
        let inbox = inbox
        let (worker, cell) = (assignment.worker, assignment.cell)
        return CellWorker(
            assignment: assignment,
            eventLoop: eventLoop,
            page: SlotPage(page),
            logger: logger,
            observer: observer
        ) { notice in
            // After the keeper has ended there is no cell left to tell about.
            _ = inbox.post(.notice(notice, worker: worker, cell: cell))
        }
    }

    private static func open(_ worker: CellWorker, _ socket: Int32) {
        worker.expectStart()
        ClientBootstrap(group: worker.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(worker)
                }
            }
            .withConnectedSocket(socket)
            .whenFailure { _ in worker.finish(.cellLost) }
    }

    private func tell(_ start: Start, _ reason: WorkerEnd) {
        start.eventLoop.execute {
            start.observer.workerDidEnd(nil, reason: reason, unstarted: [])
        }
    }
}

extension PluginRefusal {
    /// The cell program itself doesn't run; its output in the log says why.
    static let cellFailed = PluginRefusal(
        kind: "cellFailed",
        message: "no cell could be started; the host's log says why"
    )
}
