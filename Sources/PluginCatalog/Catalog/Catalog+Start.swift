internal import FunctionModel
internal import Logging
internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

// What happens once, at the start of the host.
extension Catalog {
    /// Serves every version that was in service before the restart, without probing or hashing.
    func resume() async {
        let store = store
        let directory = configuration.directory
        let names = await offload { store.recordedPlugins() }
        await withTaskGroup(of: Void.self) { group in
            var rest = names[...]
            func addNext() {
                guard let name = rest.popFirst() else { return }
                group.addTask { await self.resume(name, directory) }
            }
            for _ in 0..<8 { addNext() }
            while await group.next() != nil { addNext() }
        }
        let kept = state.keptHashes
        await noteFailure("clear away unfinished deployments") { [leftovers] in
            for name in leftovers { try FileIO.delete("\(directory)/\(name)") }
        }
        await noteFailure("collect old images") { try store.collect(keeping: kept) }
    }

    private nonisolated func resume(_ plugin: String, _ directory: String) async {
        let record = await offload { [store] () -> PluginRecord? in
            guard let record = store.pluginRecord(plugin), record.plugin == plugin,
                FileIdentity(path: "\(directory)/\(record.file)") != nil
            else { return nil }
            return record
        }
        guard let record else {
            // Its file is gone, and the plugin with it.
            await noteFailure("forget a plugin that is gone") { [store] in
                try store.forget(plugin: plugin)
            }
            return
        }
        // A version that is damaged or not taken any more is seen to when its file is looked at.
        let isServing = await serve(record)
        await resumed(record, isServing: isServing)
    }

    private nonisolated func serve(_ record: PluginRecord) async -> Bool {
        guard let current = record.currentVersion, store.isPresent(current) else { return false }
        do {
            // It started before; with thousands of plugins, workers for all would fill the machine.
            try await installer.install(PluginVersion(current, store: store), warm: false)
            return true
        } catch {
            return false
        }
    }

    private func resumed(_ record: PluginRecord, isServing: Bool) {
        state.remember(record, isServing: isServing, time: wallClock())
    }

    /// Reads through every stored image in service, slowly, and has damaged ones made anew.
    func verifyStore() async {
        let store = store
        for plugin in state.services.keys.sorted() {
            guard let service = state.services[plugin], let hash = service.record?.current else {
                continue
            }
            do {
                // Slowly: the start of the host has better uses for the disk.
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                return
            }
            if await offload({ store.isSound(hash) }) { continue }
            guard state.services[plugin]?.record?.current == hash else { continue }
            logger.error(
                "Stored image damaged",
                metadata: ["plugin": "\(plugin)", "version": "\(hash)"]
            )
            state.want(service.file, at: .now, time: wallClock(), distrustingStore: true)
            wake()
        }
    }
}

/// Seconds since 1970.
func wallClock() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1_000_000_000
}
