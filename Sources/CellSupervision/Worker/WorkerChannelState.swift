internal import CellProtocol
internal import FunctionModel

/// The rules of one worker's channel as the host enforces them: what may come when, and how much.
///
/// A value without I/O. The worker is believed nothing: a frame that breaks a rule throws, and whoever
/// owns the channel then ends the cell.
struct WorkerChannelState<Job> {
    /// How far the worker has come.
    enum Phase: Equatable {
        /// It has not said `ready`.
        case starting
        /// It takes invocations.
        case running
        /// It finishes what it was given and takes nothing more.
        case retiring
        /// It has said that it ends, or its channel is closed.
        case ended
    }

    /// What a frame means for the host.
    enum Event {
        case started(ReadyFrame)
        case refused(RefusedFrame)
        case responded(Job, RespondFrame)
        case wrote(Job)
        case consumed(Job, bytes: Int)
        case logged(Job?, LogFrame)
        case called(Job, CallFrame, HostOperation)
        case ended(Job, EndFrame, responded: Bool, mayBeAnothers: Bool)
        /// The worker ends outside of any invocation.
        case left(LeaveFrame, wasAsked: Bool)
        /// Well-formed, but beyond what is kept; nothing to do.
        case dropped
    }

    struct Entry {
        let job: Job
        let slot: Int
        let sequence: UInt64
        let logLimit: Int
        var bodySent: Int
        var bodyConsumed = 0
        var credit: Int
        /// Granted, and not yet sent.
        var owedCredit = 0
        var responded = false
        var openCalls: Set<UInt32> = []
        var logged = 0
        var logFrames = 0
    }

    let limits: Limits
    private(set) var phase = Phase.starting
    /// Invocations under way, oldest first: the worker may speak of the first only.
    private(set) var entries: [Entry] = []
    private var nextSequence: UInt64 = 1
    private var busySlots: UInt16 = 0
    /// Answers that wait for room in the socket: the worker has not read those before them.
    private var unwrittenAnswers = 0
    private var looseLogged = 0
    private var looseLogFrames = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Whether nothing is under way.
    var isIdle: Bool { entries.isEmpty }

    /// Takes in a job that is sent next; its slot's word is to be set before.
    mutating func submit(_ job: Job, bodyBytes: Int, logLimit: Int) -> (slot: Int, sequence: UInt64)
    {
        precondition(phase == .running, "jobs go to a running worker")
        precondition(entries.count < SlotWord.count, "the dispatcher keeps to the window")
        let slot = (~busySlots).trailingZeroBitCount
        busySlots |= 1 << slot
        let sequence = nextSequence
        nextSequence += 1
        entries.append(
            Entry(
                job: job,
                slot: slot,
                sequence: sequence,
                logLimit: logLimit,
                bodySent: bodyBytes,
                credit: limits.initialCredit
            )
        )
        return (slot, sequence)
    }

    /// Forgets a job that has been taken back.
    mutating func forget(at index: Int) {
        busySlots &= ~(1 << entries[index].slot)
        entries.remove(at: index)
    }

    /// Notes that a piece of a body has gone into the socket.
    ///
    /// Not before: what a worker says it has
    /// consumed lets the next piece come, and a worker that reads nothing must not fill the host.
    mutating func bodyWritten(_ sequence: UInt64, bytes: Int) {
        guard let index = entries.firstIndex(where: { $0.sequence == sequence }) else { return }
        entries[index].bodySent += bytes
    }

    /// Notes that credit is granted; the portion that is to be sent now, or 0.
    mutating func grantCredit(at index: Int, bytes: Int) -> Int {
        entries[index].owedCredit += min(bytes, limits.initialCredit)
        guard entries[index].owedCredit >= limits.creditPortion else { return 0 }
        defer { entries[index].owedCredit = 0 }
        entries[index].credit += entries[index].owedCredit
        return entries[index].owedCredit
    }

    /// Notes that a call is answered; false when nobody waits for it.
    mutating func answer(at index: Int, call: UInt32) -> Bool {
        guard entries[index].openCalls.remove(call) != nil else { return false }
        unwrittenAnswers += 1
        return true
    }

    /// Notes that an answer has gone into the socket.
    mutating func answerWritten() { unwrittenAnswers -= 1 }

    /// Notes that the worker is asked to end; false when it has not started, or is ending already.
    mutating func retire() -> Bool {
        guard phase == .running else { return false }
        phase = .retiring
        return true
    }

    /// Closes the channel's books and returns what was still under way, oldest first.
    mutating func close() -> [Entry] {
        phase = .ended
        defer {
            entries = []
            busySlots = 0
        }
        return entries
    }
}

extension WorkerChannelState {
    /// Checks a frame and says what it means.
    mutating func receive(
        _ header: FrameHeader,
        _ payload: RawSpan
    ) throws(ProtocolViolation) -> Event {
        guard phase != .ended else { throw .unexpected("\(header.kind) after the worker's end") }
        switch header.kind {
        case .ready:
            let isFirst = phase == .starting
            guard isFirst else { throw .unexpected("second ready") }
            phase = .running
            return .started(try ReadyFrame(payload))
        case .refused:
            guard phase == .starting else { throw .unexpected("refusal of a started worker") }
            phase = .ended
            return .refused(try RefusedFrame(payload))
        case .log where header.sequence == 0: return try receiveLooseLog(payload)
        case .leave:
            guard phase != .starting else { throw .unexpected("leave before ready") }
            let wasAsked = phase == .retiring && isIdle
            phase = .ended
            return .left(try LeaveFrame(payload), wasAsked: wasAsked)
        case .consumed, .respond, .piece, .log, .call, .end:
            return try receiveOfJob(header, payload)
        default: throw .unexpected("\(header.kind) from a worker")
        }
    }

