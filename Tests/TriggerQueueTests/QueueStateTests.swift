import FunctionModel
import NIOCore
import Testing

@testable import TriggerQueue

struct QueueStateTests {
    private let start = WallTime(seconds: 1_000)
    private let mail = Subject.mail

    private func places(_ count: Int = 4) -> [FunctionName: FunctionPlaces] {
        [mail: FunctionPlaces(free: count, longest: .seconds(20))]
    }

    /// A state that holds one claimed invocation.
    private func holding(attempt: Int = 1) throws -> (Machine, ClaimedInvocation) {
        let state = Machine()
        try #require(state.wake(now: start))
        let request = try #require(state.request(places()))
        #expect(state.startWaiting().isEmpty)
        #expect(request.allowances[mail]?.lease == .seconds(30))
        let claim = Subject.claim(attempt: attempt, now: start)
        let (actions, again) = state.claimed(Subject.report([claim]), now: start)
        #expect(actions.count == 1)
        #expect(!again, "less came than was asked for")
        return (state, claim)
    }

    private func end(
        _ state: Machine,
        _ claim: ClaimedInvocation,
        _ result: InvocationResult
    ) -> QueueState.Action? {
        state.ended(claim, result, now: start).first
    }

    @Test func oneClaimAtATime() throws {
        let state = Machine()
        #expect(state.wake(now: start))
        #expect(!state.wake(now: start))
        _ = state.request(places())
        state.expect(mail)
        let (_, again) = state.claimed(ClaimReport(), now: start)
        #expect(again, "something came meanwhile, which the claim may not have seen")
        #expect(state.wake(now: start))
        _ = state.request(places())
        #expect(!state.claimed(ClaimReport(), now: start).again)
    }

    @Test func nothingIsClaimedWithoutRoom() {
        let state = Machine()
        #expect(state.wake(now: start))
        #expect(state.request([:]) == nil)
        #expect(state.wake(now: start), "no claim is under way")
        #expect(state.request(places(0)) == nil)
    }

    @Test func aStoreThatRefusesIsLeftAloneForLongerEachTime() {
        let state = Machine()
        var now = start
        for pause in [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5] {
            #expect(state.wake(now: now))
            state.claimFailed(now: now)
            #expect(!state.wake(now: now + .seconds(pause - 0.01)))
            now = now + .seconds(pause)
        }
        #expect(state.wake(now: now))
    }

    @Test func aSuccessIsSettled() throws {
        let (state, claim) = try holding()
        let action = end(state, claim, InvocationResult(outcome: .succeeded))
        guard case .settle(let lease, mail, let settlement) = action else {
            Issue.record("\(String(describing: action))")
            return
        }
        #expect(settlement.end == .succeeded)
        #expect(end(state, claim, InvocationResult(outcome: .succeeded)) == nil, "only once")
        state.over(lease.id, token: lease.token)
        #expect(state.held.isEmpty)
    }

    struct Row: Sendable {
        var outcome: Outcome
        var attempt: Int
        var retryable = true
        var end: Settlement.End?
    }

    @Test(arguments: [
        Row(outcome: .crashed, attempt: 1, end: nil),
        Row(outcome: .lost, attempt: 2, end: nil),
        Row(outcome: .timedOut, attempt: 3, end: .dead(.attemptsExhausted)),
        Row(outcome: .failed, attempt: 1, retryable: false, end: .dead(.permanent)),
        Row(outcome: .failed, attempt: 1, end: nil),
        Row(outcome: .cancelled, attempt: 3, end: nil),
    ])
    func anEndIsRepeatedOrFinal(row: Row) throws {
        let (state, claim) = try holding(attempt: row.attempt)
        let error = InvocationError(kind: "x", message: "y", retryable: row.retryable)
        let action = end(state, claim, InvocationResult(outcome: row.outcome, error: error))
        switch action {
        case .settle(_, _, let settlement): #expect(settlement.end == row.end)
        case .release(_, let release):
            #expect(row.end == nil)
            #expect(release.countsAttempt)
        default: Issue.record("\(String(describing: action))")
        }
    }

