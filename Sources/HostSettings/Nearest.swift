/// Finds what somebody probably meant to write.
enum Nearest {
    /// The candidate that takes the fewest changes, when these are few.
    static func match(_ word: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (distance(word.lowercased(), $0.lowercased()), $0) }
        guard let best = ranked.min(by: { $0.0 < $1.0 }), best.0 <= max(2, word.count / 3) else {
            return nil
        }
        return best.1
    }

    /// How many letters have to be put in, left out, exchanged or swapped with a neighbour.
    static func distance(_ one: String, _ other: String) -> Int {
        let one = Array(one.prefix(64))
        let other = Array(other.prefix(64))
        var table = Array(
            repeating: Array(repeating: 0, count: other.count + 1),
            count: one.count + 1
        )
        for row in 0...one.count { table[row][0] = row }
        for column in 0...other.count { table[0][column] = column }
        guard !one.isEmpty, !other.isEmpty else { return max(one.count, other.count) }
        for row in 1...one.count {
            for column in 1...other.count {
                let isSame = one[row - 1] == other[column - 1]
                var best = min(table[row - 1][column], table[row][column - 1]) + 1
                best = min(best, table[row - 1][column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, one[row - 1] == other[column - 2],
                    one[row - 2] == other[column - 1]
                {
                    best = min(best, table[row - 2][column - 2] + 1)
                }
                table[row][column] = best
            }
        }
        return table[one.count][other.count]
    }
}
