/// Decides whether a worker has to let others go first: one that has wanted a processor nearly all the
/// time lately, be it in one long run or in many short ones.
///
/// What it waited for a processor counts as wanted, so that many such workers, each of which gets
/// little, are found as well. A value without clocks or threads; all times are in nanoseconds.
struct DemandWatch {
    /// Over how long the demand is averaged.
    static let window: Int64 = 200_000_000
    /// From how much of it on a worker yields, in percent, and below how much no longer.
    static let (most, least): (Int64, Int64) = (80, 50)

    private var since: Int64?
    private var demand: Int64 = 0
    private(set) var yields = false

    /// Looks at a worker: whether it is to yield from now on, or no longer; `nil` for as it is.
    ///
    /// `demand` is called once a window. One that yields is told so again: threads that it has made
    /// since have to yield with it.
    mutating func look(now: Int64, demand: () -> Int64) -> Bool? {
        guard let since else {
            self.since = now
            self.demand = demand()
            return nil
        }
        guard now - since >= Self.window else { return nil }
        let wanted = demand()
        let percent = (wanted - self.demand) * 100 / (now - since)
        self.since = now
        self.demand = wanted
        if percent >= Self.most {
            yields = true
            return true
        }
        guard yields else { return nil }
        if percent < Self.least { yields = false }
        return yields
    }
}
