public import NIOCore

/// Puts versions of plugins into service.
///
/// Implemented by `FunctionDispatch`; called by the catalog,
/// for one plugin one call at a time, for different plugins also at the same time.
public protocol VersionInstaller: Sendable {
    /// Validates the manifest and its routes, then switches all routes of the plugin to this version
    /// in one step and lets the version before drain.
    ///
    /// Returns when the next request reaches the new version. After a throw the version before is
    /// still in service.
    ///
    /// - Throws: `PluginRefusal` with the reason, in words.
    func install(_ version: PluginVersion) async throws

    /// Takes all routes of a plugin away and drains it. Nothing happens when there is none.
    func remove(plugin: String) async
}

/// What operators do with plugins.
///
/// Implemented by `PluginCatalog`; called by the admin API.
public protocol PluginAdministration: Sendable {
    /// Every file of the plugin directory with what has become of it, sorted by name.
    func plugins() async -> [PluginStatus]

    /// Puts a file into the plugin directory as `file` and waits for what becomes of its content.
    ///
    /// - Throws: `PluginRefusal` when it is not served; the version before still is.
    func deploy(
        file: String,
        image: any AsyncSequence<ByteBuffer, any Error> & Sendable
    ) async throws -> PluginStatus

    /// Switches a plugin to a version kept from before, until its file changes.
    ///
    /// - Parameters:
    ///   - plugin: The plugin's name.
    ///   - version: The beginning of a content hash; `nil` for the version before the present one.
    /// - Returns: What became of it.
    /// - Throws: `PluginRefusal` when there is no such plugin or version, or it can't be served.
    func rollback(plugin: String, to version: String?) async throws -> PluginStatus
}

/// What has become of one file of the plugin directory.
public struct PluginStatus: Sendable, Hashable, Codable {
    /// How far a file has come.
    public enum State: String, Sendable, Codable {
        /// It is being looked at, and nothing of it is in service yet.
        case checking
        /// A version of it is in service. With a `refusal`, that is an older one.
        case serving
        /// Nothing of it is in service.
        case refused
    }

    /// The file's name.
    public var file: String
    /// How far it has come.
    public var state: State
    /// The plugin's name, once known.
    public var plugin: String?
    /// The content hash of the version in service.
    public var version: String?
    /// The short names of its functions.
    public var functions: [String] = []
    /// Since when that version is in service, in seconds since 1970.
    public var since: Double?
    /// What loading took when it was probed, in microseconds.
    public var loadMicroseconds: Int?
    /// What the plugin's start-up took when it was probed, in microseconds.
    public var startMicroseconds: Int?
    /// Why what is in the file now is not in service.
    public var refusal: PluginRefusal?
    /// Whether an operator has gone back to an older version.
    public var rolledBack: Bool = false
    /// The content hashes that a rollback can go to, the newest first; with the one in service.
    public var kept: [String] = []

    /// Describes a file that has just been seen.
    public init(file: String, state: State = .checking) {
        self.file = file
        self.state = state
    }
}

/// Says in source terms where a crash happened.
///
/// Implemented by `PluginCatalog`.
public protocol FrameSymboliser: Sendable {
    /// Fills in symbol and location of the frames that lie in the plugin's own image (`image` empty)
    /// as far as they can be found within a bounded time; off the hot path.
    func symbolise(
        _ frames: [StackFrame],
        imagePath: String,
        contentHash: String
    ) async -> [StackFrame]
}
