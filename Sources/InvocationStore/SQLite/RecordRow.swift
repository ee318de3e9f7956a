internal import FunctionModel
internal import GRDB
internal import NIOCore

internal import struct Foundation.Data

/// One row of `records`.
struct RecordRow {
    var id: InvocationID
    var attempt: Int
    var function: String
    var trigger: String
    var version: String
    var received: Double
    var outcome: String?
    var status: Int?
    var usage: Data
    var error: Data?
    var log: Data?
    private var isIntact = true

    init(_ record: InvocationRecord) throws {
        id = record.id
        attempt = record.attempt
        function = record.function.description
        trigger = record.trigger.rawValue
        version = record.version
        received = record.received
        outcome = record.outcome?.rawValue
        status = record.status
        usage = record.usage.packed
        error = try Session.encode(record.error)
        log = try Session.encode(record.log.isEmpty ? nil : record.log)
    }

    init(_ row: Row) throws {
        id = try InvocationID(data: row.value("id"))
        attempt = try row.value("attempt")
        function = try row.value("function")
        trigger = try row.value("trigger")
        version = try row.value("version")
        received = WallTime(nanoseconds: try row.value("received")).seconds
        outcome = try row.optional("outcome")
        status = try row.optional("status")
        usage = try row.value("usage")
        error = try row.optional("error")
        log = try row.optional("log")
        isIntact = try row.value("digest") == digest
    }

    func insert(_ database: Database) throws {
        let size = usage.count + (error?.count ?? 0) + (log?.count ?? 0) + 256
        var statement = try QuickStatement(
            database,
            """
            insert or replace into records (id, attempt, function, trigger, version, received,
                outcome, status, usage, error, log, size, digest)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        statement.bind(id)
        statement.bind(attempt)
        statement.bind(function)
        statement.bind(trigger)
        statement.bind(version)
        statement.bind(WallTime(seconds: received).nanoseconds)
        statement.bind(outcome)
        statement.bind(status)
        statement.bind(usage)
        statement.bind(error)
        statement.bind(log)
        statement.bind(size)
        statement.bind(digest)
        try statement.run()
    }

    /// The record, with or without its log lines and backtrace.
    ///
    /// - Throws: `corrupt` when the row is damaged.
    func record(isWhole: Bool) throws -> InvocationRecord {
        let damaged = StoreError.corrupt("the record of invocation \(id)")
        guard isIntact, let trigger = TriggerKind(rawValue: trigger), let usage = Usage(usage)
        else { throw damaged }
        var record = InvocationRecord(
            id: id,
            function: try FunctionName(function),
            trigger: trigger,
            attempt: attempt,
            version: version,
            received: received
        )
        record.outcome = outcome.flatMap(Outcome.init)
        record.status = status
        record.usage = usage
        record.error = try Session.decode(InvocationError.self, error)
        if isWhole {
            record.log = try Session.decode([LogLine].self, log) ?? []
        } else {
            record.error?.backtrace = []
        }
        return record
    }

    private var digest: Int64 {
        var sum = Checksum()
        sum.add(id)
        sum.add(attempt)
        sum.add(function)
        sum.add(trigger)
        sum.add(version)
        // As stored, so that rounding doesn't look like damage.
        sum.add(WallTime(seconds: received))
        sum.add(outcome)
        sum.add(status ?? -1)
        sum.add(usage.span.bytes)
        sum.add((error ?? Data()).span.bytes)
        sum.add((log ?? Data()).span.bytes)
        return sum.value
    }
}

extension Usage {
    private static let packedSize = 40

    /// Four durations in nanoseconds and the memory in bytes.
    fileprivate var packed: Data {
        var buffer = ByteBuffer()
        for duration in [queued, started, run, cpu] {
            buffer.writeInteger(duration.wholeNanoseconds)
        }
        buffer.writeInteger(Int64(peakMemory.bytes))
        return buffer.data
    }

    fileprivate init?(_ packed: Data) {
        guard packed.count == Self.packedSize else { return nil }
        var buffer = ByteBuffer(bytes: packed)
        func next() -> Int64 { buffer.readInteger(as: Int64.self) ?? 0 }
        self.init()
        queued = .nanoseconds(next())
        started = .nanoseconds(next())
        run = .nanoseconds(next())
        cpu = .nanoseconds(next())
        peakMemory = ByteCount(bytes: Int(next()))
    }
}
