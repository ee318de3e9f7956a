/// A plugin file as operators see it.
public struct PluginView: Sendable, Hashable, Codable {
    /// Where the plugin stands.
    public enum State: String, Sendable, Codable {
        /// The file has been seen and is still being written, read or probed.
        case checking
        /// A version is served.
        case serving
        /// The file is not served and there is no version before it; `refusal` says why.
        case refused
        /// The file is gone and its last invocations are ending.
        case draining
    }

    /// The file's name in the plugin directory.
    public var file: String
    /// The plugin's name; `nil` as long as no version of it could be read.
    public var plugin: String?
    /// The content hash of the version that is served; `nil` when none is.
    public var version: String?
    /// Where the plugin stands.
    public var state: State
    /// Why the newest file is not served; with `serving`, an earlier version is.
    public var refusal: PluginRefusal?
    /// Since when this state holds, in seconds since 1970.
    public var since: Double
    /// What loading the image took, in seconds.
    public var loadSeconds: Double?
    /// What the plugin's entry and start-up took, in seconds.
    public var startSeconds: Double?
    /// The full names of its functions.
    public var functions: [FunctionName]
    /// The cells in which it has workers.
    public var cells: [Int]
    /// Content hashes of the earlier versions that `rollback` can serve, newest first.
    public var earlier: [String]
    /// What its ended workers have left behind in cells since the host started; `nil` when that is
    /// nothing.
    public var left: LeftBehind?
    /// Where it stands after crashes; `nil` when it has had none lately.
    public var standing: StandingView?
    /// What it asked for and may reach; `nil` when that is nothing.
    public var permissions: Permissions?
    /// What an operator should know although the plugin is served, in sentences.
    public var warnings: [String]

    /// Describes a plugin.
    public init(
        file: String,
        plugin: String? = nil,
        version: String? = nil,
        state: State,
        refusal: PluginRefusal? = nil,
        since: Double,
        loadSeconds: Double? = nil,
        startSeconds: Double? = nil,
        functions: [FunctionName] = [],
        cells: [Int] = [],
        earlier: [String] = [],
        warnings: [String] = []
    ) {
        self.file = file
        self.plugin = plugin
        self.version = version
        self.state = state
        self.refusal = refusal
        self.since = since
        self.loadSeconds = loadSeconds
        self.startSeconds = startSeconds
        self.functions = functions
        self.cells = cells
        self.earlier = earlier
        self.warnings = warnings
    }
}
