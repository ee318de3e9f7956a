/// An invocation as operators see it: its record with times in seconds.
public struct InvocationView: Sendable, Hashable, Codable {
    /// Names it.
    public var id: InvocationID
    /// The function that ran.
    public var function: FunctionName
    /// Why it ran.
    public var trigger: TriggerKind
    /// How often it had been tried, this time included.
    public var attempt: Int
    /// The content hash of the plugin's version; empty when none was chosen.
    public var version: String
    /// When it was received, in seconds since 1970.
    public var received: Double
    /// How it ended; `nil` while it runs or waits.
    public var outcome: Outcome?
    /// The status that the function gave, or stands for the outcome.
    public var status: Int?
    /// What went wrong.
    public var error: InvocationErrorView?
    /// What was measured.
    public var usage: UsageView
    /// What it wrote; empty in lists.
    public var log: [LogLine]
    /// What the store knows of it, when it was queued; not in lists.
    public var stored: StoredInvocationView?

    /// Shows a record.
    public init(_ record: InvocationRecord) {
        id = record.id
        function = record.function
        trigger = record.trigger
        attempt = record.attempt
        version = record.version
        received = record.received
        outcome = record.outcome
        status = record.status
        error = record.error.map(InvocationErrorView.init)
        usage = UsageView(record.usage)
        log = record.log
    }

    /// The same without log lines and backtrace, for lists.
    public var summary: InvocationView {
        var view = self
        view.log = []
        view.error?.backtrace = []
        view.stored = nil
        return view
    }
}

/// What went wrong, with times in seconds.
public struct InvocationErrorView: Sendable, Hashable, Codable {
    /// A short stable word.
    public var kind: String
    /// A sentence.
    public var message: String
    /// The frames of a crash, innermost first.
    public var backtrace: [StackFrame]
    /// Whether another attempt may help.
    public var retryable: Bool
    /// How long to wait before it.
    public var retryAfterSeconds: Double?

    /// Shows an error.
    public init(_ error: InvocationError) {
        kind = error.kind
        message = error.message
        backtrace = error.backtrace
        retryable = error.retryable
        retryAfterSeconds = error.retryAfter?.inSeconds
    }
}

/// What was measured, with times in seconds.
public struct UsageView: Sendable, Hashable, Codable {
    /// Waiting for a worker.
    public var queuedSeconds: Double
    /// Starting a worker for it.
    public var startedSeconds: Double
    /// Running.
    public var runSeconds: Double
    /// CPU time of the worker's thread.
    public var cpuSeconds: Double
    /// The largest amount of memory the worker held.
    public var peakMemoryBytes: Int

    /// Shows what was measured.
    public init(_ usage: Usage) {
        queuedSeconds = usage.queued.inSeconds
        startedSeconds = usage.started.inSeconds
        runSeconds = usage.run.inSeconds
        cpuSeconds = usage.cpu.inSeconds
        peakMemoryBytes = usage.peakMemory.bytes
    }
}
