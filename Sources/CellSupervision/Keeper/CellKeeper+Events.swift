internal import CellProtocol
internal import FunctionModel
internal import Logging
internal import Platform

/// What comes from the cells: control packets, output, and their end.
extension CellKeeper {
    func handle(_ event: EventPoll.Event) {
        guard let token = CellToken(rawValue: event.token),
            let process = processes[token.cell]
        else { return }
        switch token.part {
        case .control:
            if event.isWritable { flush(process) }
            if event.isReadable { readControl(process) }
        case .output: if process.outputIsOpen { readOutput(process, turns: 1) }
        case .ended: reap(process)
        }
    }

    func send(_ message: HostMessage, to cell: Int, descriptors: [Descriptor] = []) {
        guard let process = processes[cell] else { return }
        do throws(SystemCallError) {
            let waited = !process.outgoing.isEmpty
            let waits = try process.send(message, descriptors: descriptors)
            if waits != waited { try watch(process, writable: waits) }
        } catch {
            kill(cell, "its control channel failed: \(error)")
        }
    }

    /// Sends an open file; a cell that takes none holds descriptors of this process.
    func handOver(_ file: Descriptor, _ message: HostMessage, to cell: Int) {
        guard processes[cell].map({ $0.outgoing.count < Self.mostOutgoing }) == true else {
            processes[cell]?.isHung = true
            return condemn(cell, .overdue, "it takes none of the files that it has asked for")
        }
        send(message, to: cell, descriptors: [file])
    }

    /// The most packets that may wait for a cell to read.
    private static let mostOutgoing = 1_024

    private func flush(_ process: CellProcess) {
        do throws(SystemCallError) {
            if try !process.flush() { try watch(process, writable: false) }
        } catch {
            kill(process.id, "its control channel failed: \(error)")
        }
    }

    private func watch(_ process: CellProcess, writable: Bool) throws(SystemCallError) {
        guard process.controlIsOpen else { return }
        try inbox.poll.watch(
            process.control.descriptor,
            token: CellToken(process.id, .control).rawValue,
            writable: writable
        )
    }

    private func readControl(_ process: CellProcess) {
        guard process.controlIsOpen else { return }
        for _ in 0..<CellProcess.packetsPerTurn {
            do {
                switch try process.control.receive(maximum: ControlChannel.maximumPacket) {
                case .packet(let packet):
                    try receive(try CellMessage(packet.span.bytes), from: process)
                case .nothing: return
                case .closed: return closeControl(process)
                case .refused: throw ProtocolViolation.tooLong(ControlChannel.maximumPacket + 1)
                }
            } catch {
                closeControl(process)
                violate(process, "\(error)")
                return
            }
        }
    }

    /// A closed channel is the rule by which a cell ends, so it is ended if it doesn't.
    private func closeControl(_ process: CellProcess) {
        process.controlIsOpen = false
        inbox.poll.remove(process.control.descriptor)
        withdraw(process.id, "it closed its control channel")
    }

    /// Gives no more workers to a cell that is ending, as they would be lost at once, and sees to it
    /// that it does end.
    func withdraw(_ cell: Int, _ reason: String) {
        guard let process = processes[cell] else { return }
        if pool[cell]?.isAsked != true { process.isHung = true }
        pool.withdraw(cell)
        timers.add(.kill(cell: cell, reason: reason), at: now + .milliseconds(500))
    }

    private func violate(_ process: CellProcess, _ reason: String) {
        condemn(process.id, .violation, "it broke the protocol: \(reason)")
    }

    private func receive(
        _ message: CellMessage,
        from process: CellProcess
    ) throws(ProtocolViolation) {
        process.packets += 1
        guard process.packets <= configuration.limits.packetsPerTick else {
            throw .unexpected("flood of control packets")
        }
        guard process.sandbox != nil else {
            guard case .hello(let version, let enforced, let missing) = message else {
                throw .unexpected("message before hello")
            }
            return try greet(process, version, enforced, missing)
        }
        switch message {
        case .hello: throw .unexpected("second hello")
        case .workerEnded: break  // The worker's own channel has said it, and is believed.
        case .tainted(let reason):
            process.taints += 1
            guard process.taints <= 1_000 else { throw .unexpected("flood of taints") }
            guard process.taints == 1 else { return }
            logger.warning("cell is tainted: \(reason.prefix(1_000))", metadata: metadata(process))
            perform(pool.renew(process.id, .tainted))
        case .left(let plugin, let bytes, let threads):
            let left = LeftBehind(bytes: Int(clamping: bytes), threads: Int(threads))
            guard plugin.utf8.count <= Self.longestName else {
                throw .badValue("a plugin's name of \(plugin.utf8.count) bytes")
            }
            note(left, by: plugin, process)
        case .yielding(let threads, let yields): settle(threads, yields: yields, of: process)
        case .usage(_, _, let residentBytes, let mappings):
            guard process.reportsOpen > 0 else { throw .unexpected("report") }
            process.reportsOpen -= 1
            perform(
                pool.usage(
                    of: process.id,
                    residentBytes: Int(clamping: residentBytes),
                    mappings: Int(mappings)
                )
            )
        }
    }

