/// The rows of a list of prices: `sku,cents` each.
struct Rows {
    private(set) var good: [(sku: String, cents: Int)] = []
    /// What is wrong with the others, in words with the row's number.
    private(set) var bad: [String] = []

    init(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            read(line, number: index + 1)
        }
    }

    private mutating func read(_ line: ArraySlice<UInt8>, number: Int) {
        guard let text = String(validating: line, as: UTF8.self) else {
            return bad.append("row \(number) is not UTF-8")
        }
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 2 else {
            return bad.append("row \(number) has \(fields.count) fields instead of 2")
        }
        let sku = fields[0].filter { !$0.isWhitespace }
        guard !sku.isEmpty else { return bad.append("row \(number) has no sku") }
        guard let cents = Int(fields[1].filter { !$0.isWhitespace }), cents >= 0 else {
            return bad.append("row \(number): '\(fields[1].prefix(20))' is no number of cents")
        }
        good.append((sku, cents))
    }
}
