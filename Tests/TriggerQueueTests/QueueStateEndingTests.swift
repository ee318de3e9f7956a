import FunctionModel
import NIOCore
import Testing

@testable import TriggerQueue

/// What becomes of what didn't end by itself.
struct QueueStateEndingTests {
    private let start = WallTime(seconds: 1_000_000)
    private let mail = Subject.mail
    private let bill = Subject.named("shop.bill")

    /// A state with one place that has claimed some, of which the first one runs.
    private func holding(
        _ claims: [ClaimedInvocation],
        in state: Machine = Machine()
    ) throws -> Machine {
        try #require(state.wake(now: start))
        let places = [mail: FunctionPlaces(free: 1, longest: .seconds(20), ahead: 3)]
        _ = try #require(state.request(places))
        #expect(state.claimed(Subject.report(claims), now: start).actions.count == 1)
        return state
    }

    private func released(_ actions: [QueueState.Action]) -> Release? {
        guard case .release(_, let release) = actions.first else { return nil }
        return release
    }

    private func settled(_ actions: [QueueState.Action]) -> Settlement? {
        guard case .settle(_, _, let settlement) = actions.first else { return nil }
        return settlement
    }

    @Test func whatAVersionThatGoesAwayStopsIsTriedAgain() throws {
        let claim = Subject.claim(attempt: 3, now: start)
        let state = try holding([claim])
        let error = InvocationError(kind: "cancelled", message: "x", retryAfter: .seconds(1))
        let stopped = InvocationResult(outcome: .cancelled, error: error)
        let release = try #require(released(state.ended(claim, stopped, now: start)))
        #expect(release.isInterrupted)
        #expect(release.notBefore == start + .seconds(1))
    }

    @Test func whatSomebodyCancelledIsOver() throws {
        let claim = Subject.claim(now: start)
        let state = try holding([claim])
        _ = state.cancel(claim.invocation.id)
        let stopped = InvocationResult(outcome: .cancelled)
        #expect(settled(state.ended(claim, stopped, now: start))?.end == .cancelled)
    }

    @Test func whatIsTooDeepIsGivenUpAndHoldsUpNoOthers() throws {
        let claims = [Subject.claim(now: start), Subject.claim(now: start)]
        let state = try holding(claims)
        let refused = InvocationResult.rejected(.tooDeep, "too deep")
        let actions = state.ended(claims[0], refused, now: start)
        #expect(settled(actions)?.end == .dead(.tooDeep))
        guard case .run = actions.last else {
            Issue.record("the next one is to run: \(actions)")
            return
        }
    }

    @Test func aStepThatIsNotServedForLongIsGivenUp() throws {
        let claims = (0..<4).map { _ in Subject.claim(now: start) }
        let state = try holding(claims)
        let refused = InvocationResult.rejected(.noSuchFunction, "none")
        func end(_ index: Int, after seconds: Int) -> [QueueState.Action] {
            let now = start + .seconds(seconds)
            return state.ended(claims[index], refused, steps: [bill, mail], now: now)
        }
        let first = try #require(released(end(0, after: 0)))
        #expect(!first.countsAttempt)
        #expect(try #require(first.notBefore) > start)
        #expect(released(end(1, after: 59)) != nil, "a version may be on its way")
        #expect(settled(end(2, after: 60))?.end == .dead(.noSuchFunction))
        #expect(released(end(3, after: -10)) != nil, "the clock was set back")
    }

    @Test func aFunctionThatIsNotServedAnyMoreIsWaitedFor() throws {
        let claims = (0..<2).map { _ in Subject.claim(now: start) }
        let state = try holding(claims)
        let refused = InvocationResult.rejected(.noSuchFunction, "none")
        for (claim, seconds) in zip(claims, [0, 3_600]) {
            let actions = state.ended(claim, refused, now: start + .seconds(seconds))
            #expect(released(actions)?.countsAttempt == false)
        }
    }

    @Test func aClockThatIsSetBackMakesNoPauseLonger() throws {
        let before = start - .seconds(3_600)
        let state = Machine()
        #expect(state.wake(now: start))
        state.claimFailed(now: start)
        #expect(!state.wake(now: start))
        #expect(state.wake(now: before), "the store is asked again")

        let claim = Subject.claim(now: start)
        let other = try holding([claim, Subject.claim(now: start)])
        let slower = InvocationResult.rejected(.rateLimited, "slower", retryAfter: .seconds(9))
        _ = other.ended(claim, slower, now: start)
        other.endingFailed(claim.invocation.id, .unavailable("full"), now: start)
        #expect(other.due(now: start).isEmpty)
        let offered = other.due(now: before).contains { action in
            guard case .release(let lease, _) = action else { return false }
            return lease.id == claim.invocation.id
        }
        #expect(offered, "its end is offered again")
        other.expectAny()
        #expect(other.wake(now: before))
        let places = [mail: FunctionPlaces(free: 1, longest: .seconds(20), ahead: 3)]
        #expect(other.request(places) != nil, "its function goes on")
    }

    @Test func aClaimSaysWhatIsHeldAndHowMuchRoomThereIs() throws {
        let claim = Subject.claim(now: start)
        let state = try holding([claim], in: Machine(heldBytes: ByteCount(bytes: 10)))
        state.expectAny()
        try #require(state.wake(now: start))
        let places = [mail: FunctionPlaces(free: 9, longest: .seconds(20))]
        let request = try #require(state.request(places))
        #expect(request.holding == [claim.invocation.id])
        #expect(request.payload.bytes == 10 - claim.invocation.body.readableBytes)
    }

    @Test func nothingMoreIsClaimedWhileWhatIsHeldIsLarge() throws {
        let claim = Subject.claim(now: start)
        let state = try holding([claim], in: Machine(heldBytes: ByteCount(bytes: 4)))
        let body = ByteBuffer(string: "much")
        _ = state.ended(claim, InvocationResult(outcome: .succeeded, body: body), now: start)
        state.expectAny()
        #expect(!state.wake(now: start))
        state.over(claim.invocation.id, token: claim.lease.token)
        #expect(state.wake(now: start))
    }

    @Test func aClaimThatWasCutShortIsMadeAgain() throws {
        let state = Machine()
        try #require(state.wake(now: start))
        let places = [mail: FunctionPlaces(free: 8, longest: .seconds(20))]
        _ = try #require(state.request(places))
        var report = Subject.report([Subject.claim(now: start)])
        report.isCut = true
        #expect(state.claimed(report, now: start).again)
    }
}
