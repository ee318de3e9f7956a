public import FunctionModel

/// What a dispatcher is told about the host.
public struct DispatchSettings: Sendable {
    /// Workers of one function where its quota names no number.
    public var defaultConcurrency: Int = 8
    /// Workers of all plugins together.
    public var maximumWorkers: Int = 4_096
    /// Memory of all workers together, as far as it is known from their invocations.
    public var memoryBudget: ByteCount = .gibibytes(4)
    /// What a worker counts at least.
    public var workerMemory: ByteCount = .kibibytes(256)
    /// How long the version before may go on with what it was given.
    public var drainTimeout: Duration = .seconds(60)
    /// How long past deadline and grace the host waits for a cell to end an invocation.
    public var backstop: Duration = .seconds(5)
    /// Invocations kept in memory.
    public var keptRecords: Int = 2_000
    /// Their log lines, together.
    public var keptLogs: ByteCount = .mebibytes(16)
    /// Functions with metrics of their own; the rest count as `other`.
    public var meteredFunctions: Int = 500

    /// The defaults for a small machine.
    public init() {}
}
