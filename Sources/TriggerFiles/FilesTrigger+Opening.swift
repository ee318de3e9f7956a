public import FunctionModel
internal import Platform
internal import Synchronization

/// Files are opened by the host, for the invocation that was made for them and no other.
extension FilesTrigger: HostCallService {
    /// Opens a file of the caller's event; the answer's attachment is its descriptor.
    ///
    /// What the event told of is opened, or nothing: a file that has changed since has an event of its
    /// own, or will have.
    public func answer(_ call: HostCall, from caller: HostCaller) async -> HostAnswer {
        guard call.operation == .openFile else {
            return .problem(0, "this host doesn't offer that")
        }
        let rows: [FileRow]
        do throws(StoreError) { rows = try await store.files(of: caller.id) } catch {
            return .problem(503, "\(error)")
        }
        guard !rows.isEmpty else {
            return .problem(404, "this invocation was made for no file, or for one that has left")
        }
        for runner in runners {
            let shown = runner.shown.withLock { $0 }
            guard let watch = shown.watch,
                let row = rows.first(where: { $0.eventID(in: watch.id) == call.name })
            else { continue }
            guard let root = shown.root else {
                return .problem(503, "the watched directory isn't there now")
            }
            let directory = runner.plan.directory
            return await offload { Self.open(row, in: directory, root) }
        }
        return .problem(410, "the file has changed since, and another event tells of it")
    }

    private static func open(
        _ row: FileRow,
        in directory: [UInt8],
        _ root: FileStatus
    ) -> HostAnswer {
        guard row.kind != .removed else { return .problem(410, "the file was removed") }
        // A dead letter that is redriven: to say that there was nothing to do would be a lie.
        guard row.state != .failed || row.isPresent else {
            let place = row.note.isEmpty ? "gone" : row.note
            return .problem(
                409,
                "'\(row.path.text)' isn't in the watched directory any more (\(place)): put it back "
                    + "there, and it is handled"
            )
        }
        do throws(SystemCallError) {
            let tree = try FileTree(path: directory)
            guard tree.isSame(as: root) else {
                return .problem(503, "the watched directory isn't there now")
            }
            let file = try tree.open(row.path.bytes)
            guard let facts = FileFacts(try FileTree.status(of: file)),
                facts.hasSameContent(as: row.facts)
            else {
                return .problem(410, "the file has changed since, and another event tells of it")
            }
            var answer = HostAnswer(status: 200)
            answer.number = facts.size
            answer.attachment = file
            return answer
        } catch {
            guard error.isMissing || error.isNoDirectory else {
                return .problem(403, "the file can't be opened: \(error)")
            }
            return .problem(410, "the file is gone")
        }
    }
}
