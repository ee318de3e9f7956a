internal import CellSupervision
internal import FunctionModel
internal import Metrics

/// Cells as metrics; set when somebody asks for them.
enum CellGauges {
    /// Sets the gauges of all cells.
    static func refresh(_ report: CellReport) {
        for kind in ["shared", "dedicated", "spare"] {
            let count = report.cells.count { $0.kind.rawValue == kind }
            Gauge(label: "roost_cells", dimensions: [("kind", kind)]).record(count)
        }
        Gauge(label: "roost_cell_images").record(report.cells.reduce(0) { $0 + $1.images })
    }
}
