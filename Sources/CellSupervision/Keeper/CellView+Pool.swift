internal import FunctionModel
internal import Platform

extension CellView {
    /// A cell as operators see it.
    init(_ cell: CellPool.Cell, _ process: CellProcess) {
        let kind: Kind =
            switch cell.kind {
            case .spare: .spare
            case .shared: .shared
            case .dedicated: .dedicated
            }
        let state: State =
            switch cell.phase {
            case .starting: .starting
            case .ready: .ready
            case .draining, .finishing: cell.isTainted ? .tainted : .draining
            }
        self.init(
            id: cell.id,
            kind: kind,
            pid: Int(process.child.id),
            state: state,
            images: cell.images,
            workers: cell.workers.count,
            residentBytes: cell.residentBytes,
            leftBytes: process.left.bytes,
            enforced: (process.sandbox?.enforced ?? []) + process.limitsOfHost
                + (process.group?.controllers ?? []).map { "\($0.rawValue)-cgroup" },
            missing: process.sandbox?.missing ?? []
        )
    }
}
