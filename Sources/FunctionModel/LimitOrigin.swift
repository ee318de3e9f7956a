/// Who has set a limit that is in force.
public enum LimitOrigin: String, Sendable, Codable {
    /// The plugin, in its manifest.
    case plugin
    /// `roost.yaml`, of the plugin or the function.
    case file
    /// `roost.yaml`, as a ceiling for all functions.
    case ceiling
    /// An operator, while the host ran.
    case operatorsWord = "operator"
}

/// What an operator lowers limits of.
public enum LimitTarget: Sendable, Hashable {
    /// One function, by its full or short name.
    case function(String)
    /// All functions of a plugin.
    case plugin(String)
}

extension QuotaOverrides {
    /// Names every limit of a quota.
    public init(_ quota: Quota) {
        timeoutMilliseconds = quota.timeout.inMilliseconds
        cpuMilliseconds = quota.cpuTime.inMilliseconds
        memoryBytes = quota.memory.bytes
        concurrency = quota.concurrency
        ratePerMinute = quota.ratePerMinute
        burst = quota.burst
        errorPercent = quota.errorPercent
        cpuPercent = quota.cpuPercent
        queueLength = quota.queueLength
        queueWaitMilliseconds = quota.queueWait.inMilliseconds
        requestBytes = quota.requestSize.bytes
        responseBytes = quota.responseSize.bytes
        logBytes = quota.logSize.bytes
        startMilliseconds = quota.startTimeout.inMilliseconds
        idleMilliseconds = quota.idleTime.inMilliseconds
    }
}

extension Duration {
    fileprivate var inMilliseconds: Int { Int((inSeconds * 1_000).rounded()) }
}
