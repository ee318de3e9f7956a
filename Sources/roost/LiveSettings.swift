internal import FunctionModel
internal import HostSettings
internal import Logging
internal import Platform
internal import Synchronization
internal import TriggerCron

#if canImport(Glibc)
internal import Glibc
#endif

/// The settings in force, and how they are read again while the host runs.
final class LiveSettings: Sendable {
    private let reader: SettingsReader
    private let path: String
    private let loweredPath: String
    private let current: Mutex<Settings>
    private let text: Mutex<String?>
    private let told = Mutex<Set<String>>([])
    /// What the kernel enforces.
    let limits: KernelLimits
    /// The time zones of this machine.
    let zones = ZoneLibrary()

    /// Reads `roost.yaml` of the home, if it is there.
    ///
    /// - Throws: `InvalidSettings` with all problems, or `HomeProblem` when the file can't be read.
    init(_ reader: SettingsReader, home: String, limits: KernelLimits) throws {
        self.limits = limits
        self.reader = reader
        path = "\(home)/roost.yaml"
        loweredPath = "\(home)/\(LoweredLimits.fileName)"
        let text = try Self.read(path)
        var settings = try reader.settings(file: text.map { .init(text: $0) })
        settings.home = home
        if let text = try Self.read(loweredPath) {
            settings.lowered = try LoweredLimits(text: text)
        }
        current = Mutex(settings)
        self.text = Mutex(text)
    }

    /// What is in force.
    var settings: Settings { current.withLock { $0 } }

    /// The directory that plugins are dropped into.
    var pluginDirectory: String {
        let settings = settings
        return settings.pluginDirectory ?? "\(settings.home)/plugins"
    }

    /// Those of these warnings that were not asked for since the settings were last read: each is
    /// logged once.
    func news(_ warnings: [String]) -> [String] {
        told.withLock { told in warnings.filter { told.insert($0).inserted } }
    }

    /// The functions of a version, with the operator's word; what that says of others is logged.
    func definitions(
        of version: PluginVersion,
        _ logger: Logger
    ) throws(PluginRefusal) -> [FunctionDefinition] {
        let settings = settings
        for warning in news(settings.strangers(in: version)) { logger.warning("\(warning)") }
        let definitions = try DefinitionMerger(
            settings: settings,
            defaultConcurrency: 4 * Machine.cores
        ).definitions(of: version)
        if let permissions = definitions.first?.permissions {
            try pathGuard.check(permissions, of: version.manifest.plugin)
        }
        for definition in definitions { try check(schedulesOf: definition) }
        try pathGuard.check(definitions)
        let problems = limits.problems(definitions)
        if settings.strictLimits, let problem = problems.first {
            throw PluginRefusal(kind: "limitNotEnforced", message: problem)
        }
        for problem in news(problems) { logger.warning("\(problem)") }
        return definitions
    }

    /// Refuses schedules that can't be, such as one in a zone that this machine doesn't know.
    private func check(schedulesOf definition: FunctionDefinition) throws(PluginRefusal) {
        do { _ = try SchedulePlan.plans(of: definition, zones: zones) } catch {
            let own = settings.functions[definition.name]?.schedulePlaces ?? []
            let place = own.indices.contains(error.number) ? own[error.number] : nil
            throw PluginRefusal(
                kind: "badSchedule",
                message: (place.map { "\($0.place(of: error)): " } ?? "")
                    + "function '\(definition.name)': \(error)"
            )
        }
    }

    /// Keeps the host's own places from plugins.
    var pathGuard: PathGuard { PathGuard(forbidding: [settings.home, pluginDirectory]) }

    /// Reads the file again; false when nothing has changed since the last look.
    ///
    /// - Throws: as `init`, once for each change; what was in force stays.
    func reload(_ logger: Logger) throws -> Bool {
        let new = try Self.read(path)
        let isNew = text.withLock { text in
            defer { text = new }
            return text != new
        }
        guard isNew else { return false }
        let before = settings
        var settings = try reader.settings(file: new.map { .init(text: $0) })
        settings.home = before.home
        let late = settings.changesThatNeedRestart(since: before)
        if !late.isEmpty {
            logger.warning(
                "these settings are read at start: restart the host to change them",
                metadata: ["settings": "\(late.joined(separator: ", "))"]
            )
        }
        current.withLock { current in
            settings.lowered = current.lowered
            current = settings
        }
        told.withLock { $0 = [] }
        return true
    }

    private static func read(_ path: String) throws -> String? {
        guard let file = fopen(path, "re") else {
            guard errno != ENOENT else { return nil }
            throw HomeProblem("\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        guard count < bytes.count else { throw HomeProblem("\(path) is longer than 1 MiB") }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

extension LiveSettings {
    /// Lowers limits of a function, or with `function` being `nil` of all of a plugin's, and keeps
    /// that for the next host.
    ///
    /// - Returns: What was lowered before.
    /// - Throws: `HostOperationError` when a limit can't be taken, or can't be kept.
    func lower(
        _ words: [String: String?],
        of version: PluginVersion,
        function: FunctionName?
    ) throws -> LoweredLimits {
        try current.withLock { settings in
            var bare = settings
            bare.lowered = LoweredLimits()
            let merger = DefinitionMerger(
                settings: bare,
                defaultConcurrency: 4 * Machine.cores
            )
            let quotas = try merger.definitions(of: version)
                .filter { function == nil || $0.name == function }
                .map(\.quota)
            let before = settings.lowered
            var after = before
            try after.change(
                words,
                plugin: version.manifest.plugin,
                function: function,
                without: quotas
            )
            try keep(after)
            settings.lowered = after
            return before
        }
    }

    /// Takes back what `lower` has done.
    func restore(
        _ before: LoweredLimits,
        plugin: String,
        function: FunctionName?
    ) throws {
        try current.withLock { settings in
            var after = settings.lowered
            after.take(from: before, plugin: plugin, function: function)
            try keep(after)
            settings.lowered = after
        }
    }

    /// Writes the file anew, in one step and for good.
    private func keep(_ lowered: LoweredLimits) throws {
        let draft = "\(loweredPath).new"
        do throws(SystemCallError) {
            try FileIO.delete(draft)
            let file = try FileIO.open(draft, .create)
            try FileIO.write(Array(lowered.text.utf8).span.bytes, to: file)
            try FileIO.synchronise(file)
            try FileIO.rename(draft, to: loweredPath)
            try FileIO.synchronise(FileIO.open(settingsDirectory, .read))
        } catch {
            throw HostOperationError(
                .unavailable,
                "\(loweredPath) can't be written, so the limits stay as they are: \(error)"
            )
        }
    }

    private var settingsDirectory: String {
        String(path.dropLast("/roost.yaml".count))
    }
}

/// What machine this is.
enum Machine {
    /// The processors that this process may use.
    static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
    /// The memory that is built in.
    static var memory: ByteCount {
        ByteCount(bytes: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
    }
}
