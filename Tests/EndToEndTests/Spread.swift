import Foundation

/// How often which duration was measured, to 1 %: small however many there are, and kept in a file.
struct Spread: Sendable, Codable {
    private var counts: [Int: Int] = [:]
    private(set) var total = 0

    mutating func add(_ time: Duration) {
        let microseconds = max(1, time / .microseconds(1))
        counts[Int(log(microseconds) * 100), default: 0] += 1
        total += 1
    }

    mutating func add(_ other: Spread) {
        counts.merge(other.counts, uniquingKeysWith: +)
        total += other.total
    }

    /// The duration that a share of all stayed below.
    func at(_ share: Double) -> Duration? {
        var seen = 0
        for (step, count) in counts.sorted(by: { $0.key < $1.key }) {
            seen += count
            if Double(seen) > Double(total) * share || seen == total {
                return .microseconds(exp((Double(step) + 0.5) / 100))
            }
        }
        return nil
    }

    func text(_ share: Double) -> String { at(share).map(milliseconds) ?? "-" }
}
