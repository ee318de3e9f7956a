internal import FunctionModel
internal import Logging
internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

/// Finding out why cells ended, and who ran in them.
extension CellKeeper {
    /// An ended cell some of whose channels have not yet said what had started there.
    struct Obituary {
        var incident: CellIncident
        var open: Set<UInt32>
    }

    /// How long the channels of an ended cell are waited for.
    private static let patienceWithChannels = Duration.seconds(1)

    /// Tells of a cell that ended although nobody had asked it to.
    func inquire(_ process: CellProcess, _ end: ChildProcess.End) {
        guard let cause = cause(process, end) else { return }
        var incident = CellIncident(
            cell: process.id,
            isDedicated: process.isDedicated,
            cause: cause,
            suspects: []
        )
        incident.suspects =
            if let culprit = process.culprit { [culprit] } else { process.suspects }
        let open = process.culprit == nil ? Set(process.workers.keys) : []
        obituaries[process.id] = Obituary(incident: incident, open: open)
        guard !open.isEmpty else { return publish(process.id) }
        timers.add(.publish(cell: process.id), at: now + Self.patienceWithChannels)
    }

    /// A worker's channel is closed, and this is who ran there if its cell ended under it.
    func note(_ suspect: CellIncident.Suspect?, _ worker: UInt32, of cell: Int) {
        if let process = processes[cell] {
            process.workers[worker] = nil
            if let suspect { process.suspects.append(suspect) }
            return
        }
        guard obituaries[cell]?.open.remove(worker) != nil else { return }
        if let suspect { obituaries[cell]?.incident.suspects.append(suspect) }
        if obituaries[cell]?.open.isEmpty == true { publish(cell) }
    }

    /// Hands over what is known of an ended cell.
    func publish(_ cell: Int) {
        guard let incident = obituaries.removeValue(forKey: cell)?.incident else { return }
        let names = Set(incident.suspects.map { $0.function?.description ?? $0.plugin }).sorted()
        if incident.accuses, !names.isEmpty {
            logger.warning(
                "running in the cell when it ended: \(names.joined(separator: ", "))",
                metadata: ["cell": "\(cell)"]
            )
        }
        tellIncident(incident)
    }

    private func cause(_ process: CellProcess, _ end: ChildProcess.End) -> CellIncident.Cause? {
        guard case .pooled = process.role, !pool.isStopped else { return nil }
        if process.culprit != nil { return .violation }
        if let memory = process.group?.memory, memory.kills > 0 { return .memory }
        // Memory that somebody destroyed may show in this alone.
        if process.isHung, process.condemned != nil { return .unresponsive }
        // What the host has ended for its own reasons is nobody's doing.
        guard process.condemned == nil, pool[process.id]?.isAsked != true else { return nil }
        switch end {
        case .exited(let code): return .exit(code: code)
        case .signaled(let number):
            return Self.fromOutside.contains(number)
                ? .outside(signal: number) : .fault(signal: number)
        }
    }

    /// Signals that no fault brings and that plugins can't send to their own cell.
    private static let fromOutside: Set<Int32> = [SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT]
}
