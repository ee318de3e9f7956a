internal import CCell
internal import CellProtocol

extension Cell {
    /// Less than this every worker leaves behind: what runtime and libraries have cached.
    private static let ordinary: UInt64 = 1 << 20

    /// Gives an ended worker's memory back as far as that is safe, and says what stays.
    func sayWhatIsLeft(by worker: Worker) {
        let left = cell_memory_end(worker.thread)
        guard left > Self.ordinary else { return }
        control.send(.left(plugin: worker.plugin, bytes: left, threads: 0))
    }
}
