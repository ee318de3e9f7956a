public import FunctionModel
public import NIOCore

/// A queue that takes everything, and one dead letter.
extension FakeHost {
    /// See `QueueOperations`.
    public func enqueue(
        _ function: String,
        payload: ByteBuffer,
        contentType: String,
        wishes: DeliveryWishes
    ) async throws -> InvocationID {
        let wished = wishes == DeliveryWishes() ? "" : " with wishes"
        note("enqueue \(function) \(contentType) \(payload.readableBytes)\(wished)")
        guard function != "nothing" else {
            throw HostOperationError(.notFound, "There is no function 'nothing' on this host.")
        }
        return kept.id
    }

    /// See `QueueOperations`.
    public func enqueue(batch: ByteBuffer) async throws -> [QueuedInvocationView] {
        note("enqueue batch \(batch.readableBytes)")
        return [QueuedInvocationView(id: kept.id, state: "waiting")]
    }

    /// See `QueueOperations`.
    public func publish(_ events: [EmittedEvent]) async throws -> [EventReceipt] {
        note("publish " + events.map(\.attributes.type).joined(separator: " "))
        return events.map { EventReceipt(id: $0.attributes.id, subscribers: 1, known: 0) }
    }

    /// See `QueueOperations`.
    public func stored(_ id: InvocationID) async throws -> StoredInvocationView? { nil }

    /// See `QueueOperations`.
    public func deadLetters(
        function: String?,
        after: String?,
        limit: Int
    ) async throws -> DeadLetterPage {
        note("dead-letters \(function ?? "*") \(after ?? "-") \(limit)")
        return DeadLetterPage([Self.letter(kept.id)])
    }

    /// See `QueueOperations`.
    public func deadLetter(_ id: InvocationID) async throws -> DeadLetterView? {
        id == kept.id ? Self.letter(id) : nil
    }

    /// See `QueueOperations`.
    public func redrive(_ choice: DeadLetterChoice) async throws -> Int {
        note("redrive \(Self.text(choice))")
        return 1
    }

    /// See `QueueOperations`.
    public func purge(_ choice: DeadLetterChoice) async throws -> Int {
        note("purge \(Self.text(choice))")
        return 1
    }

    /// See `QueueOperations`.
    public func backup(to path: String) async throws { note("backup \(path)") }

    private static func text(_ choice: DeadLetterChoice) -> String {
        let ids = choice.ids.map { $0.map(\.description).joined(separator: ",") }
        let rate = choice.perSecond.map { " \($0)/s" } ?? ""
        return (ids ?? choice.function ?? (choice.all == true ? "all" : "none")) + rate
    }

    private static func letter(_ id: InvocationID) -> DeadLetterView {
        var letter = DeadLetter(
            id: id,
            function: Samples.record.function,
            reason: .attemptsExhausted,
            attempts: 3,
            received: WallTime(seconds: 1),
            ended: WallTime(seconds: 2)
        )
        letter.error = InvocationError(kind: "SIGILL", message: "it trapped")
        letter.invocation = QueuedInvocation(
            id: id,
            function: Samples.record.function,
            body: ByteBuffer(string: "{}")
        )
        return DeadLetterView(letter)
    }
}
