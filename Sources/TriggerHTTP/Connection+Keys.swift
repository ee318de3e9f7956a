internal import FunctionModel
internal import NIOCore

/// Requests that are answered once under their key.
extension Connection {
    /// Begins the invocation, or finds what has become of it.
    func invoke(under key: String, _ keys: any KeyedCalls) {
        guard let now = current, let function = now.function else { return }
        let request = request(now, function)
        let call = KeyedCall(
            id: now.exchange.id,
            key: IdempotencyKey(function: function.name, caller: now.head.caller, key: key),
            fingerprint: IdempotencyClaim.fingerprint(
                of: now.collected,
                request.contentType + (request.http?.keyedPart ?? "")
            )
        )
        let exchange = now.exchange
        let budgeted = now.handBudgetOver()
        let steered = KeyedExchange(exchange, call, keys, budget, budgeted: budgeted)
        let invoker = invoker
        now.collected = ByteBuffer()
        now.control = steered
        now.errand = Task {
            do throws(StoreError) {
                let start = try await keys.begin(call)
                if case .first = start {
                    steered.isSteered(by: invoker.invoke(request, observer: steered))
                } else {
                    steered.giveBudgetBack()
                    exchange.deskDidAnswer(.keyed(start))
                }
            } catch {
                steered.giveBudgetBack()
                exchange.deskDidAnswer(.accepted(.failure(error)))
            }
        }
    }

    /// A key was met that is known.
    func didMeet(_ start: KeyedStart) {
        guard let now = current else { return }
        switch start {
        case .first: break
        case .replay(let id, let result):
            now.answersFor = id
            now.isReplayed = true
            reply(with: result)
        case .unkept(let id): reply(with: .replyNotKept(id))
        case .underWay(let id): reply(with: .keyInUse(id))
        case .mismatch: reply(with: .keyReused())
        }
    }
}

extension Problem {
    /// The call was made, and its reply can't be given again.
    static func replyNotKept(_ id: InvocationID) -> Problem {
        Problem(
            409,
            "reply-not-kept",
            "Reply not kept",
            "the Idempotency-Key was used for the invocation \(id), which is over; its reply was "
                + "streamed or too large, so that it can't be given again"
        )
    }

    /// The call is under way where nobody can wait for it.
    static func keyInUse(_ id: InvocationID) -> Problem {
        var problem = Problem(
            409,
            "idempotency-key-in-use",
            "Idempotency key in use",
            "the Idempotency-Key stands for the invocation \(id), which is under way"
        )
        problem.retryAfter = .seconds(1)
        return problem
    }

    /// A key needs the whole request.
    static let keyOfStream = Problem(
        400,
        "idempotency-key-of-stream",
        "Idempotency key of a stream",
        "the function reads its request as a stream, which an Idempotency-Key can't stand for"
    )
}
