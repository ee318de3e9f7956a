import FunctionModel
import NIOCore
import Testing

/// What every store promises of its bounds.
@Suite(.serialized)
struct SweepContractTests {
    private func end(
        _ test: StoreUnderTest,
        _ end: Settlement.End,
        _ size: Int = 1_000
    ) async throws -> InvocationID {
        let id = try await test.accept(.mail)
        let result = InvocationResult(
            outcome: end == .succeeded ? .succeeded : .failed,
            body: ByteBuffer(repeating: 1, count: size)
        )
        let lease = try await test.claimOne(.mail).lease
        try await test.store.settle(lease, Settlement(end, result: result))
        test.clock.advance(.seconds(1))
        return id
    }

    @Test(arguments: StoreKind.allCases)
    func deadLettersTakeNobodyElsesResults(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let done = try await end(test, .succeeded)
        let dead = try await end(test, .dead(.permanent), 100_000)
        var policy = RetentionPolicy()
        policy.resultBytes = ByteCount(bytes: 5_000)
        #expect(try await test.store.sweep(policy).results == 0)
        #expect(try await test.store.stored(done)?.result != nil)
        #expect(try await test.store.stored(dead)?.result != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func onlyTheOldestResultsGo(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        var done: [InvocationID] = []
        for _ in 0..<4 { done.append(try await end(test, .succeeded)) }
        var policy = RetentionPolicy()
        policy.resultBytes = ByteCount(bytes: 3_500)
        #expect(try await test.store.sweep(policy).results == 1)
        #expect(try await test.store.stored(done[0])?.result == nil)
        #expect(try await test.store.stored(done[1])?.result != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func resultsOfDeadLettersAreBoundedAndTheLettersStay(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let first = try await end(test, .dead(.permanent))
        let second = try await end(test, .dead(.permanent))
        var policy = RetentionPolicy()
        policy.deadLetterBytes = ByteCount(bytes: 1_500)
        #expect(try await test.store.sweep(policy).results == 1)
        #expect(try await test.store.stored(first)?.result == nil)
        #expect(try await test.store.deadLetter(first) != nil)
        #expect(try await test.store.stored(second)?.result != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func keysGoAFewAtATime(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        for number in 0..<10 {
            let claim = IdempotencyClaim(
                key: IdempotencyKey(function: .mail, caller: "c", key: "\(number)"),
                fingerprint: "f",
                expires: test.clock.now + .seconds(1)
            )
            _ = try await test.store.begin(claim, for: InvocationID())
        }
        test.clock.advance(.seconds(2))
        var policy = RetentionPolicy()
        policy.batch = 4
        var counts: [Int] = []
        var isPartial = true
        while isPartial {
            let report = try await test.store.sweep(policy)
            counts.append(report.keys)
            isPartial = report.isPartial
        }
        #expect(counts == [4, 4, 2])
    }

    @Test(arguments: StoreKind.allCases)
    func whatWasDamagedIsNotRedriven(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await end(test, .dead(.corrupt))
        #expect(try await test.store.redrive(.ids([id]), Redrive()) == 0)
        #expect(try await test.state(id) == .dead(.corrupt))
    }
}
