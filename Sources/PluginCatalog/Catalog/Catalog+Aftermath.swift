internal import FunctionModel
internal import Logging

// What follows when a version is in service, or a plugin no longer is.
extension Catalog {
    func settle(_ aftermath: Aftermath) async {
        let store = store
        await noteFailure("write down what is served") {
            try store.remember(aftermath.record)
        }
        clearAway(aftermath.droppedHashes)
        save.yield(aftermath.record.current)
        if let retired = aftermath.retired {
            await retire(retired, because: "its file declares another plugin now")
        }
        if aftermath.replacedOther { lookAgainAtDependents() }
    }

    /// Brings images to the disk that are in service already, one after the other: waiting for the
    /// disk before the switch would cost more than everything else.
    func saveImages() async {
        let store = store
        for await hash in unsaved {
            await noteFailure("bring an image to the disk") { try store.synchronise(hash) }
        }
    }

    func retire(_ retired: Retired, because reason: String) async {
        await installer.remove(plugin: retired.plugin)
        logger.info(
            "Plugin retired",
            metadata: ["plugin": "\(retired.plugin)", "reason": "\(reason)"]
        )
        let store = store
        await noteFailure("clear away what was served") {
            try store.forget(plugin: retired.plugin)
        }
        clearAway(retired.hashes)
        lookAgainAtDependents()
    }

    /// Deletes images once nothing drains that may start workers from them.
    ///
    /// Not waited for, and what the end of the host leaves over is collected at the next start.
    func clearAway(_ hashes: [String]) {
        let installer = installer
        for hash in hashes {
            Task {
                await installer.released(contentHash: hash)
                unneeded.insert(hash)
                deleteUnneeded()
            }
        }
    }

    /// Deletes what nobody needs, while nobody is about to serve it again.
    func deleteUnneeded() {
        guard state.isResting, !unneeded.isEmpty else { return }
        let hashes = unneeded.subtracting(state.keptHashes)
        unneeded = []
        for hash in hashes {
            do { try store.delete(hash) } catch {
                logger.error("Could not delete an image", metadata: ["error": "\(error)"])
            }
        }
    }

    func lookAgainAtDependents() {
        let time = wallClock()
        for file in state.dependentFiles { state.want(file, at: .now, time: time) }
    }

    /// Does what the host can live without, and says so when it fails.
    func noteFailure(
        _ purpose: String,
        _ work: @escaping @Sendable () throws -> Void
    ) async {
        do {
            try await offload(work)
        } catch {
            logger.error("Could not \(purpose)", metadata: ["error": "\(error)"])
        }
    }
}
