internal import CellProtocol
internal import FunctionModel
internal import Platform

/// One worker as it is given to a cell: what to run, and the rules for its channel.
struct WorkerAssignment: Sendable {
    /// Frames may be longer than the largest response by so much: heads, errors, log lines.
    private static let frameSlack = 1 << 20

    /// Numbers the worker within the host.
    var worker: UInt32
    /// The cell that it goes to.
    var cell: Int
    /// For log lines.
    var plugin: String
    /// Tells builds of the plugin apart; empty for a probe.
    var contentHash = ""
    /// The name of the exported entry function.
    var entrySymbol: String
    /// Where the image store keeps the file.
    var imagePath: String
    /// How much of the file is needed; `nil` for all of it.
    var imageSize: Int?
    /// How many functions the manifest has; `nil` when the manifest is what is asked for.
    var functionCount: Int?
    /// The operator's values.
    var configuration: [(function: Int, key: String, value: String)] = []
    /// The memory that the worker may hold; 0 for no limit of its own.
    var memoryLimit: UInt64 = 0
    /// What it may hold while a function runs, by the function's index.
    var functionMemoryLimits: [UInt64] = []
    /// Whether the plugin's work may go on when its invocation has ended.
    var allowsBackground = false
    /// The longest frame that the worker may send.
    var maximumFrame: Int
    /// What the cell allows for loading and starting.
    var startTimeout: Duration
    /// When the host stops waiting for the start.
    var startBackstop: Duration
    /// When the host stops waiting for the end.
    var retireBackstop = Duration.seconds(8)

    /// Describes the worker of a plan.
    init(worker: UInt32, cell: Int, plan: WorkerPlan) {
        self.worker = worker
        self.cell = cell
        plugin = plan.version.manifest.plugin
        contentHash = plan.version.contentHash
        entrySymbol = plan.version.entrySymbol
        imagePath = plan.version.imagePath
        imageSize = plan.version.loadedSize.bytes
        functionCount = plan.version.manifest.functions.count
        let response = plan.functions.map(\.quota.responseSize.bytes).max() ?? 0
        maximumFrame = min(response + Self.frameSlack, FrameHeader.maximumPayload)
        memoryLimit = UInt64(clamping: plan.functions.map(\.quota.memory.bytes).max() ?? 0)
        allowsBackground = plan.version.manifest.background ?? false
        functionMemoryLimits = Array(repeating: memoryLimit, count: functionCount ?? 0)
        for function in plan.functions where functionMemoryLimits.indices.contains(function.index) {
            functionMemoryLimits[function.index] = UInt64(clamping: function.quota.memory.bytes)
        }
        startTimeout = plan.startTimeout
        // A cell that is only just starting needs its own time first.
        startBackstop = plan.startTimeout + .seconds(7)
        for function in plan.functions {
            for (key, value) in function.configuration.sorted(by: { $0.key < $1.key }) {
                configuration.append((function.index, key, value))
            }
        }
    }

    /// Describes a worker that only declares its manifest.
    init(worker: UInt32, cell: Int, probe: ProbeRequest) {
        self.worker = worker
        self.cell = cell
        plugin = "probe"
        memoryLimit = UInt64(ByteCount.gibibytes(1).bytes)
        entrySymbol = probe.entrySymbol
        imagePath = probe.imagePath
        maximumFrame = ProbeRequest.manifestLimit + Self.frameSlack
        startTimeout = probe.timeout
        startBackstop = probe.timeout + ProbeRequest.grace
    }

    /// The packet that asks the cell for it.
    var startMessage: HostMessage {
        .start(
            worker: worker,
            plugin: plugin,
            entrySymbol: entrySymbol,
            startTimeout: UInt64(clamping: startTimeout.wholeNanoseconds)
        )
    }

    /// The first frame on its channel.
    var configureFrame: ConfigureFrame {
        ConfigureFrame(
            entries: configuration,
            wantsManifest: functionCount == nil,
            memoryLimit: memoryLimit,
            functionMemoryLimits: functionMemoryLimits,
            allowsBackground: allowsBackground
        )
    }
}
