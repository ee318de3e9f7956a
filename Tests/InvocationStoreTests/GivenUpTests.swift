import FunctionModel
import NIOCore
import Testing

@testable import InvocationStore

/// What follows when a store gives something up by itself.
struct GivenUpTests {
    private static func mourner(_ letter: DeadLetter) -> [QueuedInvocation] {
        guard let invocation = letter.invocation, invocation.delivery.onFailure != nil else {
            return []
        }
        var report = QueuedInvocation(function: invocation.function)
        report.body = ByteBuffer(string: letter.reason.rawValue)
        return [report]
    }

    private func check(_ store: any DurableStore, _ clock: ManualClock) async throws {
        let function = try FunctionName("shop.mail")
        var late = QueuedInvocation(function: function)
        late.delivery.onFailure = .event(type: "x")
        late.delivery.maximumAge = .seconds(5)
        late.delivery.maximumAttempts = 1
        var unheard = late
        unheard.id = InvocationID()
        unheard.delivery.onFailure = nil
        var lost = late
        lost.id = InvocationID()
        let bounds = QueueBounds()
        _ = try await store.enqueue([lost], bounds: bounds, allOrNone: true)
        let request = ClaimRequest(
            holder: "h",
            allowances: [function: ClaimAllowance(count: 9, lease: .seconds(1))]
        )
        #expect(try await store.claim(request).claimed.count == 1)
        _ = try await store.enqueue([late, unheard], bounds: bounds, allOrNone: true)
        clock.advance(.seconds(60))
        #expect(try await store.sweep(RetentionPolicy()).expired == 2)
        let claimed = try await store.claim(request).claimed
        let reasons = claimed.map { String(buffer: $0.invocation.body) }
        #expect(reasons.sorted() == ["expired", "lost"])
        #expect(try await store.stored(late.id)?.state == .dead(.expired))
        #expect(try await store.stored(lost.id)?.state == .dead(.lost))
    }

    @Test func isQueuedInTheSameCommitInMemory() async throws {
        let clock = ManualClock()
        try await check(Stores.memory(now: { clock.now }, givenUp: Self.mourner), clock)
    }

    @Test func isQueuedInTheSameCommitInAFile() async throws {
        let clock = ManualClock()
        let scratch = try Scratch()
        let store = try Stores.file(scratch.file, now: { clock.now }, givenUp: Self.mourner)
        try await check(store, clock)
        try await store.close()
    }
}
