public import FunctionModel

/// What `roost serve` has been told, checked: flag before environment before file before default.
public struct Settings: Sendable {
    /// Where functions are served.
    public var listen = ListenAddress(host: "127.0.0.1", port: 8_080)
    /// Where the admin API is served beside its socket; `nil` for nowhere.
    public var admin: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 8_081)
    /// Whether functions may be served where other machines can reach them.
    public var allowPublic = false
    /// Names that a proxy may reach the admin listener by.
    public var adminNames: [String] = []
    /// Who may read the metrics on the admin listener.
    public var metrics = MetricsAccess.loopback
    /// The host's directory.
    public var home = "./.roost"
    /// The watched directory; `nil` for `plugins` in the home.
    public var pluginDirectory: String?
    /// Event loops of the function listener.
    public var eventLoops = 1
    /// Memory of all cells; `nil` for half of the machine's.
    public var memory: ByteCount?
    /// Memory of one shared cell; `nil` for three quarters of that of all cells.
    public var cellMemory: ByteCount?
    /// Whether a limit that this machine can't enforce is an error.
    public var strictLimits = false
    /// Workers of all functions together.
    public var maximumWorkers = 4_096
    /// How long running invocations may go on when the host stops or a version is replaced.
    public var drainTimeout = Duration.seconds(30)
    /// How long an idempotency key is known after its call.
    public var keyLifetime = Duration.seconds(86_400)
    /// `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    public var logLevel = "info"
    /// Where ends of queued invocations may be reported to.
    public var deliveries = DeliveryPolicy()
    /// Of so many invocations that someone waited for and that went well, one record is stored.
    public var recordSample = 100
    /// Ceilings that no function's limit may pass.
    public var ceilings = QuotaOverrides()
    /// What the operator says about plugins, by name.
    public var plugins: [String: FunctionSettings] = [:]
    /// What the operator says about functions, by full name.
    public var functions: [FunctionName: FunctionSettings] = [:]
    /// What operators have lowered while the host ran.
    public var lowered = LoweredLimits()
    /// Every plain setting with its value and where it came from.
    public var views: [SettingView] = []

    /// The defaults.
    public init() {}

    /// The names of settings that differ from `running` and are read at start only.
    public func changesThatNeedRestart(since running: Settings) -> [String] {
        let old = Dictionary(uniqueKeysWithValues: running.views.map { ($0.name, $0.value) })
        let startOnly = PlainSetting.allCases.filter(\.isReadAtStart).map(\.rawValue)
        return views.filter { startOnly.contains($0.name) && old[$0.name] != $0.value }.map(\.name)
    }
}

/// What the operator says about one function, or about all functions of a plugin.
public struct FunctionSettings: Hashable, Sendable {
    /// Whether calls and routes reach it.
    public var isEnabled: Bool?
    /// Whether `ANY /functions/{name}` reaches it whatever its triggers.
    public var isPublic: Bool?
    /// Where it runs.
    public var isolation: Isolation?
    /// What happens after crashes.
    public var onCrash: CrashPolicy?
    /// Its limits.
    public var limits = QuotaOverrides()
    /// Its triggers, in place of the declared ones.
    public var triggers: [TriggerDeclaration]?
    /// Where its schedules stand, in their order.
    public var schedulePlaces: [SchedulePlaces] = []
    /// How what is queued for it is delivered.
    public var delivery: DeliveryDeclaration?
    /// What a plugin may reach; said of plugins only.
    public var permissions: Permissions?
    /// Values for `context.configuration`.
    public var configuration: [String: String] = [:]

    /// Says nothing.
    public init() {}
}

/// Where a schedule stands in the file, each place as `roost.yaml:LINE:COLUMN`.
public struct SchedulePlaces: Hashable, Sendable {
    var whole: String
    var keys: [ScheduleEdit.Key: String]

    /// Where to look for a problem.
    public func place(of problem: ScheduleProblem) -> String {
        problem.key.flatMap { keys[$0] } ?? whole
    }
}

/// Who may read the metrics on the admin listener; its socket always shows them.
public enum MetricsAccess: String, Hashable, Sendable, CaseIterable {
    /// Whoever connects from this machine, which is everybody behind a proxy on it.
    case loopback
    /// Who has the token.
    case token
    /// Nobody.
    case off
}

/// A host and a port to listen on.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address, without brackets.
    public var host: String
    /// 0 for any free one.
    public var port: Int

    /// Joins host and port.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port` or `[address]:port`; `nil` for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { return nil }
        self.init(host: String(host), port: port)
    }

    /// As it is written.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
