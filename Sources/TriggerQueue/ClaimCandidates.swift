internal import FunctionModel

/// The functions of which something may wait in the store, so that a claim doesn't have to look for
/// room at all others.
struct ClaimCandidates: Sendable {
    /// `nil` for any function.
    private(set) var functions: Set<FunctionName>? = nil
    /// Those told of while a claim is under way, which may not have seen what they have.
    private var fresh: Set<FunctionName> = []
    private var isAnyFresh = false
    private var asked: Set<FunctionName> = []

    /// Whether nothing is known to wait.
    var isEmpty: Bool { functions?.isEmpty ?? false }

    /// Something of any function may wait.
    mutating func expectAny() {
        functions = nil
        isAnyFresh = true
    }

    /// Something of a function may wait.
    mutating func expect(_ function: FunctionName) {
        functions?.insert(function)
        fresh.insert(function)
    }

    /// A claim is under way among some functions, of which it asks for what has room.
    mutating func ask(among functions: Set<FunctionName>) {
        asked = functions
        isAnyFresh = false
        fresh = []
    }

    /// A claim has been answered: a function of which less came than was asked for has no more, if
    /// neither the claim was full nor cut short, nor places went to dead letters.
    mutating func note(_ report: ClaimReport, to request: ClaimRequest) {
        guard !isAnyFresh else { return }
        guard report.dead.isEmpty, !report.isCut, report.claimed.count < request.limit else {
            return
        }
        var got: [FunctionName: Int] = [:]
        for claim in report.claimed { got[claim.invocation.function, default: 0] += 1 }
        let exhausted = request.allowances.filter { got[$0.key, default: 0] < $0.value.count }
        functions = asked.subtracting(exhausted.keys).union(fresh)
    }
}
