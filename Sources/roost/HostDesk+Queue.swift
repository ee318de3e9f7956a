internal import FunctionDispatch
internal import FunctionModel
internal import InvocationStore
internal import NIOCore
internal import TriggerQueue

/// What lasts: the queue, dead letters, the store's copy.
extension HostDesk {
    func enqueue(
        _ function: String,
        payload: ByteBuffer,
        contentType: String,
        wishes: DeliveryWishes
    ) async throws -> InvocationID {
        var invocation = QueuedInvocation(function: try resolve(function), body: payload)
        invocation.contentType = contentType
        return try await submit([Submission(invocation, wishes: wishes)]).first?.id
            ?? invocation.id
    }

    func enqueue(batch: ByteBuffer) async throws -> [QueuedInvocationView] {
        do {
            let batch = try InvocationBatch(
                json: batch,
                // Nobody but operators asks here.
                caller: "operator",
                anyDestination: true
            ) {
                dispatcher.resolve($0)
            }
            return try await submit(batch.submissions)
        } catch let problem as BatchProblem {
            throw HostOperationError(
                problem.isUnknownFunction ? .notFound : .invalid,
                "\(problem)."
            )
        }
    }

    private func submit(_ submissions: [Submission]) async throws -> [QueuedInvocationView] {
        let verdict = try await fromStore { () throws(StoreError) in
            try await queue.submit(submissions)
        }
        let verdicts: [EnqueueVerdict]
        switch verdict {
        case .judged(let judged): verdicts = judged
        case .refused(let index, let problem):
            let place = submissions.count > 1 ? "invocations[\(index)]: " : ""
            throw HostOperationError(.invalid, "\(place)\(problem).")
        }
        return try zip(submissions, verdicts).enumerated().map { index, pair in
            let (submission, verdict) = pair
            switch verdict {
            case .accepted:
                return QueuedInvocationView(id: submission.invocation.id, state: "waiting")
            case .joined(let id): return QueuedInvocationView(id: id, state: "known")
            case .mismatch(let id):
                throw HostOperationError(
                    .conflict,
                    "invocations[\(index)]: its idempotency key was used with another payload, for "
                        + "the invocation \(id)."
                )
            case .queueFull, .withheld:
                throw HostOperationError(
                    .unavailable,
                    "As many invocations are queued as may be: try again later, or purge what "
                        + "isn't wanted."
                )
            }
        }
    }

    func publish(_ events: [EmittedEvent]) async throws -> [EventReceipt] {
        let verdict = try await fromStore { () throws(StoreError) in
            try await queue.publish(events)
        }
        switch verdict {
        case .published(let receipts): return receipts
        case .queueFull(let function):
            throw HostOperationError(
                .unavailable,
                "As many invocations of '\(function)' and all other subscribers are queued as may be; "
                    + "nobody hears of the events: try again later."
            )
        }
    }

    func stored(_ id: InvocationID) async throws -> StoredInvocationView? {
        try await fromStore { () throws(StoreError) in try await durable.store.stored(id) }
            .map { StoredInvocationView($0, backtrace: true) }
    }

    func invocation(_ id: InvocationID) async throws -> InvocationView? {
        let stored = try await stored(id)
        var view = dispatcher.invocation(id).map(InvocationView.init)
        if view == nil {
            view = try await fromStore { () throws(StoreError) in
                try await durable.store.records(of: id)
            }.last.map(InvocationView.init)
        }
        if view == nil, let stored { view = InvocationView(stored) }
        view?.stored = stored
        return view
    }

    func cancel(_ id: InvocationID) async throws -> Bool {
        switch try await fromStore({ () throws(StoreError) in try await queue.cancel(id) }) {
        case .cancelled, .running: true
        case .ended: false
        case .unknown: dispatcher.cancel(id)
        }
    }

