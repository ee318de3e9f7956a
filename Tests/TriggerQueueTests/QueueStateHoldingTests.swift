import FunctionModel
import Testing

@testable import TriggerQueue

/// What is claimed before its time: it begins then, and never before.
struct QueueStateHoldingTests {
    private let now = WallTime(seconds: 1_000)
    private let start = WallTime(seconds: 1_000) + .milliseconds(50)
    private let mail = Subject.mail

    private func places(_ count: Int = 4) -> [FunctionName: FunctionPlaces] {
        [mail: FunctionPlaces(free: count, longest: .seconds(20))]
    }

    /// A state that holds so many.
    private func holding(_ count: Int = 1) throws -> (Machine, [ClaimedInvocation]) {
        let state = Machine()
        state.recovered()
        state.mayHold()
        let wish = try #require(state.wish(for: [mail], places(), now: now))
        #expect(wish.mayHold)
        let claims = (0..<count).map { _ in
            var claim = Subject.claim(now: start)
            claim.start = start
            return claim
        }
        let taken = TakenReady(wish, Subject.report(claims))
        #expect(state.ready([mail], taken, now: now).isEmpty)
        #expect(state.held.count == count && state.nextStart == start)
        return (state, claims)
    }

    private func begun(_ actions: [QueueState.Action]) -> [InvocationID] {
        actions.compactMap { if case .run(let claim) = $0 { claim.invocation.id } else { nil } }
    }

    private func release(_ actions: [QueueState.Action]) -> Release? {
        guard case .release(_, let release)? = actions.first, actions.count == 1 else { return nil }
        return release
    }

    @Test func beginsAtItsTimeAndNotBefore() throws {
        let (state, claims) = try holding(2)
        let before = WallTime(nanoseconds: start.nanoseconds - 1)
        #expect(state.functionsDue(now: before).isEmpty)
        #expect(state.beginHeld(places(), now: before).isEmpty)
        #expect(state.startWaiting().isEmpty)
        #expect(state.functionsDue(now: start) == [mail])
        #expect(begun(state.beginHeld(places(), now: start)) == claims.map(\.invocation.id))
        #expect(state.beginHeld(places(), now: start).isEmpty)
        #expect(state.nextStart == nil)
    }

    @Test func beginsWhenTheClockIsSetForward() throws {
        let (state, claims) = try holding()
        let later = now + .seconds(7_200)
        #expect(begun(state.beginHeld(places(), now: later)) == claims.map(\.invocation.id))
    }

    @Test func isGivenBackForItsTimeWhenTheClockIsSetBack() throws {
        let (state, _) = try holding()
        let back = now + .seconds(-3_600)
        #expect(state.beginHeld(places(), now: back).isEmpty)
        let given = try #require(release(state.due(now: back)))
        #expect(given.notBefore == start && !given.countsAttempt)
        #expect(state.beginHeld(places(), now: start).isEmpty, "it is given back")
    }

    @Test func staysHeldWhileTheQueueLooksAtItsLeases() throws {
        let (state, _) = try holding()
        #expect(state.due(now: now + .milliseconds(20)).isEmpty)
    }

    @Test func waitsForAPlaceWhereThereIsNoneThen() throws {
        let (state, claims) = try holding(3)
        let ids = claims.map(\.invocation.id)
        #expect(begun(state.beginHeld(places(1), now: start)) == Array(ids.prefix(1)))
        let others = state.ended(
            claims[0],
            InvocationResult(outcome: .succeeded),
            now: start
        )
        #expect(begun(others) == [ids[1]])
    }

    @Test func takesPlacesFromWhatIsClaimedMeanwhile() throws {
        let (state, _) = try holding()
        let wish = try #require(state.wish(for: [mail], places(4), now: now))
        #expect(wish.allowances[mail]?.count == 3)
        let (full, _) = try holding(4)
        #expect(full.wish(for: [mail], places(4), now: now) == nil)
    }

    @Test func aDrainGivesItBackForItsTime() throws {
        let (state, _) = try holding()
        #expect(release(state.drain())?.notBefore == start)
        #expect(state.beginHeld(places(), now: start).isEmpty)
    }

    @Test func whatIsCancelledNeverBegins() throws {
        let (state, claims) = try holding()
        guard case .settle(_, _, let settlement)? = state.cancel(claims[0].invocation.id) else {
            Issue.record("it isn't settled")
            return
        }
        #expect(settlement.end == .cancelled)
        #expect(state.beginHeld(places(), now: start).isEmpty)
    }

    @Test func nothingIsHeldWithoutAClock() {
        let state = Machine()
        state.recovered()
        #expect(state.wish(for: [mail], places(), now: now)?.mayHold == false)
    }

    @Test func beginsAtOnceWhatCameLate() throws {
        let (state, _) = try holding()
        let wish = try #require(state.wish(for: [mail], places(), now: start))
        var claim = Subject.claim(now: start)
        claim.start = start
        let actions = state.ready([mail], TakenReady(wish, Subject.report([claim])), now: start)
        #expect(begun(actions) == [claim.invocation.id])
    }
}
