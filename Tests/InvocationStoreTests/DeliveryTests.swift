import FunctionModel
import Testing

@testable import InvocationStore

struct DeliveryTests {
    private let start = WallTime(seconds: 1_000)

    private func delivery(
        attempts: Int = 3,
        age: Duration = .seconds(100),
        isBlocked: Bool = false
    ) -> Delivery {
        var options = DeliveryOptions()
        options.maximumAttempts = attempts
        options.maximumAge = age
        return Delivery(options, now: start, isBlocked: isBlocked)
    }

    private func claimed(_ delivery: inout Delivery, at time: WallTime? = nil) throws -> Lease {
        let id = InvocationID()
        let lease = delivery.claim(id, by: "host", for: .seconds(10), now: time ?? start)
        return try #require(lease)
    }

    /// What each end of a lease leads to, by what came before.
    enum Ending: CaseIterable {
        case released
        case abandoned
    }

    @Test(arguments: Ending.allCases, [1, 2, 3, 4])
    func endsAfterItsLastAttempt(ending: Ending, limit: Int) throws {
        var delivery = delivery(attempts: limit)
        var starts = 0
        while !delivery.phase.isOver {
            let lease = try claimed(&delivery)
            starts += 1
            #expect(delivery.attempt == starts)
            switch ending {
            case .released: try delivery.release(lease, Release(), now: start)
            case .abandoned: delivery.abandon(now: start)
            }
        }
        #expect(starts == limit)
        #expect(delivery.phase == .dead)
        #expect(delivery.reason == (ending == .released ? .attemptsExhausted : .lost))
    }

    @Test(arguments: [
        Settlement.End.succeeded, .cancelled, .dead(.permanent), .dead(.attemptsExhausted),
    ])
    func settlesOnce(end: Settlement.End) throws {
        var delivery = delivery()
        let lease = try claimed(&delivery)
        try delivery.settle(lease, end, now: start)
        let settled = delivery
        for other in [Settlement.End.succeeded, .cancelled, .dead(.lost)] {
            #expect(throws: StoreError.staleLease) { try delivery.settle(lease, other, now: start) }
        }
        #expect(throws: StoreError.staleLease) {
            try delivery.release(lease, Release(), now: start)
        }
        #expect(delivery.cancel(lease.id, now: start) == .ended)
        let isExpired = delivery.expire(now: .never)
        #expect(!isExpired)
        delivery.promote(now: .never)
        delivery.unblock(now: .never)
        #expect(delivery == settled)
    }

    @Test func aClaimMakesEarlierLeasesStale() throws {
        var delivery = delivery()
        let first = try claimed(&delivery)
        delivery.abandon(now: start)
        let second = try claimed(&delivery)
        #expect(throws: StoreError.staleLease) {
            try delivery.settle(first, .succeeded, now: start)
        }
        try delivery.settle(second, .succeeded, now: start)
    }

    @Test func waitsForItsTimeAndItsTurn() {
        var options = DeliveryOptions()
        options.notBefore = start + .seconds(5)
        var delivery = Delivery(options, now: start, isBlocked: true)
        #expect(delivery.phase == .blocked)
        delivery.promote(now: start + .seconds(5))
        #expect(delivery.phase == .blocked)
        delivery.unblock(now: start + .seconds(1))
        #expect(delivery.phase == .delayed)
        delivery.promote(now: start + .seconds(5))
        #expect(delivery.phase == .ready)
    }

    @Test func givesUpWhatCouldOnlyRunTooLate() throws {
        var delivery = delivery(age: .seconds(20))
        let lease = try claimed(&delivery)
        let tooLate = Release(notBefore: start + .seconds(20))
        try delivery.release(lease, tooLate, now: start + .seconds(1))
        #expect(delivery.reason == .expired)
    }

    @Test func aCancelledRunEndsAsCancelled() throws {
        var released = delivery()
        let lease = try claimed(&released)
        #expect(released.cancel(lease.id, now: start) == .running(lease))
        var abandoned = released
        try released.release(lease, Release(), now: start)
        abandoned.abandon(now: start)
        #expect(released.phase == .cancelled)
        #expect(abandoned.phase == .cancelled)
    }

    @Test func aRunThatEndsWellIsASuccessThoughCancelled() throws {
        var delivery = delivery()
        let lease = try claimed(&delivery)
        _ = delivery.cancel(lease.id, now: start)
        try delivery.settle(lease, .succeeded, now: start)
        #expect(delivery.phase == .succeeded)
    }

    @Test func onlyDeadLettersAreRedriven() throws {
        var delivery = delivery(attempts: 1)
        let lease = try claimed(&delivery)
        var succeeded = delivery
        try succeeded.settle(lease, .succeeded, now: start)
        succeeded.redrive(Redrive(), at: start, now: start, isBlocked: false)
        #expect(succeeded.phase == .succeeded)
        delivery.abandon(now: start)
        delivery.redrive(Redrive(attempts: 2), at: start, now: start, isBlocked: false)
        #expect(delivery.phase == .ready)
        #expect(delivery.attemptLimit == 3)
        #expect(try claimed(&delivery).token > lease.token)
    }
}
