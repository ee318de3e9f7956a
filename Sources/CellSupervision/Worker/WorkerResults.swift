internal import CellProtocol
internal import FunctionModel
internal import NIOCore

/// Puts frames of a worker into the model's words.
///
/// What a plugin wrote is repaired where it isn't
/// valid text: a neighbour in the same cell must not pay for it.
struct WorkerResults {
    /// The payload that the ranges of a frame point into.
    let payload: ByteBuffer

    /// How much is taken of what is kept in records and logs, in bytes: frames may be as long as a
    /// response.
    enum Bounds {
        static let logMessage = 64 << 10
        static let metadata = 16 << 10
        static let errorMessage = 16 << 10
        static let word = 256
    }

    /// The beginning of a text.
    func text(_ range: Range<Int>, upTo limit: Int) -> String {
        guard range.count > limit else { return text(range) }
        return text(range.lowerBound..<range.lowerBound + limit) + " […]"
    }

    func text(_ range: Range<Int>) -> String {
        payload.getString(at: payload.readerIndex + range.lowerBound, length: range.count) ?? ""
    }

    func slice(_ range: Range<Int>) -> ByteBuffer {
        payload.getSlice(at: payload.readerIndex + range.lowerBound, length: range.count)
            ?? ByteBuffer()
    }

    func fields(_ ranges: [FieldRange]) -> [Field] {
        ranges.map { Field(text($0.name), text($0.value)) }
    }

    func head(_ frame: RespondFrame) -> ResponseHead {
        ResponseHead(
            status: frame.status == 0 ? 200 : Int(frame.status),
            contentType: text(frame.contentType),
            headers: fields(frame.headers)
        )
    }

    func line(_ frame: LogFrame) -> LogLine {
        var metadata: [String: String] = [:]
        var room = Bounds.metadata
        for field in frame.metadata {
            room -= field.name.count + field.value.count
            guard room >= 0 else { break }
            metadata[text(field.name)] = text(field.value)
        }
        return LogLine(
            time: Double(frame.time) / 1_000_000_000,
            level: Self.levels[Int(frame.level)],
            message: text(frame.message, upTo: Bounds.logMessage),
            metadata: metadata.isEmpty ? nil : metadata
        )
    }

    func call(_ frame: CallFrame, _ operation: HostOperation) -> HostCall {
        var call = HostCall(
            number: frame.number,
            operation: operation,
            name: text(frame.name),
            contentType: text(frame.contentType),
            payload: slice(frame.body),
            timeout: frame.timeout == 0 ? nil : .nanoseconds(frame.timeout)
        )
        call.options = fields(frame.options)
        return call
    }

    /// An end as the worker tells it.
    ///
    /// - Parameters:
    ///   - frame: What it says.
    ///   - responded: Whether its response has begun before.
    ///   - elapsed: How long it may have run by the host's clock; what a cell says beyond that isn't
    ///     believed.
    /// - Returns: The end as the host takes it.
    func result(_ frame: EndFrame, responded: Bool, elapsed: TimeAmount) -> InvocationResult {
        let outcome = Outcome(frame.code)
        let longest = max(0, elapsed.nanoseconds)
        var usage = Usage()
        usage.run = .nanoseconds(min(Int64(clamping: frame.run), longest))
        // Threads that the plugin has started count as well, each on a processor of its own.
        usage.cpu = min(
            .nanoseconds(Int64(clamping: frame.cpu)),
            .nanoseconds(longest) * Self.processors
        )
        usage.peakMemory = ByteCount(bytes: Int(clamping: frame.peakMemory))
        var result = InvocationResult(
            outcome: outcome,
            head: responded ? nil : head(frame),
            body: slice(frame.body),
            error: outcome == .succeeded ? nil : error(frame, outcome),
            usage: usage
        )
        // For whoever is answered with the error instead of what the function replied.
        let wait = result.head?.headers.first { $0.name.lowercased() == "retry-after" }
        result.error?.retryAfter = wait.flatMap { UInt32($0.value) }.map { .seconds($0) }
        return result
    }

    /// Asked once: it opens files of the control group's.
    private static let processors = System.coreCount

    private static let levels = ["trace", "debug", "info", "warning", "error", "stdout", "stderr"]

    private func head(_ frame: EndFrame) -> ResponseHead? {
        let status: Int
        switch (frame.status, frame.code) {
        case (0, .succeeded): status = frame.body.isEmpty ? 204 : 200
        case (0, _) where frame.body.isEmpty: return nil
        case (0, _): status = 500
        default: status = Int(frame.status)
        }
        return ResponseHead(
            status: status,
            contentType: text(frame.contentType),
            headers: fields(frame.headers)
        )
    }

    private func error(_ frame: EndFrame, _ outcome: Outcome) -> InvocationError {
        let kind = text(frame.errorKind, upTo: Bounds.word)
        let message = text(frame.errorMessage, upTo: Bounds.errorMessage)
        return InvocationError(
            kind: kind.isEmpty ? outcome.rawValue : kind,
            message: message.isEmpty ? "the function gave no reason" : message,
            backtrace: frame.frames.map {
                StackFrame(image: text($0.image, upTo: Bounds.word), offset: $0.offset)
            },
            retryable: frame.retryable
        )
    }
}

extension Outcome {
    /// The outcome that a code on the wire stands for.
    init(_ code: EndCode) {
        switch code {
        case .succeeded: self = .succeeded
        case .failed: self = .failed
        case .crashed: self = .crashed
        case .timedOut: self = .timedOut
        case .cpuExceeded: self = .cpuExceeded
        case .memoryExceeded: self = .memoryExceeded
        case .cancelled: self = .cancelled
        }
    }
}

extension InvocationResult {
    /// The end of an invocation that had started in a cell which is gone.
    static var lost: InvocationResult {
        InvocationResult(
            outcome: .lost,
            error: InvocationError(
                kind: "cellLost",
                message: "the process that ran the function ended; "
                    + "how far the invocation had come is not known",
                retryable: true
            )
        )
    }

    /// The end of an invocation that its cell failed to end in time.
    static var overdue: InvocationResult {
        InvocationResult(
            outcome: .timedOut,
            error: InvocationError(
                kind: "timedOut",
                message: "the function ran past its time and could not be stopped; "
                    + "its process has been ended"
            )
        )
    }
}
