/// Lines up columns for people.
struct TextTable {
    /// A column: numbers stand on the right.
    struct Column {
        var title: String
        var isNumber = false
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    /// Makes a table; a title that ends in `#` is a column of numbers.
    init(_ titles: String...) {
        columns = titles.map {
            $0.hasSuffix("#")
                ? Column(title: String($0.dropLast()), isNumber: true) : Column(title: $0)
        }
    }

    /// Adds a row with one cell per column.
    mutating func add(_ cells: String...) { rows.append(cells) }

    /// The table, two blanks between columns, no blanks at line ends.
    var text: String {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { index in
            all.map { index < $0.count ? $0[index].count : 0 }.max() ?? 0
        }
        return all.map { line($0, widths) }.joined(separator: "\n") + "\n"
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[index] - cell.count)
            line += columns[index].isNumber ? padding + cell : cell + padding
            line += "  "
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

/// How quantities look to people.
enum Wording {
    /// `12 µs`, `3.4 ms`, `2.0 s`, `5 min`.
    static func duration(_ seconds: Double?) -> String {
        guard let seconds else { return "–" }
        return switch seconds {
        case ..<0.001: "\(Int((seconds * 1e6).rounded())) µs"
        case ..<1: "\(tenths(seconds * 1e3)) ms"
        case ..<120: "\(tenths(seconds)) s"
        case ..<7_200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3_600)) h"
        default: "\(Int(seconds / 86_400)) d"
        }
    }

    /// `17 bytes`, `64.0 MiB`.
    static func bytes(_ count: Int) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where count >= 1 << shift {
            return "\(tenths(Double(count) / Double(1 << shift))) \(unit)"
        }
        return "\(count) bytes"
    }

    /// The first twelve digits of a content hash.
    static func hash(_ hash: String?) -> String {
        guard let hash, !hash.isEmpty else { return "–" }
        return String(hash.prefix(12))
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
