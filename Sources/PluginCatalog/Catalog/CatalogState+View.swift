internal import FunctionModel

extension CatalogState {
    /// What is known of the plugin that a file serves.
    func record(of name: String) -> PluginRecord? {
        files[name]?.plugin.flatMap { services[$0] }.flatMap { $0.file == name ? $0.record : nil }
    }

    /// The version of a file that is in service; `nil` for none.
    func serving(_ name: String) -> PluginRecord.Kept? {
        guard let record = record(of: name), services[record.plugin]?.isServing == true else {
            return nil
        }
        return record.currentVersion
    }

    /// Whether a version is in service already.
    func isServing(_ hash: String, plugin: String) -> Bool {
        guard let service = services[plugin] else { return false }
        return service.isServing && service.record?.current == hash
    }

    /// Whether a file is being looked at, or will be.
    func isPending(_ name: String) -> Bool {
        files[name]?.isBusy ?? false || waiting[name] != nil
    }

    /// A file as operators see it.
    func view(_ name: String) -> PluginView {
        guard let file = files[name] else {
            return PluginView(file: name, state: .checking, since: 0)
        }
        let current = serving(name)
        var view = PluginView(
            file: name,
            plugin: file.plugin,
            version: current?.hash,
            state: current != nil ? .serving : file.refusal != nil ? .refused : .checking,
            refusal: file.refusal,
            since: file.since
        )
        guard let current, let record = record(of: name) else { return view }
        view.loadSeconds = Double(current.record.loadMicroseconds) / 1_000_000
        view.startSeconds = Double(current.record.startMicroseconds) / 1_000_000
        view.functions = current.record.manifest.functions.compactMap { function in
            Self.fullName(record.plugin, function.name)
        }
        view.earlier = record.versions.map(\.hash).filter { $0 != current.hash }
        if record.isRolledBack {
            view.warnings.append(
                "An operator went back to version \(current.hash.prefix(12)); it stays in service "
                    + "until \(name) changes."
            )
        }
        return view
    }

    private static func fullName(_ plugin: String, _ function: String) -> FunctionName? {
        do {
            return try FunctionName(plugin: plugin, function: function)
        } catch {
            // Checked when the plugin was probed; a record that was tampered with shows nothing.
            return nil
        }
    }
}

extension PluginRefusal {
    /// The refusal that an installer threw, or one that says what else it threw.
    init(anyError error: any Error) {
        if let refusal = error as? PluginRefusal {
            self = refusal
        } else {
            self.init(kind: "notInstalled", message: "The plugin could not be installed: \(error).")
        }
    }
}

extension CatalogState {
    /// Notes that a file is to be looked at although it hasn't changed itself.
    mutating func reconsider(_ name: String, at due: ContinuousClock.Instant, time: Double) {
        guard files[name] != nil else { return }
        files[name]?.refusedIdentity = nil
        want(name, at: due, time: time)
    }
}
