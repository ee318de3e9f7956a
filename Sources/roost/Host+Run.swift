internal import AdminAPI
internal import CellSupervision
internal import FunctionDispatch
internal import FunctionModel
internal import HostSettings
internal import InvocationStore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import PluginCatalog
internal import ServiceLifecycle
internal import TriggerCron
internal import TriggerFiles
internal import TriggerHTTP
internal import TriggerQueue
internal import UnixSignals

#if canImport(Glibc)
internal import Glibc
#endif

extension Host {
    /// Serves until the first SIGTERM or SIGINT, then drains: stops accepting, lets what runs finish,
    /// ends the cells.
    ///
    /// A second signal ends the host at once.
    func run(onListening: () -> Void) async throws {
        let address = try await listener.bind()
        addresses.noteFunctions(address)
        StandardStream.output.write(line: "listening on \(addresses.functions)")
        let admin = ServiceGroup(services: [admin], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await self.followPlugins() }
            tasks.addTask { try await admin.run() }
            tasks.addTask { try await self.listener.run() }
            tasks.addTask { try await self.followSettings() }
            tasks.addTask { await self.followFunctions() }
            tasks.addTask { await self.followCells() }
            tasks.addTask { await self.queue.run() }
            tasks.addTask { await self.cron.run() }
            tasks.addTask { try await self.followSchedules() }
            tasks.addTask { await self.files.run() }
            tasks.addTask { await self.followWatches() }
            tasks.addTask { await self.durable.records.run() }
            tasks.addTask { try await self.durable.keepInOrder() }
            tasks.addTask { try await self.durable.lookForDamage() }
            tasks.addTask { try await self.waitForSignal() }
            onListening()
            // The first to end decides: the signal, or a part that can't go on.
            let first = await tasks.nextResult()
            addresses.noteDraining()
            await drain()
            await admin.triggerGracefulShutdown()
            tasks.cancelAll()
            while await tasks.nextResult() != nil {}
            await cells.shutdown()
            await durable.close()
            if case .failure(let error) = first, !(error is CancellationError) { throw error }
        }
        try await group.shutdownGracefully()
    }

    /// Takes plugins in once the admin API has its ports, which no plugin's cell may then reach.
    private func followPlugins() async throws {
        try await addresses.awaitAdmin(settings.settings.admin == nil ? 1 : 2)
        try await catalog.run()
    }

    private func waitForSignal() async throws {
        var signals = await UnixSignalsSequence(trapping: .sigterm, .sigint).makeAsyncIterator()
        guard let signal = await signals.next() else { return }
        logger.info("draining", metadata: ["signal": "\(signal)"])
        Task.detached {
            // Whoever asks twice doesn't want to wait; cells end with their channels.
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { _exit(130) }
        }
    }

    private func drain() async {
        let timeout = settings.settings.drainTimeout
        cron.beginDrain()
        queue.beginDrain()
        do {
            try await listener.drain(within: timeout)
        } catch {
            logger.warning("the function listener did not drain", metadata: ["error": "\(error)"])
        }
        await dispatcher.drain(timeout: timeout)
        let left = await queue.drained(within: .seconds(5))
        if left > 0 {
            logger.warning(
                "queued invocations are left to the next start",
                metadata: ["count": "\(left)"]
            )
        }
    }

    /// Shows what functions write among the host's own lines, to those who follow the log.
    private func followFunctions() async {
        for await event in dispatcher.logs() { log.publish(event) }
    }

    /// Has the dispatcher find who brought a cell to its end.
    private func followCells() async {
        for await incident in cells.incidents { dispatcher.note(incident) }
    }

    /// Tells of names in the settings that fit no plugin, once all plugins are in: a mistake, or a
    /// plugin that is yet to come.
    private func warnOfStrangers() async {
        let named = settings.settings
        guard !named.plugins.isEmpty || !named.functions.isEmpty, await catalog.isReady else {
            return
        }
        for warning in settings.news(settings.settings.warnings(about: await catalog.plugins())) {
            logger.warning("\(warning)")
        }
    }

    /// Reads `roost.yaml` again when it changes, by looking once a second.
    private func followSettings() async throws {
        while true {
            try await Task.sleep(for: .seconds(1))
            await warnOfStrangers()
            do {
                guard try settings.reload(logger) else { continue }
                logger.info("settings read again")
                await catalog.reconsider { version throws(PluginRefusal) in
                    _ = try settings.definitions(of: version, logger)
                }
                for refusal in await dispatcher.reconfigure() {
                    logger.error("a plugin keeps its settings: \(refusal.message)")
                }
            } catch {
                logger.error("roost.yaml is not taken; what was in force stays\n\(error)")
            }
        }
    }
}
