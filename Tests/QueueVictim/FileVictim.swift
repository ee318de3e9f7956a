import FunctionModel
import Glibc
import InvocationStore
import Logging
import TriggerFiles
import TriggerQueue

/// A watched directory of a host without the rest of it, to be killed very often.
enum FileVictim {
    private static func triggers(
        _ store: any DurableStore & StoreUpkeep,
        _ directory: String,
        _ queue: @escaping @Sendable (@escaping EndObserver) -> QueueTrigger
    ) -> (FilesTrigger, QueueTrigger) {
        let late = LateFiles()
        let queue = queue { ends in late.files?.ended(ends) }
        let files = FilesTrigger(
            settings: FilesSettings(home: "/nowhere"),
            store: store,
            logger: Logger(label: "victim") { _ in SwiftLogNoOpLogHandler() },
            now: QueueVictim.now
        )
        late.tell(files)
        files.serve([definition(directory)])
        return (files, queue)
    }

    private static func definition(_ directory: String) -> FunctionDefinition {
        var declaration = FilesTriggerDeclaration(directory: directory)
        declaration.recursive = true
        declaration.stableForMilliseconds = 20
        declaration.kinds = ["added", "changed", "removed"]
        var trigger = TriggerDeclaration()
        trigger.files = declaration
        return FunctionDefinition(
            name: QueueVictim.function,
            index: 0,
            manifest: FunctionManifest(name: "run"),
            quota: Quota(),
            triggers: [trigger],
            isolation: .thread,
            onCrash: .backoff,
            configuration: [:]
        )
    }

    /// Watches and runs until it is killed.
    static func live(
        _ store: any DurableStore & StoreUpkeep,
        _ directory: String,
        _ queue: @escaping @Sendable (@escaping EndObserver) -> QueueTrigger
    ) async {
        let (files, queue) = triggers(store, directory, queue)
        Line.write("ready")
        await withTaskGroup { tasks in
            tasks.addTask { await queue.run() }
            tasks.addTask { await files.run() }
        }
    }

    /// Handles all that is left, then tells where each file stands.
    static func finish(
        _ store: any DurableStore & StoreUpkeep,
        _ directory: String,
        _ queue: @escaping @Sendable (@escaping EndObserver) -> QueueTrigger
    ) async throws {
        let (files, queue) = triggers(store, directory, queue)
        let running = Task {
            await withTaskGroup { tasks in
                tasks.addTask { await queue.run() }
                tasks.addTask { await files.run() }
            }
        }
        while !(try await files.views().allSatisfy(\.isQuiet)) { await pause(.milliseconds(5)) }
        running.cancel()
        await running.value
        for watch in try await store.watches() {
            var query = FileQuery(watch: watch.id, limit: 1_000)
            while true {
                let rows = try await store.files(query)
                for row in rows {
                    let place = row.isPresent ? "there" : "gone"
                    Line.write("file \(row.path.text) \(row.state.word) \(place) \(row.facts.size)")
                }
                guard rows.count == query.limit else { break }
                query.after = rows.last?.path
            }
        }
        for damage in try await store.damage() { Line.write("damage \(damage)") }
        try await store.close()
    }
}
