internal import FunctionModel
internal import NIOCore

/// A request to run a file in a throw-away cell and see what it declares.
struct ProbeRequest: Sendable {
    /// The longest manifest that is read.
    static let manifestLimit = 1 << 20
    /// How much later than the cell the host gives up, so that the cell can say why.
    static let grace = Duration.milliseconds(250)

    /// What the plugin declared, as it came.
    struct Finding: Sendable {
        var manifest: ByteBuffer
        var load: Duration
        var start: Duration
    }

    var imagePath: String
    var entrySymbol: String
    var timeout: Duration
    /// Called once, on any thread.
    var completion: @Sendable (Result<Finding, PluginRefusal>) -> Void
}
