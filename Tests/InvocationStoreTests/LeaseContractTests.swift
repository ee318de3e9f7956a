import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of leases and settlements.
@Suite(.serialized)
struct LeaseContractTests {
    @Test(arguments: StoreKind.allCases)
    func nobodyElseGetsWhatIsLeased(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail)
        let claimed = try await test.claimOne(.mail)
        #expect(try await test.claim(.mail, holder: "another").claimed.isEmpty)
        #expect(try await test.state(id) == .running(until: claimed.lease.expires))
    }

    @Test(arguments: StoreKind.allCases)
    func aLeaseThatEndsIsAnAttempt(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail)
        for attempt in 1...3 {
            let claimed = try await test.claimOne(.mail)
            #expect(claimed.attempt == attempt)
            test.clock.advance(.seconds(30))
        }
        let report = try await test.claim(.mail)
        #expect(report.claimed.isEmpty)
        #expect(report.dead == [id: .lost])
        #expect(try await test.state(id) == .dead(.lost))
    }

    @Test(arguments: StoreKind.allCases)
    func aRenewedLeaseGoesOn(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        try await test.accept(.mail)
        let lease = try await test.claimOne(.mail).lease
        test.clock.advance(.seconds(20))
        let renewed = try await test.store.renew(lease, for: .seconds(30))
        test.clock.advance(.seconds(20))
        #expect(try await test.claim(.mail).claimed.isEmpty)
        #expect(renewed.lease.token == lease.token)
        try await test.store.settle(renewed.lease, .succeeded())
    }

    @Test(arguments: StoreKind.allCases)
    func aStaleLeaseChangesNothing(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail)
        let stale = try await test.claimOne(.mail).lease
        test.clock.advance(.seconds(30))
        let fresh = try await test.claimOne(.mail).lease
        #expect(fresh.token > stale.token)
        await #expect(throws: StoreError.staleLease) {
            try await test.store.settle(stale, .succeeded("stale"))
        }
        await #expect(throws: StoreError.staleLease) {
            try await test.store.release(stale, Release())
        }
        await #expect(throws: StoreError.staleLease) {
            _ = try await test.store.renew(stale, for: .seconds(1))
        }
        try await test.store.settle(fresh, .succeeded("fresh"))
        let stored = try #require(await test.store.stored(id))
        #expect(stored.result.map { String(buffer: $0.body) } == "fresh")
    }

    @Test(arguments: StoreKind.allCases)
    func settlesExactlyOnce(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail)
        let lease = try await test.claimOne(.mail).lease
        try await test.store.settle(lease, .succeeded())
        await #expect(throws: StoreError.staleLease) {
            try await test.store.settle(lease, .dead())
        }
        let stored = try #require(await test.store.stored(id))
        #expect(stored.state == .succeeded)
        #expect(stored.ended == test.clock.now)
        #expect(stored.result?.outcome == .succeeded)
        #expect(stored.result?.head?.contentType == "text/plain")
    }

    @Test(arguments: StoreKind.allCases)
    func manyAtOnceSettleOnce(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        try await test.accept(.mail)
        let lease = try await test.claimOne(.mail).lease
        let settled = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask {
                    do {
                        try await test.store.settle(lease, .succeeded("\(number)"))
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(settled == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func followUpsComeWithTheSettlement(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        try await test.accept(.mail)
        let lease = try await test.claimOne(.mail).lease
        var settlement = Settlement.succeeded()
        settlement.followUps = [QueuedInvocation(function: .bill, trigger: .call)]
        settlement.record = InvocationRecord(
            id: lease.id,
            function: .mail,
            trigger: .queue,
            attempt: 1,
            version: "v",
            received: 1
        )
        try await test.store.settle(lease, settlement)
        #expect(try await test.claimOne(.bill).invocation.id == settlement.followUps[0].id)
        #expect(try await test.store.records(of: lease.id).count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func aStaleSettlementHasNoFollowUps(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        try await test.accept(.mail)
        let lease = try await test.claimOne(.mail).lease
        let stale = Lease(id: lease.id, token: lease.token + 1, expires: lease.expires)
        let settlement = Settlement(
            .succeeded,
            result: InvocationResult(outcome: .succeeded),
            followUps: [QueuedInvocation(function: .bill)]
        )
        await #expect(throws: StoreError.staleLease) {
            try await test.store.settle(stale, settlement)
        }
        #expect(try await test.store.depths()[.bill] == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func releasesUntilTheAttemptsAreUsedUp(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail) { $0.delivery.maximumAttempts = 2 }
        let first = try await test.claimOne(.mail)
        let error = InvocationError(kind: "Busy", message: "not now")
        try await test.store.release(first.lease, Release(error: error))
        #expect(try await test.store.stored(id)?.error == error)
        let second = try await test.claimOne(.mail)
        #expect(second.attempt == 2)
        try await test.store.release(second.lease, Release(error: error))
        #expect(try await test.state(id) == .dead(.attemptsExhausted))
    }

    @Test(arguments: StoreKind.allCases)
    func whatWasNeverStartedIsNoAttempt(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        try await test.accept(.mail) { $0.delivery.maximumAttempts = 1 }
        let first = try await test.claimOne(.mail)
        try await test.store.release(first.lease, Release(countsAttempt: false))
        let second = try await test.claimOne(.mail)
        #expect(second.attempt == 1)
        #expect(second.lease.token > first.lease.token, "tokens go on all the same")
    }

    @Test(arguments: StoreKind.allCases)
    func whatWasInterruptedGetsAnotherAttemptUpToABound(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail) { $0.delivery.maximumAttempts = 1 }
        var release = Release()
        release.isInterrupted = true
        for attempt in 1...16 {
            let claimed = try await test.claimOne(.mail)
            #expect(claimed.attempt == attempt)
            try await test.store.release(claimed.lease, release)
        }
        #expect(try await test.state(id) == .dead(.attemptsExhausted))
    }

    @Test(arguments: StoreKind.allCases)
    func aClockSetForwardTakesNothingFromWhoeverHoldsIt(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail) { $0.delivery.maximumAttempts = 1 }
        let lease = try await test.claimOne(.mail).lease
        test.clock.advance(.seconds(3_600))
        let allowances = [FunctionName.mail: ClaimAllowance(count: 9, lease: .seconds(30))]
        var request = ClaimRequest(holder: "host", allowances: allowances)
        request.holding = [id]
        let report = try await test.store.claim(request)
        #expect(report.claimed.isEmpty)
        #expect(report.dead.isEmpty)
        #expect(report.nextDue == nil, "it is its holder's to renew")
        _ = try await test.store.renew(lease, for: .seconds(30))
        try await test.store.settle(lease, .succeeded())
        #expect(try await test.state(id) == .succeeded)
    }

    @Test(arguments: StoreKind.allCases)
    func aClaimTakesNoMorePayloadThanThereIsRoomFor(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        for _ in 0..<3 { try await test.accept(.mail, String(repeating: "x", count: 100)) }
        let allowances = [FunctionName.mail: ClaimAllowance(count: 9, lease: .seconds(30))]
        var request = ClaimRequest(holder: "host", allowances: allowances)
        request.payload = ByteCount(bytes: 150)
        let first = try await test.store.claim(request)
        #expect(first.claimed.count == 2)
        #expect(first.isCut)
        let second = try await test.store.claim(request)
        #expect(second.claimed.count == 1)
        #expect(!second.isCut)
    }

    @Test(arguments: StoreKind.allCases)
    func recoversWhatADeadHolderHad(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail)
        let other = try await test.accept(.bill)
        let stale = try await test.claimOne(.mail).lease
        _ = try await test.claim(.bill, holder: "alive")
        #expect(try await test.store.recover(holder: "host") == 1)
        #expect(try await test.state(id) == .waiting(notBefore: nil))
        guard case .running = try await test.state(other) else {
            Issue.record("another holder's lease was touched")
            return
        }
        #expect(try await test.claimOne(.mail).attempt == 2)
        await #expect(throws: StoreError.staleLease) {
            try await test.store.settle(stale, .succeeded())
        }
    }

    @Test(arguments: StoreKind.allCases)
    func cancelsWhatWaitsAndAsksWhatRuns(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let waiting = try await test.accept(.bill)
        #expect(try await test.store.cancel(waiting) == .cancelled)
        #expect(try await test.store.cancel(waiting) == .ended)
        #expect(try await test.claim(.bill).claimed.isEmpty)
        #expect(try await test.store.cancel(InvocationID()) == .unknown)

        let running = try await test.accept(.mail)
        let lease = try await test.claimOne(.mail).lease
        #expect(try await test.store.cancel(running) == .running(lease))
        let renewed = try await test.store.renew(lease, for: .seconds(30))
        #expect(renewed.isCancelRequested)
        try await test.store.release(renewed.lease, Release())
        #expect(try await test.state(running) == .cancelled, "a cancelled one isn't tried again")
    }
}
