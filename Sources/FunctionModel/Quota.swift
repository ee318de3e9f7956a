/// The limits of one function, complete: what the plugin declares, lowered by what the operator says.
public struct Quota: Hashable, Sendable, Codable {
    /// Wall time of one invocation.
    public var timeout: Duration = .seconds(30)
    /// CPU time of one invocation.
    public var cpuTime: Duration = .seconds(10)
    /// How long an invocation that was asked to stop may go on before its worker is ended.
    public var cancellationGrace: Duration = .milliseconds(100)
    /// Memory of one worker.
    public var memory: ByteCount = .mebibytes(256)
    /// Workers at the same time; `nil` stands for four times the machine's cores.
    public var concurrency: Int?
    /// Invocations that may begin in a minute, evenly; `nil` for any number.
    public var ratePerMinute: Int?
    /// Invocations that may begin at once after a pause, within the rate; `nil` for what the rate
    /// allows in a second, at least one.
    public var burst: Int?
    /// Errors in a hundred invocations of the last minute, beyond which none is run for a while;
    /// `nil` for any number.
    public var errorPercent: Int?
    /// CPU time of all its plugin's workers in percent of one core; `nil` for no ceiling.
    public var cpuPercent: Int?
    /// Invocations that may wait for a worker.
    public var queueLength: Int = 1_000
    /// How long one may wait.
    public var queueWait: Duration = .seconds(30)
    /// The largest request body that is not streamed.
    public var requestSize: ByteCount = .mebibytes(6)
    /// The largest response body that is not streamed.
    public var responseSize: ByteCount = .mebibytes(6)
    /// Log lines of one invocation, in bytes.
    public var logSize: ByteCount = .kibibytes(256)
    /// Loading the image and starting the plugin.
    public var startTimeout: Duration = .seconds(5)
    /// How long a worker may be idle before it is retired.
    public var idleTime: Duration = .seconds(60)

    /// The defaults of the design.
    public init() {}
}

/// Limits as a plugin or the operator writes them: only those that differ from what is below.
public struct QuotaOverrides: Hashable, Sendable, Codable {
    /// Wall time in milliseconds.
    public var timeoutMilliseconds: Int?
    /// CPU time in milliseconds.
    public var cpuMilliseconds: Int?
    /// Memory in bytes.
    public var memoryBytes: Int?
    /// Workers at the same time.
    public var concurrency: Int?
    /// Invocations that may begin in a minute.
    public var ratePerMinute: Int?
    /// Invocations that may begin at once after a pause.
    public var burst: Int?
    /// Errors in a hundred invocations of the last minute, beyond which none is run for a while.
    public var errorPercent: Int?
    /// CPU time of the plugin's cell in percent of one core.
    public var cpuPercent: Int?
    /// Invocations that may wait.
    public var queueLength: Int?
    /// How long one may wait, in milliseconds.
    public var queueWaitMilliseconds: Int?
    /// The largest request body, in bytes.
    public var requestBytes: Int?
    /// The largest response body, in bytes.
    public var responseBytes: Int?
    /// Log lines of one invocation, in bytes.
    public var logBytes: Int?
    /// Loading and starting, in milliseconds.
    public var startMilliseconds: Int?
    /// Idle time before a worker is retired, in milliseconds.
    public var idleMilliseconds: Int?

    /// No overrides.
    public init() {}
}

extension Quota {
    /// Returns this quota with the values that `overrides` names.
    ///
    /// With `lowerOnly`, a value larger than the present one is ignored; this is how the operator's
    /// host-wide ceilings are laid over a plugin's own wishes.
    public func applying(_ overrides: QuotaOverrides, lowerOnly: Bool = false) -> Quota {
        var quota = self
        func set<Value: Comparable>(_ path: WritableKeyPath<Quota, Value>, _ value: Value?) {
            guard let value else { return }
            quota[keyPath: path] = lowerOnly ? min(quota[keyPath: path], value) : value
        }
        set(\.timeout, overrides.timeoutMilliseconds.map { .milliseconds($0) })
        set(\.cpuTime, overrides.cpuMilliseconds.map { .milliseconds($0) })
        set(\.memory, overrides.memoryBytes.map { ByteCount(bytes: $0) })
        set(\.queueLength, overrides.queueLength)
        set(\.queueWait, overrides.queueWaitMilliseconds.map { .milliseconds($0) })
        set(\.requestSize, overrides.requestBytes.map { ByteCount(bytes: $0) })
        set(\.responseSize, overrides.responseBytes.map { ByteCount(bytes: $0) })
        set(\.logSize, overrides.logBytes.map { ByteCount(bytes: $0) })
        set(\.startTimeout, overrides.startMilliseconds.map { .milliseconds($0) })
        set(\.idleTime, overrides.idleMilliseconds.map { .milliseconds($0) })
        func setOptional(_ path: WritableKeyPath<Quota, Int?>, _ value: Int?) {
            guard let value else { return }
            quota[keyPath: path] = lowerOnly ? min(quota[keyPath: path] ?? value, value) : value
        }
        setOptional(\.concurrency, overrides.concurrency)
        setOptional(\.ratePerMinute, overrides.ratePerMinute)
        setOptional(\.burst, overrides.burst)
        setOptional(\.errorPercent, overrides.errorPercent)
        setOptional(\.cpuPercent, overrides.cpuPercent)
        return quota
    }
}
