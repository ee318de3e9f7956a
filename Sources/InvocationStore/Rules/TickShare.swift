internal import FunctionModel

/// What the ticks of one commit may claim, and what they have claimed.
struct TickShare {
    /// What there is room for; `nil` for nothing.
    private(set) var request: ClaimRequest?
    private var left: [FunctionName: ClaimAllowance] = [:]
    /// What has been claimed.
    var claimed: [ClaimedInvocation] = []

    /// Nothing.
    init() {}

    /// Divides the room among functions with so many ticks, as a claim would.
    init(_ request: ClaimRequest, _ counts: [FunctionName: Int], _ fairShare: inout FairShare) {
        self.request = request
        let demands = fairShare.order(Array(counts.keys)).map { function in
            let most = request.allowances[function]?.count ?? 0
            return (function: function, count: min(most, counts[function, default: 0]))
        }
        for (function, count) in fairShare.allot(request.limit, among: demands) {
            guard let allowance = request.allowances[function] else { continue }
            left[function] = ClaimAllowance(count: count, lease: allowance.lease)
        }
        claimed.reserveCapacity(counts.count)
    }

    /// Whether it may hold what is to begin later.
    var mayHold: Bool { request?.mayHold ?? false }

    /// Whether there is a place for a function.
    func hasPlace(for function: FunctionName) -> Bool { left[function]?.count ?? 0 > 0 }

    /// Takes one place of a function's: who holds the lease, and for how long.
    mutating func take(_ function: FunctionName) -> (holder: String, lease: Duration)? {
        guard let request, let place = left[function], place.count > 0 else { return nil }
        left[function]?.count -= 1
        return (request.holder, place.lease)
    }
}
