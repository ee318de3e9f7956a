/// Where the catalog finds and keeps plugins, and its bounds.
public struct CatalogConfiguration: Sendable {
    /// The directory that plugins are dropped into.
    public var directory: String
    /// The directory of the image store.
    public var store: String
    /// What plugins are checked against.
    public var host: HostRelease = .current
    /// How long a plugin may take to load and start when it is probed.
    public var probeTimeout: Duration = .seconds(5)
    /// The largest file taken for a plugin, in bytes.
    public var imageLimit: Int = 256 << 20
    /// How many plugins there may be.
    public var pluginLimit: Int = 10_000
    /// How many versions of a plugin are kept, the one in service included.
    public var versionsKept: Int = 5
    /// How many files are looked at at the same time.
    public var parallelism: Int = 4
    /// How long a file is left alone after it was closed or moved in.
    public var settle: Duration = .milliseconds(5)
    /// How long a file is left alone that has come to be and wasn't closed yet.
    public var settleUnfinished: Duration = .milliseconds(100)
    /// How long a name may be gone before its plugin is retired; tools that replace a file delete
    /// the old one first.
    public var settleRemoved: Duration = .milliseconds(200)
    /// Whether the kernel tells of changes; else listings are compared.
    public var usesInotify: Bool = true

    /// Watches `directory` and stores images in `store`.
    public init(directory: String, store: String) {
        self.directory = directory
        self.store = store
    }
}
