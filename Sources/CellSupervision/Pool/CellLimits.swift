public import FunctionModel

/// When a cell is full, used up, or of no use.
public struct CellLimits: Sendable {
    /// Workers in one cell at the same time.
    public var imagesAlive = 256
    /// Images loaded into one cell, ended workers included, before it is renewed.
    public var imagesTotal = 768
    /// Growth of resident memory before a cell is renewed, when ended workers may have left it.
    public var residentGrowth = ByteCount.mebibytes(256)
    /// Ended workers without which growth is the living ones' own.
    public var endedImagesForGrowth = 32
    /// Memory mappings before a cell is renewed; kernels allow about 65,000.
    public var mappings = 50_000
    /// Control packets of one cell in a second; no honest one comes near.
    public var packetsPerTick = 20_000
    /// Cells at the same time.
    public var cells = 256
    /// Cells that may be draining; beyond it the oldest is ended.
    public var drainingCells = 8
    /// Seconds for which a cell may have no worker.
    public var idleTicks = 30
    /// Seconds for which a cell may give no report.
    public var silentTicks = 15

    /// The defaults.
    public init() {}
}

/// Why a cell was renewed or replaced.
public enum RenewalReason: String, Sendable, CaseIterable {
    /// It has loaded as many images as it should.
    case images
    /// Its memory grew.
    case memory
    /// It has too many memory mappings.
    case mappings
    /// It said that something in it may be broken.
    case tainted
    /// It gave no report.
    case unresponsive
    /// It broke the protocol.
    case violation
    /// It didn't end an invocation, or a start, that was over time.
    case overdue
    /// Its process ended by itself.
    case died
    /// An operator asked for it.
    case asked
    /// The host stops.
    case stopped
}
