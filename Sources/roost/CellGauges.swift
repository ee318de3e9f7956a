internal import CellSupervision
internal import FunctionModel
internal import Metrics
internal import Synchronization

/// Cells as metrics; set when somebody asks for them.
final class CellGauges: Sendable {
    /// The renewals that have been counted.
    private let counted = Mutex<[String: Int]>([:])

    /// Sets the gauges of all cells, and counts what was renewed since the last time.
    func refresh(_ report: CellReport) {
        for kind in ["shared", "dedicated", "spare"] {
            let count = report.cells.count { $0.kind.rawValue == kind }
            Gauge(label: "roost_cells", dimensions: [("kind", kind)]).record(count)
        }
        Gauge(label: "roost_cell_images").record(report.cells.reduce(0) { $0 + $1.images })
        for (reason, count) in news(report.renewals) {
            Counter(label: "roost_cell_renewals_total", dimensions: [("reason", reason)])
                .increment(by: count)
        }
    }

    /// By how much each total has grown; a page that was overtaken by a newer one counts nothing.
    func news(_ renewals: [String: Int]) -> [String: Int] {
        counted.withLock { counted in
            var news: [String: Int] = [:]
            for (reason, total) in renewals {
                let before = counted[reason] ?? 0
                guard total > before else { continue }
                news[reason] = total - before
                counted[reason] = total
            }
            return news
        }
    }
}
