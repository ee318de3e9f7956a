internal import CCell
internal import CellProtocol
internal import Glibc
internal import Synchronization

/// The process: its control channel, its workers, and the threads that look after them.
///
/// The main thread serves the control channel and buries workers; the supervisor has a thread of its
/// own; every worker has one.
public final class Cell {
    private static let numbers = Atomic<UInt64>(1)

    /// A number that nothing else in this process has.
    static func nextNumber() -> UInt64 {
        numbers.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    let control: ControlPort
    private let ended: Int32
    private let reaper: Reaper
    /// How long threads that a plugin made are waited for when their worker has ended.
    private static let patienceWithSides: Int64 = 200_000_000
    /// How long the destructors of a plugin may run when the body of its worker's thread is left.
    private static let patienceWithExit: Int64 = 400_000_000

    private let overdue = HandedThreads()
    private let abandoned = HandedThreads()
    private let supervisor: Supervisor
    private var workers: [UnsafeMutablePointer<cell_thread>: Worker] = [:]
    private var imageCount: UInt32 = 0
    private var isFinishing = false
    private var strayFaults: UInt32 = 0

    init(control: ControlPort) {
        self.control = control
        ended = cell_wake_make()
        reaper = Reaper(cell: Self.executableName)
        let (overdue, abandoned, ended) = (overdue, abandoned, ended)
        supervisor = Supervisor(
            answer: { thread in
                overdue.add(thread)
                cell_wake_raise(ended)
            },
            abandon: { thread in
                abandoned.add(thread)
                cell_wake_raise(ended)
            },
            tell: { threads, yields in
                control.offer(.yielding(threads: threads, yields: yields))
            }
        )
        cell_install(ended)
        WorkerExecutor.installHooks()
        _ = HostTable.pointer
    }

    private static var executableName: String {
        // Every probe pays for this start; splitting would have the runtime make new types.
        guard let path = CommandLine.arguments.first else { return "" }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    /// Serves the control channel until it closes, which ends the process at once.
    func run() -> Never {
        startSupervisor()
        Canary.start(on: control)
        while true {
            cell_main_is_idle()
            let events = cell_channel_wait(control.descriptor, ended, -1)
            cell_main_is_busy()
            if events & Int32(CELL_WOKEN) != 0 {
                cell_wake_clear(ended)
                buryEnded()
            }
            if events & Int32(CELL_CHANNEL_READY) != 0 { takeMessage() }
            if isFinishing, workers.isEmpty { _exit(0) }
        }
    }

    private func startSupervisor() {
        let retained = Unmanaged.passRetained(supervisor).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Supervisor>.fromOpaque(argument).takeUnretainedValue().run()
            },
            retained
        )
        guard code != 0 else { return }
        // Without it no limit would hold.
        control.send(.tainted(reason: "its supervisor's thread can't be started (error \(code))"))
        _exit(1)
    }

    private func takeMessage() {
        do {
            guard let packet = try control.receive() else { _exit(0) }
            switch packet.message {
            case .start(let worker, let plugin, let entrySymbol, let startTimeout):
                guard packet.descriptors.count == 3 else {
                    throw ProtocolViolation.unexpected("number of descriptors")
                }
                start(
                    Worker(
                        id: worker,
                        plugin: plugin,
                        entrySymbol: entrySymbol,
                        startTimeout: startTimeout,
                        image: packet.descriptors[0],
                        channel: packet.descriptors[1],
                        slots: packet.descriptors[2]
                    ),
                    id: worker
                )
            case .finish: isFinishing = true
            case .report: report()
            case .file(let worker, let sequence, let call):
                guard packet.descriptors.count == 1 else {
                    throw ProtocolViolation.unexpected("number of descriptors")
                }
                let descriptor = packet.descriptors[0]
                hand(.init(sequence: sequence, call: call, descriptor: descriptor), to: worker)
            }
        } catch {
            control.send(.tainted(reason: "the control channel brought a \(error)"))
            _exit(1)
        }
    }

    /// Hands a file to a worker; one that is gone has no use for it.
    private func hand(_ arrival: FileTable.Arrival, to id: UInt32) {
        guard let worker = workers.values.first(where: { $0.id == id }) else {
            close(arrival.descriptor)
            return
        }
        worker.arrive(arrival)
    }

    private func start(_ worker: Worker?, id: UInt32) {
        guard let worker else { return control.send(.workerEnded(worker: id)) }
        imageCount += 1
        workers[worker.thread] = worker
        supervisor.add(worker.thread)
        if !worker.start() {
            Unmanaged.passUnretained(worker).release()
            forget(worker)
            cell_thread_recycle(worker.thread)
        }
    }

    private func forget(_ worker: Worker) {
        workers[worker.thread] = nil
        supervisor.remove(worker.thread)
        close(worker.thread.pointee.channel)
        control.send(.workerEnded(worker: worker.id))
    }

    private func buryEnded() {
        for thread in overdue.take() where cell_load32(&thread.pointee.done) == 0 {
            reaper.answer(for: thread)
        }
        for thread in abandoned.take() { bury(thread, isAbandoned: true) }
        for thread in workers.keys where cell_load32(&thread.pointee.done) != 0 {
            bury(thread, isAbandoned: false)
        }
        sayStrayFaults()
    }

    private func sayStrayFaults() {
        let faults = cell_stray_faults()
        guard faults > strayFaults else { return }
        strayFaults = faults
        control.send(.tainted(reason: "a thread that is no worker's own crashed or was ended"))
    }

    private func bury(_ thread: UnsafeMutablePointer<cell_thread>, isAbandoned: Bool) {
        guard let worker = workers[thread] else { return }
        // Each may wait for a host that doesn't read.
        cell_main_is_busy()
        let isAbandoned = isAbandoned || cell_thread_join(thread, Self.patienceWithExit) != 0
        let sides = cell_sides_stop(thread, Self.patienceWithSides)
        let finding = reaper.bury(thread)
        // Its channel's number may soon be another's.
        if sides > 0 { cell_store32(&thread.pointee.abandoned, 1) }
        worker.loop?.die()
        if let taint = finding.taint {
            control.send(.tainted(reason: "\(worker.plugin): \(taint)"))
        }
        sayStrayFaults()
        let isGone = !isAbandoned && sides == 0
        if !isGone {
            let threads = UInt32(clamping: Int(sides) + (isAbandoned ? 1 : 0))
            control.send(.left(plugin: worker.plugin, bytes: 0, threads: threads))
        }
        if isGone, finding.arenaIsSound { sayWhatIsLeft(by: worker) }
        forget(worker)
        guard isGone else { return }
        worker.files.end()
        // What crashed code may still refer to stays; a worker that returned is whole.
        if thread.pointee.report.kind == CELL_RETURNED {
            worker.releaseAfterReturn()
            Unmanaged.passUnretained(worker).release()
        }
        if finding.arenaIsSound { cell_thread_recycle(thread) }
    }

    private func report() {
        control.send(
            .usage(
                images: imageCount,
                workers: UInt32(workers.count),
                residentBytes: ProcessMemory.residentBytes(),
                mappings: cell_image_mappings()
            )
        )
    }
}

/// Threads on their way from the supervisor to the main thread.
final class HandedThreads: Sendable {
    private let threads = Mutex<[Supervisor.Handed]>([])

    func add(_ thread: Supervisor.Handed) { threads.withLock { $0.append(thread) } }

    func take() -> [UnsafeMutablePointer<cell_thread>] {
        threads.withLock { threads in
            defer { threads.removeAll() }
            return threads.map(\.thread)
        }
    }
}
