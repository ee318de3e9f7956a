/// The host itself as operators see it.
public struct AboutView: Sendable, Hashable, Codable {
    /// The host's version.
    public var version: String
    /// The host's process.
    public var pid: Int
    /// When it started, in seconds since 1970.
    public var started: Double
    /// How long it has been up.
    public var uptimeSeconds: Double
    /// Its home directory.
    public var home: String
    /// The directory it watches for plugins.
    public var pluginDirectory: String
    /// Where functions are served, as `host:port`.
    public var functionAddress: String
    /// Where the admin API is served, as `host:port`; `nil` when only over the socket.
    public var adminAddress: String?
    /// The settings in force; secrets are left out.
    public var settings: [SettingView]
    /// What this machine can't enforce, in sentences.
    public var sandboxMissing: [String]
    /// What may be a mistake in the settings, in sentences.
    public var warnings: [String]

    /// Describes a host.
    public init(
        version: String,
        pid: Int,
        started: Double,
        uptimeSeconds: Double,
        home: String,
        pluginDirectory: String,
        functionAddress: String,
        adminAddress: String?,
        settings: [SettingView] = [],
        sandboxMissing: [String] = [],
        warnings: [String] = []
    ) {
        self.version = version
        self.pid = pid
        self.started = started
        self.uptimeSeconds = uptimeSeconds
        self.home = home
        self.pluginDirectory = pluginDirectory
        self.functionAddress = functionAddress
        self.adminAddress = adminAddress
        self.settings = settings
        self.sandboxMissing = sandboxMissing
        self.warnings = warnings
    }
}

/// A setting in force.
public struct SettingView: Sendable, Hashable, Codable {
    /// Its name, as in `roost.yaml`.
    public var name: String
    /// Its value.
    public var value: String
    /// Where it came from: `flag`, `environment`, `file` or `default`.
    public var origin: String

    /// Describes a setting.
    public init(name: String, value: String, origin: String) {
        self.name = name
        self.value = value
        self.origin = origin
    }
}

/// Whether something is well, and if not, why.
public struct HealthView: Sendable, Hashable, Codable {
    /// Whether it is well.
    public var isWell: Bool
    /// What is wrong, in sentences; empty when it is well.
    public var reasons: [String]
    /// What works less well than it should, in sentences; `nil` for nothing.
    public var notes: [String]?

    /// Well without reasons, not well with some.
    public init(reasons: [String] = []) {
        isWell = reasons.isEmpty
        self.reasons = reasons
    }
}

/// A line of the host's log: its own, or what a function wrote.
public struct LogEvent: Sendable, Hashable, Codable {
    /// When, in seconds since 1970.
    public var time: Double
    /// `trace`, `debug`, `info`, `notice`, `warning`, `error`, `critical`, `stdout` or `stderr`.
    public var level: String
    /// The part of the host that wrote it, or `function`.
    public var source: String
    /// The text.
    public var message: String
    /// The function that wrote it.
    public var function: FunctionName?
    /// The invocation during which it was written.
    public var invocation: InvocationID?
    /// Further values.
    public var metadata: [String: String]?

    /// Describes a line.
    public init(
        time: Double,
        level: String,
        source: String,
        message: String,
        function: FunctionName? = nil,
        invocation: InvocationID? = nil,
        metadata: [String: String]? = nil
    ) {
        self.time = time
        self.level = level
        self.source = source
        self.message = message
        self.function = function
        self.invocation = invocation
        self.metadata = metadata
    }
}