    @Test func whatWasNeverStartedDoesNotCount() throws {
        let (state, claim) = try holding(attempt: 3)
        let refused = InvocationResult.rejected(.queueFull, "full", retryAfter: .seconds(9))
        guard case .release(_, let release) = end(state, claim, refused) else {
            Issue.record("it is to be given back")
            return
        }
        #expect(!release.countsAttempt)
        #expect(release.notBefore == start + .seconds(9))
    }

    @Test func whatIsNeverWelcomeIsADeadLetterAtOnce() throws {
        let (state, claim) = try holding(attempt: 1)
        let refused = InvocationResult.rejected(.payloadTooLarge, "too large")
        guard case .settle(_, _, let settlement) = end(state, claim, refused) else {
            Issue.record("it is to be settled")
            return
        }
        #expect(settlement.end == .dead(.permanent))
    }

    @Test func whatADrainStopsIsGivenBackAndCounted() throws {
        let (state, claim) = try holding()
        state.drain()
        #expect(!state.wake(now: start))
        guard case .release(_, let release) = end(state, claim, .init(outcome: .cancelled)) else {
            Issue.record("it is to be given back")
            return
        }
        #expect(release.countsAttempt)
        #expect(release.isInterrupted)
    }

    @Test func whatIsClaimedDuringADrainIsGivenBackUnstarted() throws {
        let state = Machine()
        _ = state.wake(now: start)
        _ = state.request(places())
        state.drain()
        let report = Subject.report([Subject.claim(now: start)])
        let (actions, _) = state.claimed(report, now: start)
        guard case .release(_, let release) = try #require(actions.first) else {
            Issue.record("it is to be given back")
            return
        }
        #expect(!release.countsAttempt)
    }

    @Test func aLeaseIsRenewedAtAThirdAndAnEndOfferedAgain() throws {
        let (state, claim) = try holding()
        #expect(state.due(now: start + .seconds(9)).isEmpty)
        let actions = state.due(now: start + .seconds(10))
        guard case .renew(claim.lease, .seconds(30)) = try #require(actions.first) else {
            Issue.record("\(actions)")
            return
        }
        #expect(state.due(now: start + .seconds(11)).isEmpty, "asked for once")
        _ = end(state, claim, InvocationResult(outcome: .succeeded))
        let id = claim.invocation.id
        let failed = start + .seconds(11)
        state.endingFailed(id, .unavailable("full"), now: failed)
        #expect(state.due(now: failed).isEmpty)
        guard case .settle = state.due(now: failed + .seconds(1)).first else {
            Issue.record("it is to be offered again")
            return
        }
    }

    @Test func aResultThatTheStoreCannotTakeBecomesADeadLetter() throws {
        let (state, claim) = try holding()
        _ = end(state, claim, InvocationResult(outcome: .succeeded))
        state.endingFailed(claim.invocation.id, .tooLarge("the result"), now: start)
        guard case .settle(_, _, let end) = state.due(now: start + .seconds(1)).first else {
            Issue.record("it is to be offered again")
            return
        }
        #expect(end.end == .dead(.permanent))
        #expect(end.result.body.readableBytes == 0)
    }

    @Test func aCancelledRunIsStoppedOnce() throws {
        let (state, claim) = try holding()
        let renewal = RenewedLease(lease: claim.lease, isCancelRequested: true)
        guard case .stop(claim.invocation.id) = state.renewed(renewal) else {
            Issue.record("it is to stop")
            return
        }
        #expect(state.renewed(renewal) == nil)
        let action = end(state, claim, InvocationResult(outcome: .crashed))
        guard case .settle(_, _, let settlement) = action else {
            Issue.record("nobody wants it again")
            return
        }
        #expect(settlement.end == .cancelled)
    }

    @Test func aRunWhoseLeaseIsLostIsStoppedAndItsEndConcernsNobody() throws {
        let (state, claim) = try holding()
        guard case .stop = state.lostLease(claim.lease) else {
            Issue.record("it is to stop")
            return
        }
        #expect(end(state, claim, InvocationResult(outcome: .succeeded)) == nil)
        #expect(state.held.isEmpty)
    }

    /// A state with one place, and room for three ahead of it, that has claimed four.
    private func claimingAhead() throws -> (Machine, [ClaimedInvocation]) {
        let state = Machine()
        try #require(state.wake(now: start))
        let places = [mail: FunctionPlaces(free: 1, longest: .seconds(20), ahead: 3)]
        #expect(try #require(state.request(places)).allowances[mail]?.count == 4)
        let claims = (0..<4).map { _ in Subject.claim(now: start) }
        let (actions, again) = state.claimed(Subject.report(claims), now: start)
        #expect(actions.count == 1)
        #expect(again, "as much came as was asked for")
        return (state, claims)
    }

    @Test func whatIsClaimedAheadBeginsAsPlacesBecomeFree() throws {
        let (state, claims) = try claimingAhead()
        for claim in claims.dropLast() {
            let actions = state.ended(claim, InvocationResult(outcome: .succeeded), now: start)
            guard case .settle = actions.first, case .run = actions.last else {
                Issue.record("\(actions)")
                return
            }
        }
        let last = state.ended(claims[3], InvocationResult(outcome: .succeeded), now: start)
        #expect(last.count == 1, "nothing is left to begin")
    }

    @Test func whatIsClaimedAheadIsGivenBackInADrainAndWhenItWaitsTooLong() throws {
        for isDrain in [true, false] {
            let (state, claims) = try claimingAhead()
            let actions = isDrain ? state.drain() : state.due(now: start + .seconds(11))
            let released = actions.compactMap { action -> InvocationID? in
                guard case .release(let lease, let release) = action else { return nil }
                #expect(!release.countsAttempt)
                return lease.id
            }
            #expect(Set(released) == Set(claims.dropFirst().map(\.invocation.id)))
            let end = state.ended(claims[0], InvocationResult(outcome: .succeeded), now: start)
            #expect(end.count == 1, "what was given back doesn't begin")
        }
    }

    @Test func whatIsClaimedAheadIsCancelledWithoutBeingRun() throws {
        let (state, claims) = try claimingAhead()
        guard case .settle(_, _, let settlement) = state.cancel(claims[1].invocation.id) else {
            Issue.record("it hasn't begun")
            return
        }
        #expect(settlement.end == .cancelled)
        let actions = state.ended(claims[0], InvocationResult(outcome: .succeeded), now: start)
        guard case .run(let next) = actions.last else {
            Issue.record("\(actions)")
            return
        }
        #expect(next.invocation.id == claims[2].invocation.id)
    }

    @Test func afterOneIsTurnedAwayNothingMoreIsTriedForAWhile() throws {
        let (state, claims) = try claimingAhead()
        let refused = InvocationResult.rejected(.rateLimited, "slower", retryAfter: .seconds(2))
        #expect(state.ended(claims[0], refused, now: start).count == 1)
        #expect(state.wake(now: start + .seconds(1)))
        let places = [mail: FunctionPlaces(free: 1, longest: .seconds(20), ahead: 3)]
        #expect(state.request(places) == nil)
        #expect(state.startWaiting().isEmpty)
        #expect(state.wake(now: start + .seconds(2)))
        _ = state.request(places)
        #expect(state.startWaiting().count == 1)
    }

    @Test func anEndUnderAnEarlierLeaseIsNotTakenForThePresentOne() throws {
        let (state, claim) = try holding()
        _ = state.lostLease(claim.lease)
        state.expectAny()
        #expect(state.wake(now: start))
        _ = state.request(places())
        var again = claim
        again.lease.token += 1
        _ = state.claimed(Subject.report([again]), now: start)
        #expect(end(state, claim, InvocationResult(outcome: .succeeded)) == nil)
        #expect(end(state, again, InvocationResult(outcome: .succeeded)) != nil)
    }
}
