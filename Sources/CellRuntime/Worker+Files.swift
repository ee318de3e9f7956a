internal import CCell
internal import CFunctionABI
internal import CellProtocol

/// Files of the event: the host opens them and hands them over by the control channel, because this
/// process can open none itself.
extension Worker {
    /// Opens a file of the event, or gives one back.
    func file(_ request: roost_file_request, _ done: PluginCall?) {
        switch request.operation {
        case UInt32(ROOST_FILE_OPEN):
            guard let done else { return }
            ask(
                HostRequest(operation: Self.openFile, name: request.id.text),
                .init(start: nil, count: 0),
                done
            )
        case UInt32(ROOST_FILE_CLOSE):
            _ = files.giveBack(Int32(truncatingIfNeeded: request.descriptor))
        default:
            guard let done else { return }
            Self.refuse(done, 400, "there is no such operation on files")
        }
    }

    /// As in the host's `HostOperation`.
    static let openFile: UInt8 = 10

    /// Whether an answer waits for its file; if so it is kept until that has come.
    func mustWaitForFile(_ frame: AnswerFrame) -> Bool {
        guard run.opening[frame.call] != nil else { return false }
        guard frame.status == 200 else {
            run.opening[frame.call] = nil
            return false
        }
        run.opening[frame.call]?.isAnswered = true
        takeFiles()
        return true
    }

    /// Hands files that have come to those who asked for them and have their answer.
    func takeFiles() {
        guard run.sequence != 0 else { return }
        for (call, descriptor) in files.take(for: run.sequence) {
            run.opening[call]?.descriptor = descriptor
        }
        for (call, opening) in run.opening {
            guard opening.isAnswered, let descriptor = opening.descriptor else { continue }
            run.opening[call] = nil
            guard let done = run.calls.removeValue(forKey: call) else { continue }
            var result = roost_result()
            result.struct_size = UInt32(MemoryLayout<roost_result>.size)
            result.status = 200
            result.number = Int64(descriptor)
            sendWaiting()
            done.function(done.argument, &result)
        }
    }

    /// A file has come; on the cell's main thread.
    func arrive(_ arrival: FileTable.Arrival) {
        files.arrive(arrival)
        if let loop { cell_wake_raise(loop.wake) }
    }
}
