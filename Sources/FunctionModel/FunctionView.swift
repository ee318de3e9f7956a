/// A function as operators see it; times are in seconds, since scripts read views too.
public struct FunctionView: Sendable, Hashable, Codable {
    /// Whether calls reach it.
    public enum State: String, Sendable, Codable {
        /// Calls are taken.
        case serving
        /// It crashed lately; calls are refused for a moment.
        case backingOff
        /// It crashed too often; calls are refused until an operator or a new version steps in.
        case quarantined
        /// Its plugin is going away.
        case draining
    }

    /// The full name.
    public var name: FunctionName
    /// What the function is for, in a sentence.
    public var summary: String?
    /// The short hash of the version that serves it.
    public var version: String
    /// The triggers in force.
    public var triggers: [TriggerDeclaration]
    /// The limits in force.
    public var limits: LimitsView
    /// Who has set which limit, by the names of `roost.yaml`; defaults aren't listed.
    public var limitOrigins: [String: LimitOrigin] = [:]
    /// Where it runs.
    public var isolation: Isolation
    /// What happens after crashes.
    public var onCrash: CrashPolicy
    /// Whether calls reach it.
    public var state: State
    /// Workers that run an invocation now.
    public var workersRunning: Int
    /// Workers that wait for one.
    public var workersIdle: Int
    /// Invocations that wait for a worker.
    public var queueDepth: Int
    /// How many ended in which way, since the host started; the key is an `Outcome`.
    public var counts: [String: Int]
    /// The average run of late, in seconds; `nil` before the first.
    public var averageRunSeconds: Double?

    /// Describes a function that has not been called yet.
    public init(
        name: FunctionName,
        summary: String? = nil,
        version: String,
        triggers: [TriggerDeclaration],
        limits: LimitsView,
        isolation: Isolation,
        onCrash: CrashPolicy,
        state: State = .serving,
        workersRunning: Int = 0,
        workersIdle: Int = 0,
        queueDepth: Int = 0,
        counts: [String: Int] = [:],
        averageRunSeconds: Double? = nil
    ) {
        self.name = name
        self.summary = summary
        self.version = version
        self.triggers = triggers
        self.limits = limits
        self.isolation = isolation
        self.onCrash = onCrash
        self.state = state
        self.workersRunning = workersRunning
        self.workersIdle = workersIdle
        self.queueDepth = queueDepth
        self.counts = counts
        self.averageRunSeconds = averageRunSeconds
    }
}

/// The limits of a function with their units in the names.
public struct LimitsView: Sendable, Hashable, Codable {
    /// Wall time of one invocation.
    public var timeoutSeconds: Double
    /// CPU time of one invocation.
    public var cpuSeconds: Double
    /// Memory of one worker.
    public var memoryBytes: Int
    /// Workers at the same time; `nil` stands for four times the machine's cores.
    public var concurrency: Int?
    /// Invocations that may begin in a minute; `nil` for any number.
    public var ratePerMinute: Int?
    /// Invocations that may begin at once after a pause; `nil` without a rate or for its default.
    public var burst: Int?
    /// Errors in a hundred invocations of the last minute, beyond which none is run for a while;
    /// `nil` for any number.
    public var errorPercent: Int?
    /// CPU time of all its plugin's workers in percent of one core; `nil` for no ceiling.
    public var cpuPercent: Int?
    /// Invocations that may wait for a worker.
    public var queueLength: Int
    /// How long one may wait.
    public var queueWaitSeconds: Double
    /// The largest request body that is not streamed.
    public var requestBytes: Int
    /// The largest response body that is not streamed.
    public var responseBytes: Int
    /// Log lines of one invocation.
    public var logBytes: Int
    /// Loading the image and starting the plugin.
    public var startSeconds: Double
    /// How long a worker may be idle before it is retired.
    public var idleSeconds: Double

    /// Shows a quota.
    public init(_ quota: Quota) {
        timeoutSeconds = quota.timeout.inSeconds
        cpuSeconds = quota.cpuTime.inSeconds
        memoryBytes = quota.memory.bytes
        concurrency = quota.concurrency
        ratePerMinute = quota.ratePerMinute
        burst = quota.burst
        errorPercent = quota.errorPercent
        cpuPercent = quota.cpuPercent
        queueLength = quota.queueLength
        queueWaitSeconds = quota.queueWait.inSeconds
        requestBytes = quota.requestSize.bytes
        responseBytes = quota.responseSize.bytes
        logBytes = quota.logSize.bytes
        startSeconds = quota.startTimeout.inSeconds
        idleSeconds = quota.idleTime.inSeconds
    }
}

extension Duration {
    /// The duration in seconds, for views and metrics; exact to a nanosecond below 100 days.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
