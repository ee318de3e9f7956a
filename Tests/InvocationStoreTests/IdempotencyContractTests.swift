import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of idempotency keys.
@Suite(.serialized)
struct IdempotencyContractTests {
    private func claim(
        _ key: String,
        _ fingerprint: String = "payload",
        caller: String = "ann",
        function: FunctionName = .mail,
        expires: WallTime
    ) -> IdempotencyClaim {
        let key = IdempotencyKey(function: function, caller: caller, key: key)
        return IdempotencyClaim(key: key, fingerprint: fingerprint, expires: expires)
    }

    @Test(arguments: StoreKind.allCases)
    func joinsThenReplays(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let claim = claim("k", expires: test.clock.now + .seconds(30))
        let id = InvocationID()
        guard case .first = try await test.store.begin(claim, for: id) else {
            Issue.record("a new key wasn't new")
            return
        }
        guard case .running(id) = try await test.store.begin(claim, for: InvocationID()) else {
            Issue.record("a running call wasn't joined")
            return
        }
        let result = InvocationResult(
            outcome: .succeeded,
            head: ResponseHead(status: 201, headers: [Field("x-a", "b")]),
            body: ByteBuffer(string: "made")
        )
        try await test.store.finish(
            claim.key,
            for: id,
            result: result,
            expires: test.clock.now + .seconds(3_600)
        )
        test.clock.advance(.seconds(60))
        guard case .ended(id, let kept?) = try await test.store.begin(claim, for: InvocationID())
        else {
            Issue.record("the reply wasn't replayed")
            return
        }
        #expect(kept.head == result.head)
        #expect(kept.body == result.body)
    }

    @Test(arguments: StoreKind.allCases)
    func anotherPayloadIsAMistake(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let expires = test.clock.now + .seconds(30)
        let id = InvocationID()
        _ = try await test.store.begin(claim("k", "one", expires: expires), for: id)
        guard case .mismatch(id) = try await test.store.look(claim("k", "two", expires: expires))
        else {
            Issue.record("another payload wasn't told")
            return
        }
    }

    @Test(arguments: StoreKind.allCases)
    func keysBelongToFunctionAndCaller(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let expires = test.clock.now + .seconds(30)
        let all = [
            claim("k", expires: expires), claim("k", caller: "bob", expires: expires),
            claim("k", function: .bill, expires: expires), claim("l", expires: expires),
        ]
        for claim in all {
            guard case .first = try await test.store.begin(claim, for: InvocationID()) else {
                Issue.record("\(claim.key) met another's key")
                return
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aKeyThatExpiredIsNew(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let old = claim("k", expires: test.clock.now + .seconds(30))
        let id = InvocationID()
        _ = try await test.store.begin(old, for: id)
        test.clock.advance(.seconds(30))
        let new = claim("k", "other", expires: test.clock.now + .seconds(30))
        let taker = InvocationID()
        guard case .first = try await test.store.begin(new, for: taker) else {
            Issue.record("an expired key was still known")
            return
        }
        // The first one comes back late: the key isn't its own any more.
        try await test.store.finish(old.key, for: id, result: .broken, expires: .never)
        try await test.store.forget(old.key, for: id)
        guard case .running(taker) = try await test.store.look(new) else {
            Issue.record("a late call changed another's key")
            return
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aForgottenKeyIsNew(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let claim = claim("k", expires: test.clock.now + .seconds(30))
        let id = InvocationID()
        _ = try await test.store.begin(claim, for: id)
        try await test.store.forget(claim.key, for: id)
        guard case .first = try await test.store.look(claim) else {
            Issue.record("a forgotten key was known")
            return
        }
    }

    @Test(arguments: StoreKind.allCases)
    func queuedOnesAreAcceptedOnce(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let expires = test.clock.now + .seconds(3_600)
        let id = try await test.accept(.mail) { $0.idempotency = claim("k", expires: expires) }
        var again = QueuedInvocation(function: .mail)
        again.idempotency = claim("k", expires: expires)
        var different = QueuedInvocation(function: .mail)
        different.idempotency = claim("k", "different", expires: expires)
        let verdicts = try await test.store.enqueue(
            [again, different],
            bounds: QueueBounds(),
            allOrNone: false
        )
        #expect(verdicts == [.joined(id), .mismatch(id)])
        guard case .running(id) = try await test.store.look(claim("k", expires: expires)) else {
            Issue.record("a queued invocation isn't running")
            return
        }
        try await test.store.settle(try await test.claimOne(.mail).lease, .succeeded("result"))
        guard case .ended(id, let result?) = try await test.store.look(claim("k", expires: expires))
        else {
            Issue.record("the result wasn't found by its key")
            return
        }
        #expect(String(buffer: result.body) == "result")
    }

    @Test(arguments: StoreKind.allCases)
    func sweepsExpiredKeys(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let claim = claim("k", expires: test.clock.now + .seconds(1))
        _ = try await test.store.begin(claim, for: InvocationID())
        #expect(try await test.store.sweep(RetentionPolicy()).keys == 0)
        test.clock.advance(.seconds(1))
        #expect(try await test.store.sweep(RetentionPolicy()).keys == 1)
    }
}
