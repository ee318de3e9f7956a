internal import FunctionModel
internal import GRDB
internal import NIOCore

/// A tick that was fired and claimed in one commit, as it lies in `begun` before it is put in its
/// places.
///
/// A tick has rows in five tables and twelve places of their indexes, most of them on pages of their
/// own: too much to write while all that are due in one instant wait for it. So one short row is
/// written first, at the end of a table, and the others later.
final class BegunTick: Sendable {
    let draft: TickDraft
    let decided: WallTime
    /// Whose lease it is, and until when.
    let delivery: Delivery
    /// Its place in `begun`: higher than that of every one before it.
    let sequence: Int64

    init(_ draft: TickDraft, decided: WallTime, delivery: Delivery, sequence: Int64) {
        self.draft = draft
        self.decided = decided
        self.delivery = delivery
        self.sequence = sequence
    }

    /// Where its schedule stands since.
    var schedule: ScheduleEntry { draft.schedule }

    /// The invocation's entry, which is leased.
    var entry: EntryRow {
        EntryRow(draft.run, delivery: delivery, digest: draft.digest, now: decided)
    }

    /// The tick as it is listed.
    var tick: TickEntry {
        var tick = TickEntry(TickDecision(draft.instant, .fired), .fired, decided: decided)
        tick.invocation = draft.run.id
        return tick
    }

    /// Has a tick begin: writes its row.
    init(
        inserting draft: TickDraft,
        decided: WallTime,
        delivery: Delivery,
        _ database: Database
    ) throws {
        var statement = try QuickStatement(
            database,
            "insert into begun (bytes, digest) values (?, ?)"
        )
        let bytes = draft.bytes(decided: decided, delivery)
        statement.bind(bytes)
        statement.bind(Self.digest(bytes))
        try statement.run()
        self.draft = draft
        self.decided = decided
        self.delivery = delivery
        sequence = database.lastInsertedRowID
    }

    /// Removes its row, for it is in its places.
    func remove(_ database: Database) throws {
        var statement = try QuickStatement(database, "delete from begun where sequence = ?")
        statement.bind(sequence)
        try statement.run()
    }

    /// Those that a host which ended left behind, in their order, and how many are damaged.
    static func all(_ database: Database) throws -> (ticks: [BegunTick], damaged: Int) {
        let rows = try QuickStatement(
            database,
            "select bytes, digest, sequence from begun order by sequence"
        ).rows { row -> BegunTick? in
            do {
                let bytes = try row.bytes(0)
                guard try row.number(1) == digest(bytes) else { return nil }
                return read(bytes, at: try row.number(2))
            } catch is StoreError { return nil }
        }
        let ticks = rows.compactMap(\.self)
        return (ticks, rows.count - ticks.count)
    }

    private static func digest(_ bytes: ByteBuffer) -> Int64 {
        var sum = Checksum()
        sum.add(bytes)
        return sum.value
    }
}

extension BegunTick {
    /// Reads what `TickDraft.bytes` wrote; `nil` when it is something else.
    private static func read(_ encoded: ByteBuffer, at sequence: Int64) -> BegunTick? {
        var bytes = encoded
        guard let name = bytes.readText(), let function = Self.function(bytes.readText()),
            let declaration = bytes.readText(),
            let times = bytes.readMultipleIntegers(as: (Int64, Int64, Int64, Int64, Int64).self),
            let words = bytes.readMultipleIntegers(as: (UInt64, UInt64).self),
            let numbers = bytes.readMultipleIntegers(as: (Int64, Int64, Int64, Int64).self),
            let runs = Self.function(bytes.readText()), let holder = bytes.readText(),
            let orderingKey = bytes.readOptional(),
            let trigger = bytes.readText().flatMap(TriggerKind.init(rawValue:)),
            let contentType = bytes.readText(), let trace = bytes.readText(),
            let depth = bytes.readInteger(as: Int64.self), let envelope = bytes.readOptional(),
            let body = bytes.readOptional() ?? nil, let expires = bytes.readInteger(as: Int64.self)
        else { return nil }
        var schedule = ScheduleEntry(
            name: name,
            function: function,
            declaration: declaration,
            at: WallTime(nanoseconds: times.0)
        )
        schedule.cursor = WallTime(nanoseconds: times.1)
        let id = InvocationID(high: words.0, low: words.1)
        schedule.last = id
        let payload = Payload(
            trigger: trigger,
            contentType: contentType,
            trace: trace,
            depth: Int(depth),
            envelope: envelope?.data,
            body: body
        )
        var invocation = QueuedInvocation(id: id, function: runs)
        invocation.delivery.orderingKey = orderingKey.map(String.init(buffer:))
        invocation.delivery.priority = Int(numbers.0)
        var delivery = Delivery(
            phase: .leased,
            attemptLimit: Int(numbers.1),
            due: WallTime(nanoseconds: numbers.2),
            expires: WallTime(nanoseconds: numbers.3)
        )
        (delivery.attempt, delivery.token, delivery.holder) = (1, 1, holder)
        guard let claim = readClaim(&bytes, of: runs, expires) else { return nil }
        let draft = TickDraft(
            schedule: schedule,
            instant: WallTime(nanoseconds: times.2),
            overlap: .allow,
            keeping: times.4 < 0 ? nil : Int(times.4),
            run: invocation,
            payload: payload,
            claim: claim
        )
        return BegunTick(
            draft,
            decided: WallTime(nanoseconds: times.3),
            delivery: delivery,
            sequence: sequence
        )
    }

    /// The key, where there is one; `nil` for something else.
    private static func readClaim(
        _ bytes: inout ByteBuffer,
        of function: FunctionName,
        _ expires: Int64
    ) -> IdempotencyClaim?? {
        guard expires >= 0 else { return .some(nil) }
        guard let caller = bytes.readText(), let key = bytes.readText(),
            let fingerprint = bytes.readText()
        else { return nil }
        return IdempotencyClaim(
            key: IdempotencyKey(function: function, caller: caller, key: key),
            fingerprint: fingerprint,
            expires: WallTime(nanoseconds: expires)
        )
    }

    private static func function(_ text: String?) -> FunctionName? {
        do { return try text.map(FunctionName.init) } catch { return nil }
    }
}

extension ByteBuffer {
    fileprivate mutating func readText() -> String? {
        readEncodedInteger(as: Int.self, strategy: .quic).flatMap { readString(length: $0) }
    }

    fileprivate mutating func readOptional() -> ByteBuffer?? {
        guard let length = readEncodedInteger(as: Int.self, strategy: .quic) else { return nil }
        guard length > 0 else { return .some(nil) }
        return readSlice(length: length - 1).map { .some($0) }
    }
}
