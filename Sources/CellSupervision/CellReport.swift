public import FunctionModel

/// The cells at one instant, for operators and metrics.
public struct CellReport: Sendable {
    /// Those that live, ordered by id.
    public var cells: [CellView]
    /// Renewals and replacements since the start, by reason (`RenewalReason`).
    public var renewals: [String: Int]
    /// What ended workers have left behind since the start, by plugin.
    public var left: [String: LeftBehind]
    /// Probes that wait or run.
    public var probes: Int

    /// Describes the cells.
    public init(
        cells: [CellView],
        renewals: [String: Int],
        left: [String: LeftBehind] = [:],
        probes: Int
    ) {
        self.cells = cells
        self.left = left
        self.renewals = renewals
        self.probes = probes
    }
}
