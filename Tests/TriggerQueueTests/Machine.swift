import FunctionModel

@testable import TriggerQueue

/// A queue's state behind a reference, so that a test's claims may change it.
final class Machine {
    private var state: QueueState

    init(heldBytes: ByteCount = .mebibytes(64), heldLimit: Int? = nil, burstLimit: Int? = nil) {
        var settings = QueueSettings(holder: "test")
        settings.heldLimit = heldLimit ?? settings.heldLimit
        settings.burstLimit = burstLimit ?? settings.burstLimit
        settings.heldBytes = heldBytes
        state = QueueState(settings: settings)
    }

    var held: [InvocationID: HeldInvocation] { state.held }

    func wake(now: WallTime) -> Bool { state.wake(now: now) }

    func expectAny() { state.expectAny() }

    func expect(_ function: FunctionName) { state.expect(function) }

    func startWaiting() -> [QueueState.Action] { state.startWaiting() }

    func request(_ places: [FunctionName: FunctionPlaces]) -> ClaimRequest? {
        state.request(places)
    }

    func claimed(
        _ report: ClaimReport,
        now: WallTime
    ) -> (actions: [QueueState.Action], again: Bool) {
        state.claimed(report, now: now)
    }

    func recovered() { state.recovered() }

    func wish(
        for functions: Set<FunctionName>,
        _ places: [FunctionName: FunctionPlaces],
        upTo count: Int? = nil,
        now: WallTime
    ) -> ClaimRequest? { state.wish(for: functions, places, upTo: count, now: now) }

    func ready(
        _ functions: Set<FunctionName>,
        _ taken: TakenReady?,
        now: WallTime
    ) -> [QueueState.Action] { state.ready(functions, taken, now: now) }

    func mayHold() { state.mayHold = true }

    var nextStart: WallTime? { state.holds.first }

    func functionsDue(now: WallTime) -> Set<FunctionName> { state.functionsDue(now: now) }

    func beginHeld(
        _ places: [FunctionName: FunctionPlaces],
        now: WallTime
    ) -> [QueueState.Action] { state.beginHeld(places, now: now) }

    var mayClaim: Bool { !state.candidates.isEmpty }

    func claimFailed(now: WallTime) { state.claimFailed(now: now) }

    func ended(
        _ claim: ClaimedInvocation,
        _ result: InvocationResult,
        steps: [FunctionName] = [],
        record: InvocationRecord? = nil,
        now: WallTime
    ) -> [QueueState.Action] {
        var generator = SystemRandomNumberGenerator()
        return state.ended(
            claim,
            result,
            steps: steps,
            record: record,
            now: now,
            using: &generator
        )
    }

    func cancel(_ id: InvocationID) -> QueueState.Action? { state.cancel(id) }

    func over(_ id: InvocationID, token: Int64) { state.over(id, token: token) }

    func endingFailed(_ id: InvocationID, _ error: StoreError, now: WallTime) {
        state.endingFailed(id, error, now: now)
    }

    func due(now: WallTime) -> [QueueState.Action] { state.due(now: now) }

    func renewed(_ renewal: RenewedLease) -> QueueState.Action? { state.renewed(renewal) }

    func lostLease(_ lease: Lease) -> QueueState.Action? { state.lostLease(lease) }

    @discardableResult func drain() -> [QueueState.Action] { state.drain() }
}
