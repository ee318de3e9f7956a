internal import FunctionModel
internal import NIOCore

/// Requests for work that is to run later, and questions about it.
extension Connection {
    /// The largest body that is queued.
    static let asyncBody = ByteCount.mebibytes(1)
    private static let place = "/invocations/"

    /// Whether a path is that of an invocation.
    func asksForInvocation(_ head: RequestHead) -> Bool {
        desk != nil && head.path.utf8.starts(with: Self.place.utf8)
    }

    /// Answers a question about an invocation.
    func lookUp(_ head: RequestHead) {
        guard let desk, let now = current else { return }
        guard head.method == "GET" || head.isHead else {
            return head.method == "OPTIONS"
                ? replyToOptions(Self.looks)
                : reply(with: .wrongMethod(head.method, head.path, allowed: Self.looks))
        }
        let text = String(head.path.dropFirst(Self.place.count))
        guard let id = InvocationID(text) else { return reply(with: .unknownInvocation(text)) }
        let exchange = now.exchange
        now.answersFor = id
        let waiting = Duration.seconds(isDraining ? 0 : head.preferences.wait ?? 0)
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

    /// Queues the request.
    func enqueue() {
        guard let desk, let now = current, let function = now.function else { return }
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
        now.collected = ByteBuffer()
        let exchange = now.exchange
        let key = now.head.fields.first { $0.name == "idempotency-key" }?.value
        // Not cancelled when the client leaves: it may be accepted already.
        Task { [invocation] in
            do throws(StoreError) {
                exchange.deskDidAnswer(
                    .accepted(.success(try await desk.accept(invocation, key: key)))
                )
            } catch {
                exchange.deskDidAnswer(.accepted(.failure(error)))
            }
        }
    }

    /// The desk has answered.
    func didAnswer(_ exchange: Exchange, _ answer: DeskAnswer) {
        guard let now = current, now.exchange === exchange, now.state.output == .waiting else {
            return
        }
        switch answer {
        case .accepted(.success(.accepted)): replyAccepted(exchange.id)
        case .accepted(.success(.joined(let id))):
            now.answersFor = id
            replyAccepted(id)
        case .accepted(.success(.mismatch(let id))): reply(with: .keyReused(id))
        case .accepted(.success(.queueFull)), .accepted(.success(.withheld)):
            reply(with: .queueFull)
        case .accepted(.failure(let error)), .found(.failure(let error)):
            reply(with: Problem(error))
        case .found(.success(nil)): reply(with: .unknownInvocation(exchange.shownID(now)))
        case .found(.success(let stored?)): reply(with: stored, waited: now.head.preferences.wait)
        }
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

    private func reply(with stored: StoredInvocation, waited: Int?) {
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

    private static let looks = ["GET", "HEAD", "OPTIONS"]
}

extension Exchange {
    /// The id that a question was about.
    fileprivate func shownID(_ now: Connection.Current) -> String {
        (now.answersFor ?? id).description
    }
}
