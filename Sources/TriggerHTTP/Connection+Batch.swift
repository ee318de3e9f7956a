internal import FoundationEssentials
internal import FunctionModel
internal import NIOCore

/// Many invocations in one request: all are queued in one commit, or none is.
extension Connection {
    private static let batches = "/invocations"

    /// Whether a path is where batches are taken, unless a function answers there.
    func isBatchPlace(_ head: RequestHead) -> Bool { desk != nil && head.path == Self.batches }

    /// Whether a request has a batch.
    func takesBatch(_ head: RequestHead) -> Bool { isBatchPlace(head) && head.method == "POST" }

    /// Answers other methods.
    func refuseBatch(_ head: RequestHead) {
        let allowed = ["POST", "OPTIONS"]
        head.method == "OPTIONS"
            ? replyToOptions(allowed)
            : reply(with: .wrongMethod(head.method, head.path, allowed: allowed))
    }

    /// Queues what the body lists.
    func enqueueBatch() {
        guard let desk, let now = current else { return }
        guard batches.enter() else { return reply(with: .tooManyBatches) }
        let body = now.collected
        let (budget, budgeted, batches) = (budget, now.handBudgetOver(), batches)
        let exchange = now.exchange
        let reader = BatchReader(
            desk: desk,
            invoker: invoker,
            door: batches,
            caller: now.head.caller
        )
        // Read off the loop, for it may take long.
        now.errand = Task {
            let answer = await reader.submit(body)
            budget.give(budgeted)
            batches.leave()
            if let answer { exchange.deskDidAnswer(.batch(answer)) }
        }
    }

    /// The desk has answered to a batch.
    func didTakeBatch(_ answer: BatchAnswer) {
        switch answer {
        case .unreadable(let problem):
            reply(with: problem.isUnknownFunction ? .unknownInBatch(problem) : .badBatch(problem))
        case .failed(let error): reply(with: Problem(error))
        case .judged(_, .refused(let index, let problem)):
            reply(with: .badDelivery("invocations[\(index)]: \(problem)"))
        case .judged(let ids, .judged(let verdicts)): reply(with: ids, verdicts)
        }
    }

    private func reply(with ids: [InvocationID], _ verdicts: [EnqueueVerdict]) {
        var taken = BatchReceipt()
        for (index, (id, verdict)) in zip(ids, verdicts).enumerated() {
            switch verdict {
            case .accepted: taken.add(id, "waiting")
            case .joined(let known): taken.add(known, "known")
            case .mismatch: return reply(with: .keyReused(index: index))
            case .queueFull: return reply(with: .queueFull)
            case .withheld: continue
            }
        }
        guard taken.invocations.count == ids.count else { return reply(with: .queueFull) }
        let body: ByteBuffer
        do { body = try taken.json() } catch {
            return reply(with: Problem(StoreError.corrupt("\(error)")))
        }
        sendWhole(status: 202, contentType: "application/json", body: body, outcome: nil)
    }
}

/// Reads a batch and hands it over.
private struct BatchReader: Sendable {
    let desk: any InvocationDesk
    let invoker: any FunctionInvoker
    let door: BatchDoor
    let caller: String

    /// Reads a batch and hands it over; `nil` where its client left before that.
    func submit(_ body: ByteBuffer) async -> BatchAnswer? {
        let read: InvocationBatch?
        do throws(BatchProblem) {
            read = try await door.read(body, caller: caller) { callable($0) }
        } catch {
            return .unreadable(error)
        }
        guard let batch = read, !Task.isCancelled else { return nil }
        // From here on not cancelled when the client leaves: it may be accepted already.
        return await Task { await handOver(batch) }.value
    }

    private func handOver(_ batch: InvocationBatch) async -> BatchAnswer {
        let ids = batch.submissions.map(\.invocation.id)
        do throws(StoreError) {
            return .judged(ids, try await desk.submit(batch.submissions))
        } catch {
            return .failed(error)
        }
    }

    /// What a caller may queue is what it may call.
    private func callable(_ name: String) -> FunctionName? {
        let match = invoker.route(method: "POST", path: "/functions/\(name)")
        guard case .function(let function) = match else { return nil }
        return function.name
    }
}

/// What the desk has said to a batch.
enum BatchAnswer: Sendable {
    /// It can't be read.
    case unreadable(BatchProblem)
    /// The store has refused.
    case failed(StoreError)
    /// The verdicts on these.
    case judged([InvocationID], SubmitVerdict)
}

/// The reply to a batch that was taken.
private struct BatchReceipt: Encodable {
    struct Entry: Encodable {
        var id: String
        var location: String
        var state: String
    }

    var invocations: [Entry] = []

    mutating func add(_ id: InvocationID, _ state: String) {
        let place = Connection.place + id.description
        invocations.append(Entry(id: id.description, location: place, state: state))
    }

    func json() throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var buffer = ByteBuffer(bytes: try encoder.encode(self))
        buffer.writeStaticString("\n")
        return buffer
    }
}
