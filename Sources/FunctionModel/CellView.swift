/// A cell as operators see it.
public struct CellView: Sendable, Hashable, Codable {
    /// What the cell is there for.
    public enum Kind: String, Sendable, Codable {
        /// Holds plugins with `isolation: thread`.
        case shared
        /// Holds one plugin with `isolation: process`.
        case dedicated
        /// Stands ready and holds none.
        case spare
    }

    /// How far it has come.
    public enum State: String, Sendable, Codable {
        /// Its process has not said hello yet.
        case starting
        /// It takes work.
        case ready
        /// Something in it may be broken; a new one takes over.
        case tainted
        /// It ends when its last invocation has ended.
        case draining
    }

    /// The host's number for it.
    public var id: Int
    /// What it is there for.
    public var kind: Kind
    /// Its process.
    public var pid: Int
    /// How far it has come.
    public var state: State
    /// Images loaded into it since it started; they can't be unloaded.
    public var images: Int
    /// Workers in it.
    public var workers: Int
    /// Its resident memory.
    public var residentBytes: Int
    /// What ended workers have left in it, where they left more than all do.
    public var leftBytes: Int
    /// The limits and walls that hold, each with what enforces it.
    public var enforced: [String]
    /// Those that this machine can't give.
    public var missing: [String]

    /// Describes a cell.
    public init(
        id: Int,
        kind: Kind,
        pid: Int,
        state: State,
        images: Int = 0,
        workers: Int = 0,
        residentBytes: Int = 0,
        leftBytes: Int = 0,
        enforced: [String] = [],
        missing: [String] = []
    ) {
        self.id = id
        self.kind = kind
        self.pid = pid
        self.state = state
        self.images = images
        self.workers = workers
        self.residentBytes = residentBytes
        self.leftBytes = leftBytes
        self.enforced = enforced
        self.missing = missing
    }
}
