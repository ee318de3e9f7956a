import FunctionModel
import NIOCore
import Testing

@testable import TriggerQueue

/// What commits take of what they have just made ready.
struct QueueStateReadyTests {
    private let start = WallTime(seconds: 1_000)
    private let mail = Subject.mail

    private func places(_ count: Int = 4) -> [FunctionName: FunctionPlaces] {
        [mail: FunctionPlaces(free: count, longest: .seconds(20))]
    }

    /// A state that has looked at the whole queue and found nothing.
    private func idle() throws -> Machine {
        let state = Machine()
        state.recovered()
        try #require(state.wake(now: start))
        _ = state.request(places())
        try #require(!state.claimed(ClaimReport(), now: start).again)
        return state
    }

    @Test func wishesForAsMuchAsHasRoom() throws {
        let state = try idle()
        let wish = try #require(state.wish(for: [mail], places(3), now: start))
        #expect(wish.holder == "test")
        #expect(wish.allowances[mail] == ClaimAllowance(count: 3, lease: .seconds(30)))
        #expect(state.wish(for: [mail], places(0), now: start) == nil)
        #expect(state.wish(for: [mail], [:], now: start) == nil)
    }

    @Test func beginsWhatWasTakenAndLooksForNothingMore() throws {
        let state = try idle()
        let wish = try #require(state.wish(for: [mail], places(), now: start))
        let claim = Subject.claim(now: start)
        let taken = TakenReady(wish, Subject.report([claim]))
        let actions = state.ready([mail], taken, now: start)
        #expect(actions.count == 1)
        guard case .run(let run)? = actions.first else {
            Issue.record("it wasn't begun: \(actions)")
            return
        }
        #expect(run.invocation.id == claim.invocation.id)
        #expect(!state.mayClaim)
        #expect(state.held.count == 1)
    }

    /// Ticks of one instant may be more than are claimed otherwise, and they have a bound as well.
    @Test func hasMoreInHandOfWhatBeginsAtOnce() throws {
        let state = Machine(heldLimit: 2, burstLimit: 5)
        state.recovered()
        let wish = try #require(state.wish(for: [mail], places(9), upTo: 3, now: start))
        #expect(wish.limit == 3)
        let claims = (0..<3).map { _ in Subject.claim(now: start) }
        _ = state.ready([mail], TakenReady(wish, Subject.report(claims)), now: start)
        #expect(state.wish(for: [mail], places(9), now: start) == nil)
        #expect(state.wish(for: [mail], places(9), upTo: 9, now: start)?.limit == 2)
        state.expectAny()
        #expect(!state.wake(now: start))
    }

    /// What is held of a run that has ended takes memory, its log too.
    @Test func countsTheLogsOfThoseWhoseEndsWait() throws {
        let state = Machine(heldBytes: .kibibytes(4))
        state.recovered()
        let claim = Subject.claim(now: start)
        let wish = try #require(state.wish(for: [mail], places(), now: start))
        _ = state.ready([mail], TakenReady(wish, Subject.report([claim])), now: start)
        #expect(state.wish(for: [mail], places(), now: start) != nil)
        var record = InvocationRecord(
            id: claim.invocation.id,
            function: mail,
            trigger: .cron,
            attempt: 1,
            version: "",
            received: 0
        )
        record.log = [
            LogLine(time: 0, level: "info", message: String(repeating: "x", count: 8_192))
        ]
        let result = InvocationResult(outcome: .succeeded)
        _ = state.ended(claim, result, record: record, now: start)
        #expect(state.wish(for: [mail], places(), now: start) == nil)
        state.over(claim.invocation.id, token: claim.lease.token)
        #expect(state.wish(for: [mail], places(), now: start) != nil)
    }

    @Test func looksForWhatWasNotTaken() throws {
        let state = try idle()
        #expect(state.ready([mail], nil, now: start).isEmpty)
        #expect(state.mayClaim)
        let full = try idle()
        let wish = try #require(full.wish(for: [mail], places(1), now: start))
        let taken = TakenReady(wish, Subject.report([Subject.claim(now: start)]))
        #expect(full.ready([mail], taken, now: start).count == 1)
        #expect(full.mayClaim, "as much came as was asked for")
    }

    @Test func looksForWhatBecameReadyBesideTicksThatWereBegun() throws {
        let state = try idle()
        let wish = try #require(state.wish(for: [mail], places(), now: start))
        var taken = TakenReady(wish, Subject.report([]))
        taken.isOfAll = false
        #expect(state.ready([mail], taken, now: start).isEmpty)
        #expect(state.mayClaim)
    }

    @Test func takesNothingBeforeWhatItHadIsGivenBack() throws {
        let state = Machine()
        #expect(state.wish(for: [mail], places(), now: start) == nil)
        state.recovered()
        #expect(state.wish(for: [mail], places(), now: start) != nil)
    }

    @Test func takesNothingWhileTheStoreRefusesOrTheHostDrains() throws {
        let state = try idle()
        state.expect(mail)
        try #require(state.wake(now: start))
        _ = state.request(places())
        state.claimFailed(now: start)
        #expect(state.wish(for: [mail], places(), now: start) == nil)
        #expect(state.wish(for: [mail], places(), now: start + .seconds(10)) != nil)
        state.drain()
        #expect(state.wish(for: [mail], places(), now: start + .seconds(10)) == nil)
    }

    @Test func whatIsTakenWhileTheHostDrainsGoesBack() throws {
        let state = try idle()
        let wish = try #require(state.wish(for: [mail], places(), now: start))
        state.drain()
        let taken = TakenReady(wish, Subject.report([Subject.claim(now: start)]))
        guard case .release(_, let release)? = state.ready([mail], taken, now: start).first else {
            Issue.record("it wasn't given back")
            return
        }
        #expect(!release.countsAttempt)
    }

    @Test func aClaimOfItsOwnGoesOnBeside() throws {
        let state = try idle()
        state.expect(mail)
        try #require(state.wake(now: start))
        _ = state.request(places(2))
        let wish = try #require(state.wish(for: [mail], places(2), now: start))
        let first = Subject.claim(now: start)
        #expect(
            state.ready([mail], TakenReady(wish, Subject.report([first])), now: start).count == 1
        )
        // The claim that was under way took two more, and there is one place left.
        let more = [Subject.claim(now: start), Subject.claim(now: start)]
        #expect(state.claimed(Subject.report(more), now: start).actions.count == 1)
        #expect(state.held.count == 3)
        let result = InvocationResult(outcome: .succeeded)
        #expect(state.ended(first, result, now: start).count == 2, "an end and a beginning")
    }
}
