/// Which records outlast the host: of what nobody waited for, of what went wrong, and a sample.
public struct RecordSampling: Sendable, Hashable {
    /// Of so many invocations that someone waited for and that went well, or were turned away, one
    /// is kept; 1 keeps all, 0 none.
    public var oneIn: Int

    /// Describes a rule.
    public init(oneIn: Int = 100) { self.oneIn = oneIn }

    /// Whether a record is kept; the same for every attempt of an invocation.
    public func keeps(_ record: InvocationRecord) -> Bool {
        switch record.trigger {
        case .queue, .event, .cron, .file: return true
        case .http, .call, .operator: break
        }
        switch record.outcome {
        case .failed, .crashed, .timedOut, .cpuExceeded, .memoryExceeded, .lost: return true
        case .succeeded, .cancelled, .rejected, nil:
            return oneIn > 0 && record.id.words.low % UInt64(oneIn) == 0
        }
    }
}
