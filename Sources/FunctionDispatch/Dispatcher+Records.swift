public import FunctionModel
internal import NIOCore
internal import Synchronization

extension Dispatcher {
    /// Keeps the record of a call that is over, and has its backtrace read where there is one.
    func keep(_ call: EndedCall) {
        let invocation = call.invocation
        var record = record(of: invocation)
        record.attempt += call.attempts - 1
        record.outcome = call.result.outcome
        record.status = call.result.status
        record.error = call.result.error
        record.usage = call.result.usage
        record.log = call.log
        records.keep(record)
        if invocation.request.queued == nil { onRecord(record) }
        // The backtrace of a sequence is that of its step, in whose record it is read.
        guard let frames = call.result.error?.backtrace, !frames.isEmpty, let symboliser,
            !invocation.entry.isSequence
        else { return }
        symbolise(frames, of: invocation, with: symboliser)
    }

    /// Lists invocations, the newest first; those under way before those that are over.
    ///
    /// - Parameters:
    ///   - function: Only this one's; `nil` for all.
    ///   - outcome: Only those that ended so; `nil` for all, running ones included.
    ///   - limit: How many at most.
    /// - Returns: Their records as far as they are kept.
    public func invocations(
        function: FunctionName? = nil,
        outcome: Outcome? = nil,
        limit: Int = 50
    ) -> [InvocationRecord] {
        var found: [InvocationRecord] = []
        if outcome == nil {
            found = underWay.map { record(of: $0) }
            if let function { found.removeAll { $0.function != function } }
            found.sort { $0.received > $1.received }
            found = Array(found.prefix(limit))
        }
        let kept = records.records(
            function: function,
            outcome: outcome,
            limit: limit - found.count
        )
        return found + kept
    }

    /// What is known of one invocation; `nil` when nothing is.
    public func invocation(_ id: InvocationID) -> InvocationRecord? {
        if let live = underWay.first(where: { $0.request.id == id }) { return record(of: live) }
        return records.record(id)
    }

    /// Asks a waiting or running invocation to stop; false when none of that id is under way.
    public func cancel(_ id: InvocationID) -> Bool {
        guard let live = underWay.first(where: { $0.request.id == id }) else { return false }
        live.cancel(.operator)
        return true
    }

    /// Follows the log lines of all functions from now on.
    ///
    /// A listener that doesn't keep up loses the oldest.
    public func logs() -> AsyncStream<LogEvent> { records.feed.listen() }

    private var underWay: [Invocation] {
        state.withLock { $0.calls.compactMap(\.invocation) }
    }

    private func record(of invocation: Invocation) -> InvocationRecord {
        InvocationRecord(
            id: invocation.request.id,
            function: invocation.request.function,
            trigger: invocation.request.trigger,
            attempt: invocation.request.queued?.attempt ?? invocation.request.attempt,
            version: invocation.entry.version.contentHash,
            received: invocation.received
        )
    }

    /// Off the event loop; in a storm of crashes some keep their bare addresses.
    ///
    /// Most of those that wait are answered at once from what the first one has found.
    private func symbolise(
        _ frames: [StackFrame],
        of invocation: Invocation,
        with symboliser: any FrameSymboliser
    ) {
        let hasRoom = waiters.withLock { waiters in
            guard waiters.symbolising < 32 else { return false }
            waiters.symbolising += 1
            return true
        }
        guard hasRoom else { return }
        let version = invocation.entry.version
        let id = invocation.request.id
        Task { [records, onBacktrace, waiters = self] in
            let read = await symboliser.symbolise(
                frames,
                imagePath: version.imagePath,
                contentHash: version.contentHash
            )
            records.setBacktrace(read, of: id)
            if let record = records.record(id) { onBacktrace(record) }
            waiters.waiters.withLock { $0.symbolising -= 1 }
        }
    }
}
