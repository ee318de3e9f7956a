import Foundation

/// What a campaign found, one row a kind, printed when it is over.
struct FaultTable {
    private var rows: [[String]] = []
    private let titles: [String]

    init(_ titles: String...) { self.titles = titles }

    mutating func add(_ cells: Any...) { rows.append(cells.map { "\($0)" }) }

    mutating func add(row: [String]) { rows.append(row) }

    func show() {
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        for row in all {
            let cells = zip(row, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + space : space + cell.0
            }
            print(cells.joined(separator: "  "))
        }
    }
}

/// The middle of some durations, in milliseconds.
func median(_ times: [Duration]) -> String {
    guard !times.isEmpty else { return "-" }
    return milliseconds(times.sorted()[times.count / 2])
}

func milliseconds(_ time: Duration) -> String {
    String(format: "%.1f ms", time / .milliseconds(1))
}
