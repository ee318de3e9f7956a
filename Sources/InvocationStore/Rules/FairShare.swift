internal import FunctionModel

/// Divides the places of one claim among functions: equal shares, what one can't use goes to the
/// others, and whoever came last in one claim begins the next.
struct FairShare: Sendable {
    private var last: FunctionName?

    /// The functions in the order in which they are asked; with more functions than places, the
    /// turn goes round from claim to claim.
    func order(_ functions: [FunctionName]) -> [FunctionName] {
        let sorted = functions.sorted()
        guard let last, let start = sorted.firstIndex(where: { $0 > last }) else { return sorted }
        return Array(sorted[start...] + sorted[..<start])
    }

    /// Allots `places` among functions, given in turn with how many each could use.
    mutating func allot(
        _ places: Int,
        among demands: [(function: FunctionName, count: Int)]
    ) -> [FunctionName: Int] {
        var left = places
        var allotted: [FunctionName: Int] = [:]
        var open = demands.filter { $0.count > 0 }
        while left > 0, !open.isEmpty {
            let share = max(1, left / open.count)
            for demand in open where left > 0 {
                let had = allotted[demand.function, default: 0]
                let given = min(share, demand.count - had, left)
                allotted[demand.function] = had + given
                left -= given
                last = demand.function
            }
            open.removeAll { allotted[$0.function, default: 0] >= $0.count }
        }
        return allotted
    }
}
