internal import FunctionModel

/// The settings that are one value each, and may come as flag, environment variable or file key.
enum PlainSetting: String, CaseIterable {
    case listen
    case admin
    case allowPublic
    case adminNames
    case metrics
    case home
    case pluginDirectory
    case eventLoops
    case memory
    case cellMemory
    case strictLimits
    case maximumWorkers
    case drainTimeout
    case keyLifetime
    case logLevel
    case deliverTo
    case deliverInto
    case recordSample

    /// The flag without its dashes; the variable is its upper case behind `ROOST_`.
    var flag: String {
        switch self {
        case .listen: "listen"
        case .admin: "admin"
        case .allowPublic: "allow-public"
        case .adminNames: "admin-names"
        case .metrics: "metrics"
        case .home: "home"
        case .pluginDirectory: "plugins"
        case .eventLoops: "event-loops"
        case .memory: "memory"
        case .cellMemory: "cell-memory"
        case .strictLimits: "strict-limits"
        case .maximumWorkers: "maximum-workers"
        case .drainTimeout: "drain-timeout"
        case .keyLifetime: "key-lifetime"
        case .logLevel: "log-level"
        case .deliverTo: "deliver-to"
        case .deliverInto: "deliver-into"
        case .recordSample: "record-sample"
        }
    }

    /// The environment variable.
    var variable: String {
        "ROOST_" + flag.uppercased().map { $0 == "-" ? "_" : $0 }
    }

    /// Whether the file may say it; the home is where the file is.
    var isFileKey: Bool { self != .home }

    /// Whether a running host doesn't take a change.
    var isReadAtStart: Bool {
        switch self {
        case .logLevel, .deliverTo, .deliverInto, .recordSample: false
        default: true
        }
    }

    /// Puts a value in force.
    ///
    /// - Returns: What should have been written; `nil` when the value is good.
    func apply(_ text: String, to settings: inout Settings) -> String? {
        switch self {
        case .listen, .admin, .allowPublic, .adminNames, .metrics:
            return applyAccess(text, to: &settings)
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
        case .cellMemory:
            guard let amount = Quantity.bytes(text), amount.bytes >= 64 << 20 else {
                return "an amount such as 1GiB, at least 64MiB"
            }
            settings.cellMemory = amount
        case .strictLimits:
            guard ["true", "false"].contains(text) else { return "true or false" }
            settings.strictLimits = text == "true"
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
        case .keyLifetime:
            guard let time = Quantity.milliseconds(text), (1_000...30 * 86_400_000).contains(time)
            else { return "a time such as 24h, from 1s to 720h" }
            settings.keyLifetime = .milliseconds(time)
        case .logLevel:
            guard Self.levels.contains(text) else {
                return "one of " + Self.levels.joined(separator: ", ")
            }
            settings.logLevel = text
        case .deliverTo, .deliverInto, .recordSample:
            return applyQueue(text, to: &settings)
        }
        return nil
    }

    /// The same for what says who reaches the host, and where.
    private func applyAccess(_ text: String, to settings: inout Settings) -> String? {
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
        case .allowPublic:
            guard let allows = Bool(text) else { return "true or false" }
            settings.allowPublic = allows
        case .adminNames:
            let names = text.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            guard !names.isEmpty, names.allSatisfy(Self.isHostName) else {
                return "names with commas between them, such as roost.example"
            }
            settings.adminNames = names
        case .metrics:
            guard let access = MetricsAccess(rawValue: text) else {
                return "one of " + MetricsAccess.allCases.map(\.rawValue).joined(separator: ", ")
            }
            settings.metrics = access
        default: break
        }
        return nil
    }

    /// The value in force, as it would be written.
    func value(in settings: Settings) -> String {
        switch self {
        case .listen: settings.listen.description
        case .admin: settings.admin?.description ?? "off"
        case .allowPublic: "\(settings.allowPublic)"
        case .adminNames: settings.adminNames.joined(separator: ",")
        case .metrics: settings.metrics.rawValue
        case .home: settings.home
        case .pluginDirectory: settings.pluginDirectory ?? "\(settings.home)/plugins"
        case .eventLoops: "\(settings.eventLoops)"
        case .memory: settings.memory?.description ?? "half of the machine's"
        case .cellMemory: settings.cellMemory?.description ?? "three quarters of memory"
        case .strictLimits: "\(settings.strictLimits)"
        case .maximumWorkers: "\(settings.maximumWorkers)"
        case .drainTimeout: "\(settings.drainTimeout)"
        case .keyLifetime: "\(settings.keyLifetime)"
        case .logLevel: settings.logLevel
        case .deliverTo: settings.deliveries.urls.joined(separator: ",")
        case .deliverInto: settings.deliveries.directory ?? ""
        case .recordSample: "\(settings.recordSample)"
        }
    }

    private static func isHostName(_ text: String) -> Bool {
        !text.isEmpty
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }
    }

    private static let address = "host:port, such as 127.0.0.1:8080"
    private static let levels = [
        "trace", "debug", "info", "notice", "warning", "error", "critical",
    ]
}