    private mutating func receiveOfJob(
        _ header: FrameHeader,
        _ payload: RawSpan
    ) throws(ProtocolViolation) -> Event {
        guard let entry = entries.first, entry.sequence == header.sequence,
            entry.slot == Int(header.slot)
        else { throw .unexpected("\(header.kind) for an invocation that doesn't run") }
        switch header.kind {
        case .consumed: return try receiveConsumed(try FlowFrame(payload), entry)
        case .respond: return try receiveRespond(try RespondFrame(payload), entry)
        case .piece: return try receivePiece(payload.byteCount, entry)
        case .log: return try receiveLog(payload, entry)
        case .call: return try receiveCall(try CallFrame(payload), entry)
        default: return try receiveEnd(header, try EndFrame(payload), entry)
        }
    }

    private mutating func receiveConsumed(
        _ frame: FlowFrame,
        _ entry: Entry
    ) throws(ProtocolViolation) -> Event {
        let bytes = Int(frame.bytes)
        guard entry.bodyConsumed + bytes <= entry.bodySent else {
            throw .badValue("consumption of \(bytes) bytes that were never sent")
        }
        entries[0].bodyConsumed += bytes
        return .consumed(entry.job, bytes: bytes)
    }

    private mutating func receiveRespond(
        _ frame: RespondFrame,
        _ entry: Entry
    ) throws(ProtocolViolation) -> Event {
        guard !entry.responded else { throw .unexpected("second respond") }
        guard frame.status == 0 || (100...599).contains(frame.status) else {
            throw .badValue("the status \(frame.status)")
        }
        entries[0].responded = true
        return .responded(entry.job, frame)
    }

    private mutating func receivePiece(
        _ count: Int,
        _ entry: Entry
    ) throws(ProtocolViolation) -> Event {
        guard entry.responded else { throw .unexpected("piece before respond") }
        guard count > 0 else { throw .badValue("a piece of 0 bytes") }
        guard count <= entry.credit else {
            throw .badValue("a piece of \(count) bytes with a credit of \(entry.credit)")
        }
        entries[0].credit -= count
        return .wrote(entry.job)
    }

    private mutating func receiveLog(
        _ payload: RawSpan,
        _ entry: Entry
    ) throws(ProtocolViolation) -> Event {
        let frame = try LogFrame(payload)
        entries[0].logFrames += payload.byteCount
        guard entries[0].logFrames <= limits.logFlood + 32 * entry.logLimit else {
            throw .unexpected("flood of log lines")
        }
        // The cell cuts at the limit and then says so in a last line; this is the backstop.
        guard entry.logged <= entry.logLimit else { return .dropped }
        entries[0].logged += frame.size
        return .logged(entry.job, frame)
    }

    private mutating func receiveLooseLog(_ payload: RawSpan) throws(ProtocolViolation) -> Event {
        let frame = try LogFrame(payload)
        looseLogFrames += payload.byteCount
        guard looseLogFrames <= limits.logFlood + 32 * limits.startLog else {
            throw .unexpected("flood of log lines")
        }
        guard looseLogged <= limits.startLog else { return .dropped }
        looseLogged += frame.size
        return .logged(nil, frame)
    }

    private mutating func receiveCall(
        _ frame: CallFrame,
        _ entry: Entry
    ) throws(ProtocolViolation) -> Event {
        guard let operation = HostOperation(rawValue: frame.operation) else {
            throw .badValue("the host operation \(frame.operation)")
        }
        guard frame.timeout >= 0 else { throw .badValue("the timeout \(frame.timeout)") }
        // An honest worker has read every answer that its next call doesn't wait beside.
        guard entry.openCalls.count + unwrittenAnswers < limits.openCalls else {
            throw .unexpected("call beside \(limits.openCalls) whose answers it has not read")
        }
        guard entries[0].openCalls.insert(frame.number).inserted else {
            throw .unexpected("second call with the number \(frame.number)")
        }
        return .called(entry.job, frame, operation)
    }

    private mutating func receiveEnd(
        _ header: FrameHeader,
        _ frame: EndFrame,
        _ entry: Entry
    ) throws(ProtocolViolation) -> Event {
        let streamed = header.flags & EndFrame.streamed != 0
        guard streamed == entry.responded || frame.code != .succeeded else {
            throw .unexpected(streamed ? "streamed end without respond" : "end with a second head")
        }
        guard !entry.responded || frame.body.isEmpty else {
            throw .unexpected("body at the end of a streamed response")
        }
        if header.flags & EndFrame.workerEnds != 0 { phase = .ended }
        // Side threads may print as long as the worker lives; what they may is per invocation.
        looseLogged = 0
        looseLogFrames = 0
        forget(at: 0)
        let isDoubtful = header.flags & EndFrame.mayBeAnothers != 0
        return .ended(entry.job, frame, responded: entry.responded, mayBeAnothers: isDoubtful)
    }
}
