import CellSupervision
import FunctionModel
import Logging
import NIOCore
import NIOPosix
import Platform
import Testing

/// A supervisor with the hostile cell, or the real one, for the time of a test.
struct SupervisedCells {
    let group: MultiThreadedEventLoopGroup
    let supervisor: CellSupervisor
    let log: Journal<String>
    let image: String

    /// Runs a test with a supervisor whose cells misbehave as `mode` says.
    static func withHostile(
        _ mode: String,
        change: (inout CellConfiguration) -> Void = { _ in },
        _ body: (SupervisedCells) async throws -> Void
    ) async throws {
        let directory = try ThisProcess.executableDirectory()
        var configuration = CellConfiguration(executable: directory + "/HostileCell")
        configuration.arguments = [mode]
        configuration.reportInterval = .milliseconds(50)
        // Ticks come faster here than a loaded machine may start a process.
        configuration.limits.silentTicks = 400
        change(&configuration)
        try await with(configuration, image: directory + "/HostileCell", body)
    }

    static func with(
        _ configuration: CellConfiguration,
        image: String,
        _ body: (SupervisedCells) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let log = Journal<String>(on: group.next())
        let logger = Logger(label: "test") { _ in LogRecorder(journal: log) }
        let supervisor = try CellSupervisor(
            configuration: configuration,
            group: group,
            logger: logger
        )
        let cells = SupervisedCells(group: group, supervisor: supervisor, log: log, image: image)
        do {
            try await body(cells)
        } catch {
            await supervisor.shutdown(grace: .zero)
            try await group.shutdownGracefully()
            throw error
        }
        await supervisor.shutdown(grace: .milliseconds(500))
        try await group.shutdownGracefully()
    }

    func plan(
        _ plugin: String = "echo",
        isolation: Isolation = .thread,
        entrySymbol: String = "roost_plugin_echo",
        image: String? = nil,
        quota: Quota = Quota(),
        size: ByteCount? = nil,
        startTimeout: Duration = .seconds(5)
    ) throws -> WorkerPlan {
        let manifest = Manifest(plugin: plugin, functions: [FunctionManifest(name: "echo")])
        let version = PluginVersion(
            contentHash: "hash-of-\(plugin)",
            manifest: manifest,
            entrySymbol: entrySymbol,
            imagePath: image ?? self.image,
            loadedSize: size ?? .kibibytes(1)
        )
        let function = FunctionDefinition(
            name: try FunctionName(plugin: plugin, function: "echo"),
            index: 0,
            manifest: manifest.functions[0],
            quota: quota,
            triggers: [],
            isolation: isolation,
            onCrash: .restart,
            configuration: [:]
        )
        return WorkerPlan(
            version: version,
            functions: [function],
            isolation: isolation,
            startTimeout: startTimeout
        )
    }

    func start(_ plan: WorkerPlan) -> RecordingWorker {
        let observer = RecordingWorker(on: group.next())
        supervisor.startWorker(plan, observer: observer)
        return observer
    }

    func job(
        _ body: String = "hello",
        plugin: String = "echo",
        deadline: TimeAmount = .seconds(30),
        quota: Quota = Quota()
    ) throws -> (WorkerJob, RecordingJob) {
        let observer = RecordingJob(on: group.next())
        let name = try FunctionName(plugin: plugin, function: "echo")
        let request = InvocationRequest(
            id: InvocationID(),
            function: name,
            trigger: .operator,
            body: ByteBuffer(string: body)
        )
        let job = WorkerJob(
            request: request,
            functionIndex: 0,
            quota: quota,
            deadline: .now() + deadline,
            observer: observer
        )
        return (job, observer)
    }

    /// Submits all of them in one turn of the loop.
    func submit(_ jobs: [WorkerJob], to worker: any WorkerHandle) async throws {
        try await worker.eventLoop.submit { for job in jobs { worker.submit(job) } }.get()
    }

    /// The process of the cell that a worker is in.
    func process(of worker: any WorkerHandle) async throws -> Int {
        let report = await supervisor.report()
        return try #require(report.cells.first { $0.id == worker.cellID }).pid
    }

    /// Waits until a process has been taken back.
    func isGone(_ process: Int) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while Leftovers.exists(process), ContinuousClock.now < deadline {
            // Asks the keeper, which takes processes back, rather than sleeping.
            _ = await supervisor.report()
        }
        return !Leftovers.exists(process)
    }
}

extension WorkerJob {
    /// The request's body, as text.
    var bodyText: String { String(buffer: request.body) }
}
