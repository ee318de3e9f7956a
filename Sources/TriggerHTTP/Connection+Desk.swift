internal import FunctionModel
internal import NIOCore

/// Requests for work that is to run later.
extension Connection {
    /// The largest body that is queued.
    static let asyncBody = ByteCount.mebibytes(1)
    /// Where invocations stand.
    static let place = "/invocations/"

    /// Queues the request.
    func enqueue() {
        guard let desk, let now = current, let function = now.function else { return }
        let wishes: DeliveryWishes
        do throws(DeliveryProblem) {
            wishes = try DeliveryWishes(fields: now.head.fields)
            try wishes.checkOutside()
        } catch {
            return reply(with: .badDelivery(error.description))
        }
        var invocation = QueuedInvocation(
            id: now.exchange.id,
            function: function.name,
            trigger: .queue,
            body: now.collected
        )
        let request = request(now, function)
        invocation.http = request.http
        invocation.contentType = request.contentType
        invocation.trace = request.trace
        let (budget, budgeted) = (budget, now.handBudgetOver())
        let exchange = now.exchange
        let submission = Submission(
            invocation,
            wishes: wishes,
            key: now.head.key,
            caller: now.head.caller
        )
        // Not cancelled when the client leaves: it may be accepted already.
        Task {
            let answer: Result<SubmitVerdict, StoreError>
            do throws(StoreError) { answer = .success(try await desk.submit([submission])) } catch {
                answer = .failure(error)
            }
            budget.give(budgeted)
            exchange.deskDidAnswer(.accepted(answer))
        }
    }

    /// The desk has answered.
    func didAnswer(_ exchange: Exchange, _ answer: DeskAnswer) {
        guard let now = current, now.exchange === exchange, now.state.output == .waiting else {
            return
        }
        switch answer {
        case .accepted(.success(.judged(let verdicts))):
            judged(verdicts.first ?? .withheld, exchange.id)
        case .accepted(.success(.refused(_, let problem))):
            reply(with: .badDelivery(problem.description))
        case .accepted(.failure(let error)), .found(.failure(let error)):
            reply(with: Problem(error))
        case .found(.success(nil)): reply(with: .unknownInvocation(exchange.shownID(now)))
        case .found(.success(let stored?)): reply(with: stored, waited: now.head.preferences.wait)
        case .keyed(let start): didMeet(start)
        case .cancelled(let answer): didCancel(answer)
        case .waited(let stored): didWait(stored)
        case .batch(let answer): didTakeBatch(answer)
        }
    }

    private func judged(_ verdict: EnqueueVerdict, _ id: InvocationID) {
        switch verdict {
        case .accepted: accepted(id)
        case .joined(let known): accepted(known)
        case .mismatch: reply(with: .keyReused())
        case .queueFull, .withheld: reply(with: .queueFull)
        }
    }

    /// It is durable: answers so, or waits for its end where the client would.
    private func accepted(_ id: InvocationID) {
        guard let desk, let now = current else { return }
        now.answersFor = id
        guard let wait = now.head.preferences.wait, wait > 0, !isDraining else {
            return replyAccepted(id)
        }
        let exchange = now.exchange
        now.errand = Task {
            do throws(StoreError) {
                let stored = try await desk.stored(id, waiting: .seconds(wait))
                exchange.deskDidAnswer(.waited(stored))
            } catch {
                // It is accepted whatever can be read now.
                exchange.deskDidAnswer(.waited(nil))
            }
        }
    }

    /// The wait for the end is over: what a client gets that had called and waited, or where to ask.
    private func didWait(_ stored: StoredInvocation?) {
        guard let now = current, let id = now.answersFor else { return }
        guard let stored, stored.isOver else { return replyAccepted(id) }
        guard let result = stored.result else { return reply(with: .endedUnrun(stored)) }
        reply(with: result)
    }

    private func replyAccepted(_ id: InvocationID) {
        var json = JSONText()
        json.member("id", id.description)
        if let function = current?.function { json.member("function", function.name.description) }
        json.member("state", "waiting")
        sendWhole(
            status: 202,
            contentType: "application/json",
            fields: [
                Field("location", Self.place + id.description),
                Field("preference-applied", "respond-async"),
            ],
            body: json.finished(),
            outcome: nil
        )
    }
}

extension Exchange {
    /// The id that a question was about.
    fileprivate func shownID(_ now: Connection.Current) -> String {
        (now.answersFor ?? id).description
    }
}
