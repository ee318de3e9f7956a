internal import FunctionModel
internal import Platform

/// What the catalog knows and decides: files, the plugins they serve, and which file is looked at
/// when.
///
/// A value without clock, disk or tasks; `Catalog` acts on what it says.
struct CatalogState {
    /// What an operator or the directory wants of a file.
    enum Errand: Sendable, Hashable {
        /// See what is there now.
        case look
        /// Serve an older version.
        case rollback(hash: String, ticket: Int)
    }

    /// One name in the directory.
    struct File {
        /// Whether somebody is at it now.
        var isBusy = false
        /// Rollbacks that wait for their turn.
        var rollbacks: [Errand] = []
        /// Whether the next look makes the stored image anew.
        var distrustsStore = false
        /// Why what is in it is not served.
        var refusal: PluginRefusal?
        /// The file that was refused, where only a change of it can help.
        var refusedIdentity: FileIdentity?
        /// Whether it was refused on account of other plugins.
        var dependsOnOthers = false
        /// The plugin that it serves.
        var plugin: String?
        /// When it last changed its standing, in seconds since 1970.
        var since: Double
    }

    /// A plugin and who serves it.
    struct Service {
        var file: String
        var record: PluginRecord?
        var isServing = false
    }

    var files: [String: File] = [:]
    private(set) var services: [String: Service] = [:]
    private(set) var waiting: [String: ContinuousClock.Instant] = [:]
    private var busy = 0
    private let parallelism: Int
    private let pluginLimit: Int

    init(parallelism: Int, pluginLimit: Int) {
        self.parallelism = max(1, parallelism)
        self.pluginLimit = pluginLimit
    }

    // MARK: - What is to be done

    /// Notes that a file is to be looked at, at `due` or sooner if that was wanted already.
    mutating func want(
        _ name: String,
        at due: ContinuousClock.Instant,
        time: Double,
        distrustingStore: Bool = false
    ) {
        var file = files[name] ?? File(since: time)
        file.distrustsStore = file.distrustsStore || distrustingStore
        files[name] = file
        waiting[name] = waiting[name].map { min($0, due) } ?? due
    }

    /// Notes that a name is gone; whoever replaces files by deleting them gets time to put it back.
    mutating func wantLater(_ name: String, at due: ContinuousClock.Instant) {
        if files[name] != nil { waiting[name] = due }
    }

    /// Notes that an operator wants an older version.
    mutating func wantRollback(
        file: String,
        hash: String,
        ticket: Int,
        now: ContinuousClock.Instant
    ) {
        files[file]?.rollbacks.append(.rollback(hash: hash, ticket: ticket))
        waiting[file] = now
    }

    /// Takes the errands that may begin now, at most as many as may run at the same time.
    mutating func begin(now: ContinuousClock.Instant) -> [(file: String, errand: Errand)] {
        var begun: [(file: String, errand: Errand)] = []
        guard busy < parallelism else { return [] }
        for (name, due) in waiting where due <= now {
            guard var file = files[name], !file.isBusy else { continue }
            let errand = file.rollbacks.isEmpty ? Errand.look : file.rollbacks.removeFirst()
            file.isBusy = true
            files[name] = file
            begun.append((name, errand))
            busy += 1
            if busy == parallelism { break }
        }
        // After a rollback the file is looked at in any case; that costs a glance.
        for (name, errand) in begun where errand == .look { waiting[name] = nil }
        return begun
    }

    /// Notes that an errand has ended.
    mutating func end(_ name: String) {
        files[name]?.isBusy = false
        busy -= 1
    }

    /// When the next errand may begin; `nil` when nothing waits, or everybody is busy.
    var nextDue: ContinuousClock.Instant? {
        guard busy < parallelism else { return nil }
        return waiting.lazy.filter { !(self.files[$0.key]?.isBusy ?? true) }.map(\.value).min()
    }

    /// Whether nothing waits and nobody is busy.
    var isIdle: Bool { busy == 0 && waiting.isEmpty }

    /// Whether nobody is at a file now.
    var isResting: Bool { busy == 0 }

    /// Whether a worker should start before a plugin is switched to: callers of the version before
    /// shall not wait, but a heap of new plugins shall not fill the machine with workers.
    func isWorthWarming(_ plugin: String) -> Bool {
        services[plugin]?.isServing ?? false || waiting.count <= Self.warmingBacklog
    }

    /// With more files waiting, new plugins get their worker with their first call.
    private static let warmingBacklog = 16

    // MARK: - What was found

    /// What a look at a file may build on; what it takes is used up.
    mutating func knowledge(of name: String) -> PriorKnowledge {
        guard let file = files[name] else { return PriorKnowledge() }
        files[name]?.distrustsStore = false
        let service = file.plugin.flatMap { services[$0] }
        return PriorKnowledge(
            record: service?.record,
            isServing: service?.isServing ?? false,
            refusedIdentity: file.refusedIdentity,
            distrustsStore: file.distrustsStore
        )
    }

