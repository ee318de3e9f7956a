internal import FunctionModel
internal import NIOCore

/// Questions about queued invocations, and their cancellation.
extension Connection {
    /// Whether a path is that of an invocation.
    func asksForInvocation(_ head: RequestHead) -> Bool {
        desk != nil && head.path.utf8.starts(with: Self.place.utf8)
    }

    /// Answers a question about an invocation, or cancels it.
    ///
    /// Its id is what lets a client do so: it can't be guessed, and only its caller was told.
    func lookUp(_ head: RequestHead) {
        guard let desk, let now = current else { return }
        guard Self.methods.contains(head.method), head.method != "OPTIONS" else {
            return head.method == "OPTIONS"
                ? replyToOptions(Self.methods)
                : reply(with: .wrongMethod(head.method, head.path, allowed: Self.methods))
        }
        let text = String(head.path.dropFirst(Self.place.count))
        guard let id = InvocationID(text) else { return reply(with: .unknownInvocation(text)) }
        let exchange = now.exchange
        now.answersFor = id
        let waiting = Duration.seconds(isDraining ? 0 : head.preferences.wait ?? 0)
        guard head.method != "DELETE" else { return cancel(id, waiting, desk, exchange) }
        now.errand = Task {
            do throws(StoreError) {
                exchange.deskDidAnswer(
                    .found(.success(try await desk.stored(id, waiting: waiting)))
                )
            } catch {
                exchange.deskDidAnswer(.found(.failure(error)))
            }
        }
    }

    private func cancel(
        _ id: InvocationID,
        _ waiting: Duration,
        _ desk: any InvocationDesk,
        _ exchange: Exchange
    ) {
        // Not cancelled itself when the client leaves: what it asked for is done.
        Task {
            do throws(StoreError) {
                let verdict = try await desk.cancel(id)
                var stored: StoredInvocation?
                if case .running = verdict { stored = try await desk.stored(id, waiting: waiting) }
                exchange.deskDidAnswer(.cancelled(.success(CancelAnswer(verdict, stored))))
            } catch {
                exchange.deskDidAnswer(.cancelled(.failure(error)))
            }
        }
    }

    /// The desk has answered to a cancellation.
    func didCancel(_ answer: Result<CancelAnswer, StoreError>) {
        guard let id = current?.answersFor else { return }
        switch answer {
        case .failure(let error): reply(with: Problem(error))
        case .success(let answer):
            switch answer.verdict {
            case .unknown: reply(with: .unknownInvocation(id.description))
            case .ended: reply(with: .alreadyEnded(id))
            case .cancelled: replyCancelled(id, status: 200, state: "cancelled")
            case .running:
                if let stored = answer.stored, stored.isOver { return reply(with: stored) }
                replyCancelled(id, status: 202, state: "running")
            }
        }
    }

    private func replyCancelled(_ id: InvocationID, status: Int, state: String) {
        var json = JSONText()
        json.member("id", id.description)
        json.member("state", state)
        sendWhole(
            status: status,
            contentType: "application/json",
            fields: [Field("location", Self.place + id.description)],
            body: json.finished(),
            outcome: nil
        )
    }

    /// Shows an invocation.
    func reply(with stored: StoredInvocation, waited: Int? = nil) {
        let body: ByteBuffer
        do { body = try stored.json() } catch {
            return reply(with: Problem(StoreError.corrupt("\(error)")))
        }
        var fields = [Field("cache-control", "no-store")]
        if let waited { fields.append(Field("preference-applied", "wait=\(waited)")) }
        sendWhole(
            status: 200,
            contentType: "application/json",
            fields: fields,
            body: body,
            outcome: stored.result?.outcome
        )
    }

    private static let methods = ["GET", "HEAD", "DELETE", "OPTIONS"]
}
