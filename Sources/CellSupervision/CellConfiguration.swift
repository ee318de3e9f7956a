public import FunctionModel
public import Platform

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
    /// The user ids that cells run under, where the host has all rights: of the first half one for
    /// each cell, of the second one for each plugin with a cell of its own, always the same.
    public var users: Range<Int> = 61_184..<65_184
    /// The kernel's groups for cells; `nil` for none.
    public var controlGroups: ControlGroups?
    /// Memory of all cells together; `nil` for no ceiling.
    public var memoryBudget: ByteCount?
    /// Memory of one shared cell; `nil` for no ceiling.
    public var cellMemory: ByteCount?
    /// Cores that cells share with the host.
    public var cores = 1
    /// How far the host goes before cells for CPU time where there are no groups for it.
    public var niceness = 5
    /// Which paths may be handed to plugins.
    public var pathGuard = PathGuard()
    /// TCP ports that no plugin may connect to: the host's own.
    public var deniedPorts: @Sendable () -> [UInt16] = { [] }

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
    func environment(cell: Int, kind: String, plugin: String? = nil) -> [String: String] {
        var variables = environment
        variables["ROOST_CELL_KIND"] = kind
        if let path = ThisProcess.environment("LD_LIBRARY_PATH") {
            variables["LD_LIBRARY_PATH"] = path
        }
        if controlGroups?.controllers[.cpu] == nil, niceness > 0 {
            variables["ROOST_CELL_NICE"] = String(niceness)
        }
        if ThisProcess.isPrivileged, let user = user(cell: cell, plugin: plugin) {
            variables["ROOST_CELL_UID"] = String(user)
        }
        return variables
    }

    var ceilings: CellCeilings { CellCeilings(shared: cellMemory) }

    private func user(cell: Int, plugin: String?) -> Int? {
        guard let plugin else {
            return users.isEmpty ? nil : users.lowerBound + cell % max(users.count / 2, 1)
        }
        return user(ofPlugin: plugin)
    }

    /// The user that a plugin with a cell of its own runs as, so that files it has made stay its own.
    public func user(ofPlugin plugin: String) -> Int? {
        guard users.count > 1 else { return users.first }
        let half = users.count / 2
        // FNV-1a: the same number for the same name, for ever.
        let hash = plugin.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return users.lowerBound + half + Int(hash) % (users.count - half)
    }
}
