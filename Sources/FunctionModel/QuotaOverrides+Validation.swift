extension QuotaOverrides {
    /// What each limit may be.
    public static let bounds:
        [(
            path: any Sendable & KeyPath<QuotaOverrides, Int?>, name: String,
            allowed: ClosedRange<Int>
        )] = [
            (\.timeoutMilliseconds, "timeout in milliseconds", 1...86_400_000),
            (\.cpuMilliseconds, "CPU time in milliseconds", 1...86_400_000),
            (\.memoryBytes, "memory in bytes", 1 << 20...1 << 40),
            (\.concurrency, "concurrency", 1...1_024),
            (\.ratePerMinute, "rate per minute", 1...600_000_000),
            (\.burst, "burst", 1...1_000_000),
            (\.errorPercent, "error rate in percent", 1...99),
            (\.cpuPercent, "CPU share in percent of a core", 1...102_400),
            (\.queueLength, "queue length", 0...100_000),
            (\.queueWaitMilliseconds, "queue wait in milliseconds", 1...3_600_000),
            (\.requestBytes, "request size in bytes", 1...1 << 30),
            (\.responseBytes, "response size in bytes", 1...1 << 30),
            (\.logBytes, "log size in bytes", 1...64 << 20),
            (\.startMilliseconds, "start time in milliseconds", 1...600_000),
            (\.idleMilliseconds, "idle time in milliseconds", 1...86_400_000),
        ]

    /// The first limit that is out of its bounds, in words; `nil` when there is none.
    public var problem: String? {
        for (path, name, allowed) in Self.bounds {
            guard let value = self[keyPath: path], !allowed.contains(value) else { continue }
            return "the limit '\(name)' is \(value); it has to be from "
                + "\(allowed.lowerBound) to \(allowed.upperBound)"
        }
        return nil
    }
}
