internal import FunctionModel

/// Decides which cell takes a worker, and when a cell has to be renewed, replaced or ended.
///
/// A value without processes, threads or clocks; the keeper carries out the actions it returns.
struct CellPool {
    /// What a cell is there for.
    enum Kind: Hashable {
        /// Stands ready and holds nothing.
        case spare
        /// Holds plugins with `isolation: thread`.
        case shared
        /// Holds the workers of one plugin version.
        case dedicated(String)
    }

    /// How far a cell has come.
    enum Phase: Hashable {
        /// Has not said hello; takes work all the same, which waits in its socket.
        case starting
        /// Takes work.
        case ready
        /// Keeps its workers until they have moved, and takes no more.
        case draining
        /// Has been told to end.
        case finishing
    }

    /// What the keeper is to do.
    enum Action: Equatable {
        /// Start a process.
        case spawn(Int, Kind)
        /// Hand a worker to a cell.
        case assign(worker: UInt32, cell: Int)
        /// There is no room for the worker.
        case refuse(worker: UInt32)
        /// Ask the workers of a cell to move elsewhere.
        case move(Int, RenewalReason)
        /// Ask a cell without workers to end.
        case finish(Int)
        /// End a cell at once.
        case kill(Int, String)
        /// Look again for a missing spare, after a pause that grows with `failures`.
        case pauseThenRefill(failures: Int)
    }

    struct Cell: Equatable {
        let id: Int
        var kind: Kind
        var phase = Phase.starting
        var isTainted = false
        var workers: Set<UInt32> = []
        /// Images given to it since it started, never fewer for workers that ended.
        var images = 0
        var residentBytes = 0
        /// Resident memory at the first report.
        var residentAtFirst: Int?
        /// Ticks for which it has had no worker.
        var idleTicks = 0
        /// Ticks since it last answered.
        var silentTicks = 0
        /// Whether it ended, or is being ended, for a reason of its own.
        var hasFailed = false

        /// Whether it went before it was asked to.
        var isLost = false
        /// Whether it ends because it was asked to.
        var isAsked: Bool { phase == .finishing && !isLost }

        var isTaking: Bool { phase == .starting || phase == .ready }
    }

    let limits: CellLimits
    private(set) var cells: [Cell] = []
    /// Renewals and replacements so far, by reason.
    private(set) var renewals: [String: Int] = [:]
    private(set) var isStopped = false
    private var nextID = 1
    /// Cells, in a row, that ended by themselves or broke a rule before they had given a report.
    private var startFailures = 0
    private var refillIsPending = false

    init(limits: CellLimits = CellLimits()) { self.limits = limits }

    /// The cell with a number; `nil` when it has ended.
    subscript(id: Int) -> Cell? { cells.first { $0.id == id } }

    /// Numbers a cell that the pool doesn't manage.
    mutating func newID() -> Int {
        defer { nextID += 1 }
        return nextID
    }

    /// Finds a cell for a worker; `dedicatedTo` names the plugin version that gets its own.
    mutating func place(_ worker: UInt32, dedicatedTo key: String?) -> [Action] {
        guard !isStopped else { return [.refuse(worker: worker)] }
        var actions: [Action] = []
        let kind = key.map(Kind.dedicated) ?? .shared
        guard let index = takingCell(kind) ?? provide(kind, &actions) else {
            return [.refuse(worker: worker)]
        }
        cells[index].workers.insert(worker)
        cells[index].images += 1
        cells[index].idleTicks = 0
        actions.append(.assign(worker: worker, cell: cells[index].id))
        if cells[index].images >= limits.imagesTotal {
            actions += renew(cells[index].id, .images)
        }
        return actions + refill()
    }

    /// A worker's channel has closed.
    mutating func workerDidEnd(_ worker: UInt32, cell id: Int) -> [Action] {
        guard let index = index(id) else { return [] }
        cells[index].workers.remove(worker)
        return finishIfEmpty(index)
    }

    /// A cell has said hello.
    mutating func cellDidStart(_ id: Int) {
        guard let index = index(id), cells[index].phase == .starting else { return }
        cells[index].phase = .ready
        cells[index].silentTicks = 0
    }

    /// A cell's process is gone, for whatever reason.
    mutating func cellDidEnd(_ id: Int) -> [Action] {
        guard let index = index(id) else { return [] }
        let cell = cells.remove(at: index)
        // One that lived until its first report was of some use; one that didn't would only be
        // followed by more of its kind, as fast as processes can be started.
        if cell.residentAtFirst == nil, cell.isTaking || cell.hasFailed { startFailures += 1 }
        if cell.isTaking, !isStopped { count(.died) }
        return refill()
    }

    /// Starts a spare when there is none and the last ones didn't fail.
    mutating func refill() -> [Action] {
        guard !isStopped, !cells.contains(where: { $0.kind == .spare && $0.isTaking }) else {
            return []
        }
        guard startFailures == 0 else {
            guard !refillIsPending else { return [] }
            refillIsPending = true
            return [.pauseThenRefill(failures: startFailures)]
        }
        guard cells.count < limits.cells else { return [] }
        return [add(.spare)]
    }

