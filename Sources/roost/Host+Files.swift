internal import FunctionDispatch
internal import FunctionModel
internal import Logging
internal import Metrics
internal import TriggerFiles

/// Joining the files trigger with what it feeds.
extension Host {
    /// Watches directories for the functions that are served.
    static func files(
        _ durable: HostStore,
        _ home: String,
        _ logger: Logger
    ) -> FilesTrigger {
        let settings = FilesSettings(home: "\(home)/files")
        let files = FilesTrigger(
            settings: settings,
            store: durable.store,
            logger: logger,
            now: { HostStore.now },
            onEvents: { function, kind, count in
                Counter(
                    label: "roost_file_events_total",
                    dimensions: [("function", function.description), ("kind", kind.word)]
                ).increment(by: Int64(count))
            }
        )
        durable.files.tell(files)
        return files
    }

    /// Has directories watched for the functions that are served, as they come and go.
    func followWatches() async {
        let (changes, change) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        dispatcher.followDefinitions { change.yield() }
        change.yield()
        for await _ in changes { files.serve(dispatcher.servedDefinitions()) }
    }
}
