public import FunctionModel
internal import Platform
internal import Synchronization

/// Files are opened by the host, for the invocation that was made for them and no other.
extension FilesTrigger: HostCallService {
    /// Opens a file of the caller's event; the answer's attachment is its descriptor.
    ///
    /// What the event told of is opened, or nothing. That a file has changed since, or is gone, is only
    /// said (410) when it is certain that another event tells of what is there then, for whoever hears
    /// it may end well without having done anything.
    public func answer(_ call: HostCall, from caller: HostCaller) async -> HostAnswer {
        guard call.operation == .openFile else {
            return .problem(0, "this host doesn't offer that")
        }
        do throws(StoreError) { return try await open(call.name, for: caller.id) } catch {
            return .problem(503, "\(error)")
        }
    }

    private func open(
        _ event: String,
        for invocation: InvocationID
    ) async throws(StoreError) -> HostAnswer {
        if let (watch, row) = try await known(event, of: invocation) {
            return try await open(row, of: invocation, in: watch)
        }
        let rows = try await store.files(of: invocation)
        places.note(rows, of: invocation)
        guard !rows.isEmpty else {
            return .problem(404, "this invocation was made for no file, or for one that has left")
        }
        guard let (watch, row) = rows.first(where: { $1.eventID(in: $0) == event }) else {
            guard rows.contains(where: \.row.isChangedAgain) else {
                return .problem(404, "this invocation was made for no such file")
            }
            return .problem(410, Self.changed)
        }
        return try await open(row, of: invocation, in: watch)
    }

    /// What is kept of an event's file, where it is known where that lies and it is the same still.
    private func known(
        _ event: String,
        of invocation: InvocationID
    ) async throws(StoreError) -> (watch: Int64, row: FileRow)? {
        guard let place = places.place(of: event, for: invocation),
            let row = try await store.files(at: [place.path], in: place.watch)[0],
            row.invocation == invocation, row.state == .queued || row.state == .failed,
            row.eventID(in: place.watch) == event
        else { return nil }
        return (place.watch, row)
    }

    private func open(
        _ row: FileRow,
        of invocation: InvocationID,
        in watch: Int64
    ) async throws(StoreError) -> HostAnswer {
        guard let (runner, shown) = await runner(of: watch) else {
            return .problem(503, "the file's directory isn't watched now")
        }
        guard let root = shown.root else { return .problem(503, Self.absent) }
        let directory = runner.plan.directory
        switch await offload({ Self.open(row, in: directory, root) }) {
        case .answer(let answer): return answer
        case .superseded(let isGone):
            try await runner.giveUp(row, isGone: isGone, of: invocation, in: watch)
            return .problem(410, isGone ? "the file is gone" : Self.changed)
        }
    }

    /// The one that keeps a watch, with what it has found.
    ///
    /// Those that have just begun are waited for: what was queued before the host's start, and runs
    /// sooner than its directory is looked at, needn't lose an attempt.
    private func runner(of watch: Int64) async -> (WatchRunner, WatchRunner.Shown)? {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let all = runners.map { ($0, $0.shown.withLock { $0 }) }
            let found = all.first { $1.watch?.id == watch }
            let isReady = found.map { $1.root != nil || $1.mode != .starting }
            let mayBecome = found != nil || all.contains { $1.mode == .starting }
            guard isReady != true, mayBecome, .now < deadline else { return found }
            do { try await Task.sleep(for: .milliseconds(5)) } catch { return found }
        }
    }

    private static let patience = Duration.seconds(5)
    private static let changed = "the file has changed since, and another event tells of it"
    private static let absent = "the watched directory isn't there now"

    private enum Opening {
        case answer(HostAnswer)
        /// What the event told of isn't there any more.
        case superseded(isGone: Bool)
    }

    private static func open(
        _ row: FileRow,
        in directory: [UInt8],
        _ root: FileStatus
    ) -> Opening {
        guard row.kind != .removed else { return .answer(.problem(410, "the file was removed")) }
        // A dead letter that is redriven: to say that there was nothing to do would be a lie.
        guard row.state != .failed || row.isPresent else {
            let place = row.note.isEmpty ? "gone" : row.note
            let reason =
                "'\(row.path.text)' isn't in the watched directory any more (\(place)): put it back "
                + "there, and it is handled"
            return .answer(.problem(409, reason))
        }
        do throws(SystemCallError) {
            guard let tree = try tree(directory), tree.isSame(as: root) else {
                return .answer(.problem(503, absent))
            }
            let file = try tree.open(row.path.bytes)
            guard let facts = FileFacts(try FileTree.status(of: file)),
                facts.hasSameContent(as: row.facts)
            else { return .superseded(isGone: false) }
            var answer = HostAnswer(status: 200)
            answer.number = facts.size
            answer.attachment = file
            return .answer(answer)
        } catch {
            guard error.isMissing || error.isNoDirectory else {
                return .answer(.problem(403, "the file can't be opened: \(error)"))
            }
            return .superseded(isGone: true)
        }
    }

    /// The watched directory; `nil` where it is gone.
    private static func tree(_ directory: [UInt8]) throws(SystemCallError) -> FileTree? {
        do { return try FileTree(path: directory) } catch {
            guard error.isMissing || error.isNoDirectory else { throw error }
            return nil
        }
    }
}
