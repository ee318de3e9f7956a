internal import FunctionModel
internal import NIOCore

extension WatchPlan {
    /// What handles files, in their order.
    func batches(_ rows: [FileRow], of watch: FileWatch) -> [FileBatch] {
        let size = batch ?? 1
        return stride(from: 0, to: rows.count, by: size).map { start in
            let part = Array(rows[start..<min(start + size, rows.count)])
            return FileBatch(
                part.map { ($0.path, $0.generation) },
                invocation(part, watch),
                action
            )
        }
    }

    /// No key: that each event is queued once lies in the index, of which the queue's commit is a part.
    private func invocation(_ rows: [FileRow], _ watch: FileWatch) -> QueuedInvocation {
        var invocation = QueuedInvocation(
            function: function,
            trigger: .file,
            body: FileEventText.body(rows, of: watch, isList: batch != nil)
        )
        invocation.contentType = FileEventText.contentType
        invocation.delivery = delivery
        return invocation
    }
}