    /// The pause of `pauseThenRefill` is over.
    mutating func refillAfterPause() -> [Action] {
        refillIsPending = false
        guard !isStopped, !cells.contains(where: { $0.kind == .spare && $0.isTaking }),
            cells.count < limits.cells
        else { return [] }
        return [add(.spare)]
    }

    /// Ends everything: workers first, then cells.
    mutating func stop() -> [Action] {
        isStopped = true
        var actions: [Action] = []
        for index in cells.indices where cells[index].phase != .finishing {
            let wasDraining = cells[index].phase == .draining
            cells[index].phase = .draining
            if cells[index].workers.isEmpty {
                actions += finishIfEmpty(index)
            } else if !wasDraining {
                actions.append(.move(cells[index].id, .stopped))
            }
        }
        return actions
    }
}

extension CellPool {
    /// Takes a cell out of use: its workers move elsewhere, then it ends.
    mutating func renew(_ id: Int, _ reason: RenewalReason) -> [Action] {
        guard let index = index(id), cells[index].isTaking else { return [] }
        count(reason)
        if reason == .tainted {
            cells[index].isTainted = true
            cells[index].hasFailed = true
        }
        cells[index].phase = .draining
        var actions: [Action] = []
        if cells[index].workers.isEmpty {
            actions = finishIfEmpty(index)
        } else {
            actions.append(.move(id, reason))
            let draining = cells.filter { $0.phase == .draining }
            if draining.count > limits.drainingCells, let oldest = draining.first {
                actions.append(.kill(oldest.id, "too many cells are being renewed at once"))
            }
        }
        return actions + refill()
    }

    /// Takes in what a cell says it uses.
    mutating func usage(of id: Int, residentBytes: Int, mappings: Int) -> [Action] {
        guard let index = index(id) else { return [] }
        cells[index].silentTicks = 0
        cells[index].residentBytes = residentBytes
        if cells[index].isTaking { startFailures = 0 }
        let first = cells[index].residentAtFirst ?? residentBytes
        cells[index].residentAtFirst = first
        if mappings > limits.mappings { return renew(id, .mappings) }
        let growth = residentBytes - first
        // Memory of living workers is theirs to use; what ended ones left behind is a leak.
        let ended = cells[index].images - cells[index].workers.count
        guard growth > limits.residentGrowth.bytes, ended >= limits.endedImagesForGrowth else {
            return []
        }
        return renew(id, .memory)
    }

    /// Called once a second: ends cells that nobody uses, renews those that don't answer.
    mutating func tick() -> [Action] {
        var actions: [Action] = []
        for cell in cells where cell.isTaking {
            guard let index = index(cell.id) else { continue }
            cells[index].silentTicks += 1
            if cell.silentTicks >= limits.silentTicks {
                actions += endSilent(index)
                continue
            }
            guard cell.kind != .spare, cell.workers.isEmpty else { continue }
            cells[index].idleTicks += 1
            if cell.idleTicks >= limits.idleTicks {
                cells[index].phase = .draining
                actions += finishIfEmpty(index)
            }
        }
        return actions
    }

    /// Notes that a cell which broke the rules is being ended.
    mutating func condemn(_ id: Int, _ reason: RenewalReason) {
        guard let index = index(id) else { return }
        count(reason)
        cells[index].phase = .finishing
        cells[index].hasFailed = true
    }

    /// Notes that a cell can't be reached any more; its process will follow.
    mutating func withdraw(_ id: Int) {
        guard let index = index(id), cells[index].isTaking else { return }
        if !isStopped { count(.died) }
        cells[index].phase = .finishing
        cells[index].hasFailed = true
        cells[index].isLost = true
    }

    /// A cell that has said hello may only be slow, and is renewed; one that hasn't is of no use.
    private mutating func endSilent(_ index: Int) -> [Action] {
        let id = cells[index].id
        guard cells[index].phase == .starting else { return renew(id, .unresponsive) }
        condemn(id, .unresponsive)
        return [.kill(id, "it did not say hello")]
    }

    private mutating func count(_ reason: RenewalReason) {
        renewals[reason.rawValue, default: 0] += 1
    }

    private func index(_ id: Int) -> Int? { cells.firstIndex { $0.id == id } }

    private func takingCell(_ kind: Kind) -> Int? {
        cells.firstIndex {
            $0.kind == kind && $0.isTaking && $0.workers.count < limits.imagesAlive
        }
    }

    /// Makes a cell of a kind out of the spare, or a new one.
    private mutating func provide(_ kind: Kind, _ actions: inout [Action]) -> Int? {
        // A dedicated cell has stricter walls from its first instruction on, so a spare won't do.
        if kind == .shared,
            let index = cells.firstIndex(where: { $0.kind == .spare && $0.isTaking })
        {
            cells[index].kind = .shared
            return index
        }
        guard cells.count < limits.cells else { return nil }
        actions.append(add(kind))
        return cells.count - 1
    }

    private mutating func add(_ kind: Kind) -> Action {
        let id = newID()
        cells.append(Cell(id: id, kind: kind))
        return .spawn(id, kind)
    }

    private mutating func finishIfEmpty(_ index: Int) -> [Action] {
        guard cells[index].phase == .draining, cells[index].workers.isEmpty else { return [] }
        cells[index].phase = .finishing
        return [.finish(cells[index].id)]
    }
}