    func deadLetters(
        function: String?,
        after: String?,
        limit: Int
    ) async throws -> DeadLetterPage {
        let name = try function.map(name(of:))
        let page = try await fromStore { () throws(StoreError) in
            try await durable.store.deadLetters(
                function: name,
                after: after.map { PageCursor($0) },
                limit: limit
            )
        }
        return DeadLetterPage(page.elements.map { DeadLetterView($0) }, next: page.next?.text)
    }

    func deadLetter(_ id: InvocationID) async throws -> DeadLetterView? {
        try await fromStore { () throws(StoreError) in try await durable.store.deadLetter(id) }
            .map { DeadLetterView($0) }
    }

    func redrive(_ choice: DeadLetterChoice) async throws -> Int {
        let selection = try await selection(choice)
        var redrive = Redrive()
        if let rate = choice.perSecond {
            guard let spacing = Redrive.spacing(perSecond: rate) else {
                throw HostOperationError(
                    .invalid,
                    "perSecond is a number from 0.0000116 (one a day) to 1000000."
                )
            }
            redrive.spacing = spacing
        }
        var count = 0
        var taken = 0
        repeat {
            let next = redrive
            taken = try await fromStore { () throws(StoreError) in
                try await durable.store.redrive(selection, next)
            }
            count += taken
            // The next ones begin where these end, so that the rate holds over all.
            redrive.delay += redrive.spacing * taken
            queue.wake()
        } while taken == redrive.limit
        return count
    }

    func purge(_ choice: DeadLetterChoice) async throws -> Int {
        let selection = try await selection(choice)
        return try await fromStore { () throws(StoreError) in
            var count = 0
            while true {
                let removed = try await durable.store.purge(selection, limit: 1_000)
                count += removed
                if removed < 1_000 { return count }
            }
        }
    }

    func backup(to path: String) async throws {
        guard path.hasPrefix("/") else {
            throw HostOperationError(.invalid, "The file's path begins with '/'.")
        }
        try await fromStore { () throws(StoreError) in try await durable.store.backup(to: path) }
    }

    /// How much waits in the store, by function.
    func queued() async -> [FunctionName: Int] {
        do { return try await durable.store.depths().mapValues(\.waiting) } catch { return [:] }
    }

    private func selection(_ choice: DeadLetterChoice) async throws -> DeadLetterSelection {
        switch (choice.ids, choice.function, choice.all) {
        case (let ids?, nil, nil):
            for id in ids {
                guard try await deadLetter(id) == nil else { continue }
                let rest = ids.count > 1 ? ", so all that were named stay as they are" : ""
                throw HostOperationError(.notFound, "There is no dead letter \(id)\(rest).")
            }
            return .ids(ids)
        case (nil, let function?, nil): return .function(try name(of: function))
        case (nil, nil, true?): return .all
        default:
            throw HostOperationError(.invalid, "Choose by exactly one of ids, function and all.")
        }
    }

    /// Dead letters outlive their function, so a full name need not be served.
    func name(of function: String) throws -> FunctionName {
        if let name = dispatcher.resolve(function) { return name }
        do { return try FunctionName(function) } catch { return try resolve(function) }
    }

    func fromStore<Value: Sendable>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(HostOperationError) -> Value {
        do { return try await body() } catch {
            switch error {
            case .tooLarge: throw HostOperationError(.invalid, "\(error)")
            case .unavailable, .staleLease, .corrupt, .unusable:
                throw HostOperationError(.unavailable, "\(error)")
            }
        }
    }
}

extension InvocationView {
    /// Shows a queued invocation of which no record is kept (yet).
    init(_ stored: StoredInvocationView) {
        var record = InvocationRecord(
            id: stored.id,
            function: stored.function,
            trigger: .queue,
            attempt: stored.attempts,
            version: "",
            received: stored.received
        )
        record.outcome = stored.result?.outcome ?? (stored.state == "cancelled" ? .cancelled : nil)
        record.status = stored.result?.status
        self.init(record)
    }
}
