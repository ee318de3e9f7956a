internal import FunctionModel
internal import GRDB
internal import NIOCore

internal import struct Foundation.Data
internal import class Foundation.JSONDecoder
internal import class Foundation.JSONEncoder

/// What never changes of a queued invocation: one row of `payloads`.
struct Payload {
    var trigger: String
    var contentType: String
    var trace: String
    var depth: Int
    /// The head of the request that it came with.
    var head: ByteBuffer?
    /// What few invocations have, as JSON; `nil` when this one has nothing of it.
    var envelope: Data?
    var body: ByteBuffer

    init(_ invocation: QueuedInvocation) throws {
        trigger = invocation.trigger.rawValue
        contentType = invocation.contentType
        trace = invocation.trace.traceparent
        depth = invocation.depth
        body = invocation.body
        head = invocation.http.map { RequestHeadCode($0).bytes }
        let envelope = Envelope(invocation)
        self.envelope = envelope == Envelope() ? nil : try JSONEncoder().encode(envelope)
    }

    /// Puts together what was kept apart, without the head of a request.
    init(
        trigger: TriggerKind,
        contentType: String,
        trace: String,
        depth: Int,
        envelope: Data?,
        body: ByteBuffer
    ) {
        self.trigger = trigger.rawValue
        self.contentType = contentType
        self.trace = trace
        self.depth = depth
        self.envelope = envelope
        self.body = body
    }

    private init(_ row: QuickRow) throws(StoreError) {
        trigger = try row.text(0)
        contentType = try row.text(1)
        trace = try row.text(2)
        depth = Int(try row.number(3))
        envelope = try row.optionalData(4)
        body = try row.bytes(5)
        head = try row.optionalBytes(6)
    }

    /// The checksum over all of it.
    var digest: Int64 {
        var sum = Checksum()
        sum.add(trigger)
        sum.add(contentType)
        sum.add(trace)
        sum.add(depth)
        sum.add((envelope ?? Data()).span.bytes)
        sum.add(body)
        if let head { sum.add(head) }
        return sum.value
    }

    func insert(_ database: Database, sequence: Int64) throws {
        var statement = try QuickStatement(
            database,
            """
            insert into payloads
                (sequence, trigger, contentType, trace, depth, envelope, body, head)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        statement.bind(sequence)
        statement.bind(trigger)
        statement.bind(contentType)
        statement.bind(trace)
        statement.bind(depth)
        statement.bind(envelope)
        statement.bind(body)
        statement.bind(head)
        try statement.run()
    }

    /// Puts a payload in the place of an earlier one.
    func replace(_ database: Database, sequence: Int64) throws {
        try database.run("delete from payloads where sequence = ?", [sequence])
        try insert(database, sequence: sequence)
    }

    /// Reads what belongs to an entry and puts the invocation together.
    ///
    /// - Throws: `corrupt` when it is damaged or missing.
    static func fetch(_ database: Database, of entry: EntryRow) throws -> QueuedInvocation {
        let damaged = StoreError.corrupt("the payload of invocation \(entry.id)")
        var statement = try QuickStatement(
            database,
            """
            select trigger, contentType, trace, depth, envelope, body, head from payloads
            where sequence = ?
            """
        )
        statement.bind(entry.sequence)
        guard let payload = try statement.rows({ try Payload($0) }).first else { throw damaged }
        guard payload.digest == entry.digest, let trigger = TriggerKind(rawValue: payload.trigger)
        else { throw damaged }
        var invocation = QueuedInvocation(
            id: entry.id,
            function: try entry.name,
            trigger: trigger,
            body: payload.body
        )
        invocation.contentType = payload.contentType
        invocation.depth = payload.depth
        invocation.delivery.orderingKey = entry.orderingKey
        invocation.delivery.priority = entry.priority
        invocation.delivery.maximumAttempts = entry.delivery.attemptLimit
        let envelope =
            try payload.envelope.map { try JSONDecoder().decode(Envelope.self, from: $0) }
            ?? Envelope()
        envelope.fill(&invocation, traceparent: payload.trace)
        if let head = payload.head {
            guard let code = RequestHeadCode(head) else { throw damaged }
            invocation.http = code.head
        }
        return invocation
    }
}

/// The parts of an invocation that few have.
struct Envelope: Codable, Equatable {
    var event: CloudEventAttributes?
    var traceState: String?
    var timeout: Duration?
    var deadline: WallTime?
    var callback: String?
    var onSuccess: Destination?
    var onFailure: Destination?
    var progress: SequenceProgress?

    init() {}

    init(_ invocation: QueuedInvocation) {
        event = invocation.event
        traceState = invocation.trace.state.isEmpty ? nil : invocation.trace.state
        timeout = invocation.delivery.timeout
        deadline = invocation.delivery.deadline
        callback = invocation.delivery.callback
        onSuccess = invocation.delivery.onSuccess
        onFailure = invocation.delivery.onFailure
        progress = invocation.progress
    }

    func fill(_ invocation: inout QueuedInvocation, traceparent: String) {
        invocation.event = event
        let states = traceState.map { [$0] } ?? []
        if let trace = TraceContext(traceparent: traceparent, states: states) {
            invocation.trace = trace
        }
        invocation.delivery.timeout = timeout
        invocation.delivery.deadline = deadline
        invocation.delivery.callback = callback
        invocation.delivery.onSuccess = onSuccess
        invocation.delivery.onFailure = onFailure
        invocation.progress = progress
    }
}
