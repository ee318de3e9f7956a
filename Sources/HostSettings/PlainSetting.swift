internal import FunctionModel

/// The settings that are one value each, and may come as flag, environment variable or file key.
enum PlainSetting: String, CaseIterable {
    case listen
    case admin
    case home
    case pluginDirectory
    case eventLoops
    case memory
    case maximumWorkers
    case drainTimeout
    case logLevel

    /// The flag without its dashes; the variable is its upper case behind `ROOST_`.
    var flag: String {
        switch self {
        case .listen: "listen"
        case .admin: "admin"
        case .home: "home"
        case .pluginDirectory: "plugins"
        case .eventLoops: "event-loops"
        case .memory: "memory"
        case .maximumWorkers: "maximum-workers"
        case .drainTimeout: "drain-timeout"
        case .logLevel: "log-level"
        }
    }

    /// The environment variable.
    var variable: String {
        "ROOST_" + flag.uppercased().map { $0 == "-" ? "_" : $0 }
    }

    /// Whether the file may say it; the home is where the file is.
    var isFileKey: Bool { self != .home }

    /// Whether a running host doesn't take a change.
    var isReadAtStart: Bool { self != .logLevel }

    /// Puts a value in force.
    ///
    /// - Returns: What should have been written; `nil` when the value is good.
    func apply(_ text: String, to settings: inout Settings) -> String? {
        switch self {
        case .listen:
            guard let address = ListenAddress(text) else { return Self.address }
            settings.listen = address
        case .admin:
            guard text != "off" else {
                settings.admin = nil
                return nil
            }
            guard let address = ListenAddress(text) else { return Self.address + ", or 'off'" }
            settings.admin = address
        case .home:
            guard !text.isEmpty else { return "a directory" }
            settings.home = text
        case .pluginDirectory:
            guard !text.isEmpty else { return "a directory" }
            settings.pluginDirectory = text
        case .eventLoops:
            guard let count = Int(text), (1...64).contains(count) else {
                return "a number from 1 to 64"
            }
            settings.eventLoops = count
        case .memory:
            guard let amount = Quantity.bytes(text), amount.bytes >= 16 << 20 else {
                return "an amount such as 2GiB, at least 16MiB"
            }
            settings.memory = amount
        case .maximumWorkers:
            guard let count = Int(text), (1...100_000).contains(count) else {
                return "a number from 1 to 100000"
            }
            settings.maximumWorkers = count
        case .drainTimeout:
            guard let time = Quantity.milliseconds(text), time <= 3_600_000 else {
                return "a time such as 30s, at most 1h"
            }
            settings.drainTimeout = .milliseconds(time)
        case .logLevel:
            guard Self.levels.contains(text) else {
                return "one of " + Self.levels.joined(separator: ", ")
            }
            settings.logLevel = text
        }
        return nil
    }

    /// The value in force, as it would be written.
    func value(in settings: Settings) -> String {
        switch self {
        case .listen: settings.listen.description
        case .admin: settings.admin?.description ?? "off"
        case .home: settings.home
        case .pluginDirectory: settings.pluginDirectory ?? "\(settings.home)/plugins"
        case .eventLoops: "\(settings.eventLoops)"
        case .memory: settings.memory?.description ?? "half of the machine's"
        case .maximumWorkers: "\(settings.maximumWorkers)"
        case .drainTimeout: "\(settings.drainTimeout)"
        case .logLevel: settings.logLevel
        }
    }

    private static let address = "host:port, such as 127.0.0.1:8080"
    private static let levels = [
        "trace", "debug", "info", "notice", "warning", "error", "critical",
    ]
}
