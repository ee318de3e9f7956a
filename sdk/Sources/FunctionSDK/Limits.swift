/// Limits of one function; what is `nil` keeps the host's default.
///
/// The operator may lower each.
public struct Limits: Sendable, Hashable {
    /// Wall time of one invocation.
    public var timeout: Duration?
    /// CPU time of one invocation.
    public var cpu: Duration?
    /// Memory of one worker.
    public var memory: MemorySize?
    /// Workers at the same time.
    public var concurrency: Int?
    /// Invocations that may begin in a time, evenly; more are refused with 429.
    public var rate: Rate?
    /// Invocations that may begin at once after a pause, within the rate.
    public var burst: Int?
    /// Errors in a hundred invocations of the last minute, beyond which none is run for a while.
    public var errorPercent: Int?
    /// CPU time of the whole plugin in percent of one core; enforced in a cell of its own.
    public var cpuPercent: Int?
    /// Invocations that may wait for a worker.
    public var queueLength: Int?
    /// How long one may wait for a worker.
    public var queueWait: Duration?
    /// The largest request body that isn't streamed.
    public var requestSize: MemorySize?
    /// The largest response body that isn't streamed.
    public var responseSize: MemorySize?
    /// Log lines of one invocation.
    public var logSize: MemorySize?
    /// Loading the image and starting the plugin.
    public var start: Duration?
    /// How long a worker may be idle before it is retired.
    public var idle: Duration?

    /// Sets the limits that differ from the host's defaults.
    public init(
        timeout: Duration? = nil,
        cpu: Duration? = nil,
        memory: MemorySize? = nil,
        concurrency: Int? = nil,
        rate: Rate? = nil,
        burst: Int? = nil,
        errorPercent: Int? = nil,
        cpuPercent: Int? = nil,
        queueLength: Int? = nil,
        queueWait: Duration? = nil,
        requestSize: MemorySize? = nil,
        responseSize: MemorySize? = nil,
        logSize: MemorySize? = nil,
        start: Duration? = nil,
        idle: Duration? = nil
    ) {
        self.timeout = timeout
        self.cpu = cpu
        self.memory = memory
        self.concurrency = concurrency
        self.rate = rate
        self.burst = burst
        self.errorPercent = errorPercent
        self.cpuPercent = cpuPercent
        self.queueLength = queueLength
        self.queueWait = queueWait
        self.requestSize = requestSize
        self.responseSize = responseSize
        self.logSize = logSize
        self.start = start
        self.idle = idle
    }
}

/// How often something may happen.
public struct Rate: Sendable, Hashable {
    /// The number in a minute.
    public let perMinute: Int

    /// So many a second.
    public static func perSecond(_ count: Int) -> Self {
        Self(perMinute: min(count, .max / 60) * 60)
    }
    /// So many a minute.
    public static func perMinute(_ count: Int) -> Self { Self(perMinute: count) }
}

/// An amount of memory or data.
public struct MemorySize: Sendable, Hashable {
    /// The amount in bytes.
    public let bytes: Int

    /// An amount in bytes.
    public static func bytes(_ count: Int) -> Self { Self(bytes: count) }
    /// Units of 1,024 bytes.
    public static func kibibytes(_ count: Int) -> Self { Self(bytes: count << 10) }
    /// Units of 1,024² bytes.
    public static func mebibytes(_ count: Int) -> Self { Self(bytes: count << 20) }
    /// Units of 1,024³ bytes.
    public static func gibibytes(_ count: Int) -> Self { Self(bytes: count << 30) }
}
