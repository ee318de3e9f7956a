internal import FunctionModel
internal import NIOCore

/// A claimed invocation, from its claim until the store has taken its end.
struct HeldInvocation: Sendable {
    /// What the store is to be told.
    typealias Ending = LeaseEnd.Kind

    /// Behind a reference: a table of thousands is moved when it grows.
    private final class Kept: Sendable {
        let claim: ClaimedInvocation

        init(_ claim: ClaimedInvocation) { self.claim = claim }
    }

    private let kept: Kept
    var claim: ClaimedInvocation { kept.claim }
    /// The lease as it was last renewed.
    var lease: Lease
    /// How long it lasts from each renewal.
    let leaseLength: Duration
    /// When it is to be renewed.
    var renewal: Pause
    /// Whether it waits here for a place, and hasn't begun.
    var isWaiting = true
    /// `nil` before its end.
    var ending: Ending?
    /// When its end is offered again, after the store refused it.
    var offeredAgain: Pause?
    /// How often the store has refused its end.
    var failures = 0
    var isCancelRequested = false
    /// What its payload and its result take.
    var bytes: Int

    init(_ claim: ClaimedInvocation, leaseLength: Duration, now: WallTime) {
        kept = Kept(claim)
        self.leaseLength = leaseLength
        lease = claim.lease
        // The lease of what is to begin later is counted from then.
        let begun = claim.start == nil ? claim.lease.expires - leaseLength : now
        renewal = Pause(leaseLength / 3, from: begun)
        bytes = claim.invocation.body.readableBytes
    }

    /// Tells the store the end; `nil` before it.
    var action: QueueState.Action? {
        switch ending {
        case nil: nil
        case .settle(let settlement): .settle(lease, claim.invocation.function, settlement)
        case .release(let release): .release(lease, release)
        }
    }

    /// What the dispatcher is asked to run.
    static func request(
        _ claim: ClaimedInvocation,
        _ steps: [FunctionName] = []
    ) -> InvocationRequest {
        let invocation = claim.invocation
        var request = InvocationRequest(
            id: invocation.id,
            function: steps.first ?? invocation.function,
            trigger: invocation.trigger,
            body: invocation.body
        )
        request.attempt = claim.attempt - (invocation.progress?.used ?? 0)
        request.http = invocation.event.map(HTTPRequestHead.init) ?? invocation.http
        request.contentType = invocation.contentType
        request.trace = invocation.trace
        request.depth = invocation.depth + (steps.isEmpty ? 0 : 1)
        request.timeout = invocation.delivery.timeout
        // Whatever is repeated is repeated by the queue, which has counted it before.
        request.repeatable = false
        var queued = QueuedRun(
            attempt: claim.attempt,
            sequence: steps.isEmpty ? nil : invocation.function
        )
        queued.isContinued = invocation.progress != nil
        request.queued = queued
        return request
    }
}

extension InvocationRecord {
    /// What its log takes.
    fileprivate var logBytes: Int { log.reduce(0) { $0 + 64 + $1.message.utf8.count } }
}

extension HeldInvocation.Ending {
    /// What it takes.
    var bytes: Int {
        switch self {
        case .settle(let settlement):
            settlement.followUps.reduce(
                settlement.result.body.readableBytes + (settlement.record?.logBytes ?? 0)
            ) { $0 + $1.body.readableBytes }
        case .release(let release):
            (release.step?.body.readableBytes ?? 0) + (release.record?.logBytes ?? 0)
        }
    }

    /// The same end with what is to run because of it.
    func with(_ followUps: (Settlement) -> [QueuedInvocation]) -> Self {
        guard case .settle(var settlement) = self else { return self }
        settlement.followUps += followUps(settlement)
        return .settle(settlement)
    }

    /// The same end without the body that the store can't take.
    func without(_ what: String) -> Self {
        let error = InvocationError(kind: "responseTooLarge", message: what)
        let result = InvocationResult(outcome: .failed, error: error)
        switch self {
        case .release(let release) where release.step != nil:
            return .settle(Settlement(.dead(.permanent), result: result))
        case .release(var release):
            release.record = nil
            return .release(release)
        case .settle(var settlement):
            settlement.end = .dead(.permanent)
            settlement.result = result
            settlement.record = nil
            return .settle(settlement)
        }
    }
}
