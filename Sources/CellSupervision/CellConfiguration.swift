public import FunctionModel
internal import Platform

/// How cells are started, and how long the host waits for them.
public struct CellConfiguration: Sendable {
    /// The cell's program.
    public var executable: String
    /// Its arguments.
    public var arguments: [String] = []
    /// Variables beside those that every cell gets.
    public var environment: [String: String] = [:]
    /// When a cell is full, used up, or of no use.
    public var limits = CellLimits()
    /// Plugins that are probed at the same time.
    public var probesAtOnce = 2
    /// Probes that may wait.
    public var probesWaiting = 100_000
    /// How often cells are asked what they use.
    public var reportInterval = Duration.seconds(1)
    /// What the dispatcher gets to replace the workers of a cell that is being renewed.
    public var moveTime = Duration.seconds(2)
    /// What the workers of such a cell get to finish what they do.
    public var drainTime = Duration.seconds(60)
    /// What a worker without work gets to end: the plugin has 5 s in its cell to drain.
    public var retireTime = Duration.seconds(8)
    /// What a cell without workers gets to end.
    public var finishTime = Duration.seconds(2)
    /// The user ids that cells run under, one each, where the host has all rights.
    public var users: Range<Int> = 61_184..<65_184
    /// The kernel's limit for the data of a dedicated cell; `nil` for none.
    public var dedicatedData: ByteCount?

    /// Uses the cell program at a path.
    public init(executable: String) { self.executable = executable }

    /// Uses the program `roost-cell` beside the host's own.
    ///
    /// - Throws: `SystemCallError` when the system doesn't say where that is.
    public init() throws {
        executable = try ThisProcess.executableDirectory() + "/roost-cell"
    }

    /// The variables of a cell's environment.
    ///
    /// Nothing of the host's own reaches it, except where
    /// to find the libraries that the host itself could not do without.
    func environment(cell: Int, kind: String) -> [String: String] {
        var variables = environment
        variables["ROOST_CELL_KIND"] = kind
        if let path = ThisProcess.environment("LD_LIBRARY_PATH") {
            variables["LD_LIBRARY_PATH"] = path
        }
        if ThisProcess.isPrivileged, !users.isEmpty {
            variables["ROOST_CELL_UID"] = String(users.lowerBound + cell % users.count)
        }
        return variables
    }
}
