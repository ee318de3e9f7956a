/// Batches of files of which some have changed since.
extension Call {
    /// Whether the invocation was made for one file, and not for a list of them.
    var isOfOneFile: Bool { isOfFile && arrivedBody.first != UInt8(ascii: "[") }

    private var isOfFile: Bool { event?.pointee.trigger == UInt32(ROOST_TRIGGER_FILE) }

    /// Leaves out of a batch that is tried again what has changed meanwhile: other events tell of that.
    ///
    /// Waits on the worker's thread. What changes while the first attempt runs is the handler's to
    /// notice, when it opens a file.
    func current(_ events: [FileEvent]) throws -> [FileEvent] {
        guard isBatchAgain else { return events }
        return try someLeft(
            events.filter { event in
                isCurrent(event, try answerNow { open(event, $0) })
            }
        )
    }

    /// The same, and suspends.
    func current(_ events: [FileEvent]) async throws -> [FileEvent] {
        guard isBatchAgain else { return events }
        var left: [FileEvent] = []
        for event in events {
            if isCurrent(event, try await answer({ open(event, $0) })) { left.append(event) }
        }
        return try someLeft(left)
    }

    private var isBatchAgain: Bool { isOfFile && (event?.pointee.attempt ?? 0) > 1 }

    private func isCurrent(_ event: FileEvent, _ reply: FunctionReply) -> Bool {
        // What can't be opened for another reason is the handler's to hear of.
        guard reply.status != 410 || event.kind == .removed else {
            FunctionLogger(call: self).info("left out of the batch: \(reply.errorMessage)")
            return false
        }
        if reply.succeeded { giveBack(Int32(truncatingIfNeeded: reply.number)) }
        return true
    }

    private func someLeft(_ events: [FileEvent]) throws -> [FileEvent] {
        guard !events.isEmpty else { throw NothingLeft() }
        return events
    }
}

/// Each file of a batch has changed since: there is nothing left to do.
struct NothingLeft: Error, CustomStringConvertible {
    var description: String { "every file of the batch has changed since" }
}
