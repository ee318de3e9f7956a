internal import ArgumentParser
internal import Foundation
internal import HostMetrics
internal import HostSettings
internal import Metrics
internal import Platform
internal import RoostCLI

/// `roost serve`: runs a host until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a host: serve the plugins of a directory.",
        discussion: """
            Every setting can also stand in HOME/roost.yaml or in the environment as ROOST_…; a flag \
            goes before the environment, the environment before the file. SIGTERM and SIGINT drain: \
            running invocations finish, then the host ends; a second signal ends it at once.
            """
    )

    @Option(help: ArgumentHelp("The host's directory.", valueName: "dir"))
    var home: String?

    @Option(help: ArgumentHelp("The directory that plugins are dropped into.", valueName: "dir"))
    var plugins: String?

    @Option(help: ArgumentHelp("Where functions are served.", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("Where the admin API is served, or 'off'.", valueName: "host:port"))
    var admin: String?

    @Flag(
        help:
            "Let --listen name an address that other machines can reach: functions ask nobody to sign in."
    )
    var allowPublic = false

    @Option(
        help: ArgumentHelp(
            "Names that a proxy may reach the admin API by, with commas between them.",
            valueName: "names"
        )
    )
    var adminNames: String?

    @Option(
        help: ArgumentHelp(
            "Who may read /metrics on the admin listener: loopback (whoever connects from this "
                + "machine, so everybody behind a proxy on it), token, or off.",
            valueName: "who"
        )
    )
    var metrics: String?

    @Option(help: ArgumentHelp("Event loops of the function listener.", valueName: "n"))
    var eventLoops: String?

    @Option(help: ArgumentHelp("Memory of all cells, such as 2GiB.", valueName: "amount"))
    var memory: String?

    @Option(help: ArgumentHelp("Memory of one shared cell, such as 1GiB.", valueName: "amount"))
    var cellMemory: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Refuse limits that this machine can't enforce, rather than warn of them."
    )
    var strictLimits: Bool?

    @Option(help: ArgumentHelp("Workers of all functions together.", valueName: "n"))
    var maximumWorkers: String?

    @Option(help: ArgumentHelp("How long a stop may wait, such as 30s.", valueName: "time"))
    var drainTimeout: String?

    @Option(help: "How long an idempotency key is known after its call.")
    var keyLifetime: String?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error, critical.",
            valueName: "level"
        )
    )
    var logLevel: String?

    @Flag(help: "Print the calls to try with the example plugins.")
    var examples = false

    mutating func run() async throws {
        let reader = SettingsReader(
            flags: flags,
            environment: ProcessInfo.processInfo.environment
        )
        let log = HostLog()
        let metrics = HostMetrics(version: RoostTool.version)
        MetricsSystem.bootstrap(metrics)
        _ = try ResourceLimits.raiseDescriptorLimit()
        TimeSlices.shorten()
        let home: HomeDirectory
        let settings: LiveSettings
        do {
            home = try HomeDirectory(path: reader.home())
            let limits = KernelLimits(groups: ControlGroups())
            settings = try LiveSettings(reader, home: home.path, limits: limits)
        } catch let error as InvalidSettings {
            throw CommandFailure(.usage, "\(error)")
        }
        let host = try Host(home: home, settings: settings, metrics: metrics, log: log)
        let examples = examples
        try await host.run {
            if examples { Examples.show(url: host.addresses.functions) }
        }
    }

    private var flags: [String: String] {
        [
            "home": home, "plugins": plugins, "listen": listen, "admin": admin,
            "allow-public": allowPublic ? "true" : nil, "admin-names": adminNames,
            "metrics": metrics,
            "event-loops": eventLoops, "memory": memory, "maximum-workers": maximumWorkers,
            "cell-memory": cellMemory, "strict-limits": strictLimits.map { "\($0)" },
            "drain-timeout": drainTimeout, "key-lifetime": keyLifetime, "log-level": logLevel,
        ].compactMapValues { $0 }
    }
}
