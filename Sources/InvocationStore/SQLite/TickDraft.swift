internal import FunctionModel
internal import NIOCore

/// A tick that is to be fired and claimed, with all that can be worked out before its time.
final class TickDraft: Sendable {
    /// Where its schedule stands once it is fired.
    let schedule: ScheduleEntry
    let instant: WallTime
    let overlap: TickDecision.Overlap
    /// How many ticks are kept of the schedule; `nil` to remove none.
    let keeping: Int?
    /// What it runs, without its key.
    let run: QueuedInvocation
    /// The function's name as it is stored.
    let function: String
    let payload: Payload
    /// The checksum of the payload.
    let digest: Int64
    let claim: IdempotencyClaim?
    /// Everything that `bytes` writes, in three parts around what is known only in the commit.
    private let schedulePart: ByteBuffer
    private let entryPart: ByteBuffer
    private let payloadPart: ByteBuffer

    init(
        schedule: ScheduleEntry,
        instant: WallTime,
        overlap: TickDecision.Overlap,
        keeping: Int?,
        run: QueuedInvocation,
        payload: Payload,
        claim: IdempotencyClaim?
    ) {
        self.schedule = schedule
        self.instant = instant
        self.overlap = overlap
        self.keeping = keeping
        self.run = run
        self.payload = payload
        self.claim = claim
        function = run.function.description
        digest = payload.digest
        schedulePart = Self.schedulePart(schedule, instant)
        entryPart = Self.entryPart(run, keeping)
        payloadPart = Self.payloadPart(payload, run.delivery.orderingKey, claim)
    }

    /// Works out the one tick of a change that `fits`.
    convenience init(_ change: ScheduleChange) throws {
        guard let tick = change.ticks.first, var run = tick.run else {
            throw StoreError.corrupt("a change without a tick")
        }
        var schedule = change.entry
        schedule.last = run.id
        schedule.missed = 0
        let payload = try Payload(run)
        let claim = run.idempotency
        run.idempotency = nil
        self.init(
            schedule: schedule,
            instant: tick.instant,
            overlap: tick.overlap,
            keeping: change.keeping,
            run: run,
            payload: payload,
            claim: claim
        )
    }

    /// Whether a change is of the kind that has a short row: it fires one tick, and nothing else.
    static func fits(_ change: ScheduleChange) -> Bool {
        guard change.ticks.count == 1 else { return false }
        return change.ticks[0].fate == .fired && !change.ticks[0].isManual
            && change.ticks[0].run.map { $0.http == nil } == true
    }

    /// How it is kept once it has begun: numbers as they are, texts behind their length.
    func bytes(decided: WallTime, _ delivery: Delivery) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(
            schedulePart.readableBytes + entryPart.readableBytes + payloadPart.readableBytes
                + function.utf8.count + delivery.holder.utf8.count + 40
        )
        bytes.writeImmutableBuffer(schedulePart)
        bytes.writeInteger(decided.nanoseconds)
        bytes.writeImmutableBuffer(entryPart)
        bytes.writeMultipleIntegers(
            Int64(delivery.attemptLimit),
            delivery.due.nanoseconds,
            delivery.expires.nanoseconds
        )
        bytes.write(text: function)
        bytes.write(text: delivery.holder)
        bytes.writeImmutableBuffer(payloadPart)
        return bytes
    }
}

extension TickDraft {
    private static func schedulePart(_ schedule: ScheduleEntry, _ instant: WallTime) -> ByteBuffer {
        var bytes = ByteBuffer()
        for text in [schedule.name, schedule.function.description, schedule.declaration] {
            bytes.write(text: text)
        }
        bytes.writeMultipleIntegers(
            schedule.anchor.nanoseconds,
            schedule.cursor.nanoseconds,
            instant.nanoseconds
        )
        return bytes
    }

    private static func entryPart(_ run: QueuedInvocation, _ keeping: Int?) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger(Int64(keeping ?? -1))
        bytes.writeMultipleIntegers(run.id.words.high, run.id.words.low)
        bytes.writeInteger(Int64(run.delivery.priority))
        return bytes
    }

    private static func payloadPart(
        _ payload: Payload,
        _ orderingKey: String?,
        _ claim: IdempotencyClaim?
    ) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.write(optional: orderingKey.map(ByteBuffer.init(string:)))
        for text in [payload.trigger, payload.contentType, payload.trace] {
            bytes.write(text: text)
        }
        bytes.writeInteger(Int64(payload.depth))
        bytes.write(optional: payload.envelope.map { ByteBuffer(bytes: $0) })
        bytes.write(optional: payload.body)
        bytes.writeInteger(claim?.expires.nanoseconds ?? -1)
        guard let claim else { return bytes }
        for text in [claim.key.caller, claim.key.key, claim.fingerprint] { bytes.write(text: text) }
        return bytes
    }
}

extension ByteBuffer {
    fileprivate mutating func write(text: String) {
        writeEncodedInteger(text.utf8.count, strategy: .quic)
        writeString(text)
    }

    /// One more than its length, and the bytes; 0 for none.
    fileprivate mutating func write(optional bytes: ByteBuffer?) {
        writeEncodedInteger(bytes.map { $0.readableBytes + 1 } ?? 0, strategy: .quic)
        if let bytes { writeImmutableBuffer(bytes) }
    }
}