    /// Longer than the name of any plugin.
    private static let longestName = 64
    /// So many of one cell's are logged; all are counted.
    private static let leftoversLogged = 100

    /// Notes what an ended worker has left in its cell, where it stays until the cell ends.
    private func note(_ found: LeftBehind, by plugin: String, _ process: CellProcess) {
        process.left.add(found)
        process.leftovers += 1
        // The name is a cell's word, so there is a bound to how many of them there are.
        if left[plugin] != nil || left.count < 10_000 { left[plugin, default: .init()].add(found) }
        guard process.leftovers <= Self.leftoversLogged else { return }
        var metadata = metadata(process)
        metadata["plugin"] = "\(plugin)"
        logger.info("a worker has left \(found.words) behind", metadata: metadata)
    }

    private func greet(
        _ process: CellProcess,
        _ version: UInt32,
        _ enforced: [String],
        _ missing: [String]
    ) throws(ProtocolViolation) {
        guard version == ControlChannel.protocolVersion else {
            throw .badValue("the protocol version \(version) of the cell program")
        }
        process.sandbox = (enforced, missing)
        logger.debug(
            "cell is ready",
            metadata: ["cell": "\(process.id)", "pid": "\(process.child.id)"]
        )
        pool.cellDidStart(process.id)
    }

    private func readOutput(_ process: CellProcess, turns: Int) {
        for _ in 0..<turns {
            switch OutputPipe.read(process.output) {
            case .bytes(let bytes): log(process.lines.append(bytes, now: now), of: process)
            case .nothing: return
            case .closed:
                process.outputIsOpen = false
                inbox.poll.remove(process.output)
                return
            }
        }
    }

    private func log(_ lines: [String], of process: CellProcess) {
        guard !lines.isEmpty else { return }
        let dropped = process.lines.takeDropped()
        if dropped > 0 {
            logger.warning(
                "\(dropped) lines of a cell's output left out",
                metadata: metadata(process)
            )
        }
        for line in lines {
            logger.warning("cell wrote: \(line)", metadata: metadata(process))
        }
    }

    /// Takes an ended process back, after what it has still said.
    private func reap(_ process: CellProcess) {
        guard let end = process.child.reap() else { return }
        process.isReaped = true
        readControl(process)
        if process.outputIsOpen { readOutput(process, turns: 16) }
        log(process.lines.finish(), of: process)
        if process.controlIsOpen { inbox.poll.remove(process.control.descriptor) }
        if process.outputIsOpen { inbox.poll.remove(process.output) }
        inbox.poll.remove(process.child.ended)
        processes[process.id] = nil
        tellEnd(process, end)
        inquire(process, end)
        removeGroup(of: process)
        if case .probe = process.role {
            probeCellDidEnd(process, end)
        } else {
            perform(pool.cellDidEnd(process.id))
        }
    }

    private func tellEnd(_ process: CellProcess, _ end: ChildProcess.End) {
        let isProbe = if case .probe = process.role { true } else { false }
        let isExpected = pool.isStopped || isProbe || pool[process.id]?.isAsked == true
        if let memory = process.group?.memory, memory.kills > 0 {
            let whose = memory.exceededOwnLimit ? "its own limit" : "the budget of all cells"
            logger.error(
                "cell ended for want of memory, \(whose) reached: \(ByteCount(bytes: memory.peak))",
                metadata: metadata(process)
            )
        } else if let reason = process.condemned, !pool.isStopped, !isProbe {
            logger.error("cell was ended: \(reason)", metadata: metadata(process))
        } else if isExpected {
            logger.debug("cell ended: \(end)", metadata: metadata(process))
        } else {
            logger.error("cell ended by itself: \(end)", metadata: metadata(process))
        }
    }

    private func metadata(_ process: CellProcess) -> Logger.Metadata {
        ["cell": "\(process.id)", "pid": "\(process.child.id)"]
    }
}
