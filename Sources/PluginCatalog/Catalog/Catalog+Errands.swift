internal import FunctionModel
internal import Logging
internal import Platform

// What is done with one file at a time: looking at it, and going back to an older version.
extension Catalog {
    func perform(_ errand: CatalogState.Errand, on file: String) async {
        switch errand {
        case .look: await look(at: file)
        case .rollback(let hash, let ticket): await goBack(file, to: hash, ticket)
        }
        state.end(file)
        deleteUnneeded()
        wake()
    }

    func look(at file: String) async {
        let hopefuls = waiters.take(file)
        await noteLibrary(of: file)
        let placement = placements[file]
        do {
            let finding = try await examiner.examine(file, knowing: state.knowledge(of: file))
            guard placements[file] == placement else {
                // It may have seen one half before and the other after; the next look sees both.
                return lookAgain(file, hopefuls, instead: finding)
            }
            let hash = try await act(on: file, finding)
            if !passOn(hopefuls, of: file) { answer(hopefuls, file, hash) }
        } catch {
            // The host ends; the next start looks again.
            for waiter in hopefuls { waiter.resume(throwing: error) }
        }
    }

    /// Acts on what a look found; returns the hash of what is in the file, if known.
    func act(on file: String, _ finding: Finding) async throws -> String? {
        switch finding {
        case .gone:
            if let retired = state.remove(file) {
                await retire(retired, because: "\(file) is gone")
            }
            return nil
        case .unchanged:
            state.confirm(file)
            return state.record(of: file)?.fileHash
        case .refused(let refusal, _, let hash) where isLibraryOnly(file, refusal):
            _ = state.remove(file)
            return hash
        case .refused(let refusal, let identity, let hash):
            refuse(file, refusal, identity: identity)
            return hash
        case .candidate(let candidate):
            await adopt(file, candidate)
            return candidate.fileHash
        }
    }

    func refuse(
        _ file: String,
        _ refusal: PluginRefusal,
        identity: FileIdentity?,
        onAccountOfOthers: Bool = false
    ) {
        let isNews = state.refuse(
            file,
            refusal,
            identity: identity,
            onAccountOfOthers: onAccountOfOthers,
            time: wallClock()
        )
        if let delay = refusal.retryDelay {
            state.want(file, at: .now + delay, time: wallClock())
        }
        guard isNews, refusal.kind != "beingWritten" else { return }
        logger.warning(
            "Plugin refused",
            metadata: [
                "file": "\(file)", "kind": "\(refusal.kind)", "reason": "\(refusal.message)",
                "stillServing": "\(state.serving(file)?.hash ?? "nothing")",
            ]
        )
    }

    /// Puts a version into service, or says why not.
    func adopt(_ file: String, _ candidate: Candidate) async {
        let plugin = candidate.version.record.manifest.plugin
        do {
            try state.claim(plugin, for: file) { name in
                FileIdentity(path: "\(configuration.directory)/\(name)") != nil
            }
        } catch {
            refuse(file, error, identity: candidate.identity, onAccountOfOthers: true)
            return
        }
        do {
            if !state.isServing(candidate.version.hash, plugin: plugin) {
                try await installer.install(
                    PluginVersion(candidate.version, store: store),
                    warm: state.isWorthWarming(plugin)
                )
            }
        } catch {
            state.unclaim(plugin, for: file)
            refuse(
                file,
                PluginRefusal(anyError: error),
                identity: candidate.identity,
                onAccountOfOthers: true
            )
            return
        }
        let aftermath = state.serve(
            file,
            candidate,
            keeping: configuration.versionsKept,
            time: wallClock()
        )
        logger.info(
            "Plugin in service",
            metadata: [
                "file": "\(file)", "plugin": "\(plugin)", "version": "\(candidate.version.hash)",
            ]
        )
        await settle(aftermath)
    }

    /// Serves an older version that the store still has.
    func goBack(_ file: String, to hash: String, _ ticket: Int) async {
        guard let record = state.record(of: file), let kept = record.kept(hash) else {
            waiters.take(ticket)?.resume(
                throwing: HostOperationError(
                    .conflict,
                    "\(file) was replaced or removed meanwhile; see `roost plugins`."
                )
            )
            return
        }
        let store = store
        guard await offload({ store.isPresent(kept) && store.isSound(hash) }) else {
            waiters.take(ticket)?.resume(
                throwing: HostOperationError(
                    .conflict,
                    "The stored image of version \(hash.prefix(12)) is damaged; deploy it again."
                )
            )
            return
        }
        await adopt(
            file,
            Candidate(
                identity: record.identity,
                fileHash: record.fileHash,
                library: record.library,
                version: kept
            )
        )
        let view = state.view(file)
        if view.version == hash {
            waiters.take(ticket)?.resume(returning: view)
        } else {
            waiters.take(ticket)?.resume(
                throwing: view.refusal
                    ?? PluginRefusal(kind: "notServed", message: "\(file) is not served.")
            )
        }
    }
}