    /// Takes over what was known before a restart.
    mutating func remember(_ record: PluginRecord, isServing: Bool, time: Double) {
        var file = files[record.file] ?? File(since: time)
        file.plugin = record.plugin
        files[record.file] = file
        services[record.plugin] = Service(
            file: record.file,
            record: record,
            isServing: isServing
        )
    }

    /// Notes that a file is not served; true when that is news.
    mutating func refuse(
        _ name: String,
        _ refusal: PluginRefusal,
        identity: FileIdentity?,
        onAccountOfOthers: Bool = false,
        time: Double
    ) -> Bool {
        guard var file = files[name] else { return false }
        let isNews = file.refusal != refusal
        if isNews { file.since = time }
        file.refusal = refusal
        file.dependsOnOthers = onAccountOfOthers
        file.refusedIdentity =
            onAccountOfOthers || refusal.retryDelay != nil ? nil : identity
        files[name] = file
        return isNews
    }

    /// Takes a plugin out of service although its file is there; returns the file.
    mutating func withdraw(_ plugin: String) -> String? {
        guard let service = services[plugin], service.isServing else { return nil }
        services[plugin]?.isServing = false
        return service.file
    }

    /// Notes that a file is what it was when it was taken into service.
    mutating func confirm(_ name: String) {
        guard let file = files[name], file.refusedIdentity == nil, let plugin = file.plugin,
            services[plugin]?.isServing == true
        else { return }
        files[name]?.refusal = nil
        files[name]?.dependsOnOthers = false
    }

    /// Gives a file the right to serve a plugin, or says who has it.
    ///
    /// - Parameters:
    ///   - plugin: The plugin's name.
    ///   - name: The file that declares it.
    ///   - isPresent: Whether a file is still in the directory.
    /// - Throws: `PluginRefusal` when another file serves it, or there are too many plugins.
    mutating func claim(
        _ plugin: String,
        for name: String,
        isPresent: (String) -> Bool
    ) throws(PluginRefusal) {
        guard let service = services[plugin] else {
            guard services.count < pluginLimit else { throw .tooMany(name, pluginLimit) }
            services[plugin] = Service(file: name)
            return
        }
        guard service.file != name else { return }
        guard !isPresent(service.file) else {
            throw .duplicate(name, plugin: plugin, owner: service.file)
        }
        // The file was renamed: its plugin goes with it, without an interruption.
        services[plugin]?.file = name
        files[service.file]?.plugin = nil
        if files[name]?.plugin == nil { files[name]?.plugin = plugin }
    }

    /// Gives back a right that was never made use of.
    mutating func unclaim(_ plugin: String, for name: String) {
        if let service = services[plugin], service.file == name, service.record == nil {
            services[plugin] = nil
        }
    }

    /// Notes that a version of a file is in service.
    ///
    /// - Parameters:
    ///   - name: The file.
    ///   - candidate: What was installed.
    ///   - keeping: How many versions are kept.
    ///   - time: Now, in seconds since 1970.
    /// - Returns: What to write down and what to clear away.
    mutating func serve(
        _ name: String,
        _ candidate: Candidate,
        keeping: Int,
        time: Double
    ) -> Aftermath {
        let plugin = candidate.version.record.manifest.plugin
        let before = files[name]?.plugin
        let old = services[plugin]
        var record = PluginRecord(
            plugin: plugin,
            file: name,
            identity: candidate.identity,
            library: candidate.library,
            fileHash: candidate.fileHash,
            current: candidate.version.hash,
            versions: old?.record?.versions ?? []
        )
        // Going back changes what is served, not the order of arrival.
        let isRollback = record.isRolledBack && record.kept(candidate.version.hash) != nil
        let dropped = isRollback ? [] : record.add(candidate.version, limit: keeping)
        services[plugin] = Service(file: name, record: record, isServing: true)
        var file = files[name] ?? File(since: time)
        file.plugin = plugin
        file.refusal = nil
        file.refusedIdentity = nil
        file.dependsOnOthers = false
        file.since = time
        files[name] = file
        var retired: Retired?
        if let before, before != plugin, services[before]?.file == name { retired = retire(before) }
        return Aftermath(
            record: record,
            droppedHashes: dropped,
            retired: retired,
            replacedOther: old?.isServing ?? false
        )
    }

    /// Notes that a file is gone; says which plugin goes with it.
    mutating func remove(_ name: String) -> Retired? {
        let plugin = files[name]?.plugin
        // Somebody may have put it back while it was looked at.
        if waiting[name] == nil {
            files[name] = nil
        } else {
            files[name]?.plugin = nil
        }
        guard let plugin, services[plugin]?.file == name else { return nil }
        return retire(plugin)
    }

    private mutating func retire(_ plugin: String) -> Retired {
        let hashes = services.removeValue(forKey: plugin)?.record?.versions.map(\.hash) ?? []
        return Retired(plugin: plugin, hashes: hashes)
    }

    /// The files that may be served when another plugin has changed or gone.
    var dependentFiles: [String] { files.filter(\.value.dependsOnOthers).map(\.key) }

    /// The hashes of all versions that are kept.
    var keptHashes: Set<String> {
        Set(services.values.flatMap { $0.record?.versions.map(\.hash) ?? [] })
    }
}
