import FunctionModel
import NIOCore
import Testing

@testable import TriggerHTTP

/// Calls under an idempotency key, which go on when their client leaves.
struct KeyedTests {
    /// Knows no key.
    private struct Keys: KeyedCalls {
        func begin(_ call: KeyedCall) async throws(StoreError) -> KeyedStart { .first }
        func end(_ call: KeyedCall, _ result: InvocationResult, isWhole: Bool) async {}
    }

    private static let body = String(repeating: "b", count: 1_000)
    private static let request =
        "POST /keyed HTTP/1.1\r\nhost: h\r\nidempotency-key: k\r\n"
        + "content-length: \(body.utf8.count)\r\n\r\n\(body)"

    /// Sends a request and leaves once it has begun.
    private func leave(_ host: TestListener) async throws -> FakeInvocation {
        let client = try host.client()
        try client.send(Self.request)
        let invocation = await host.invoker.latest()
        client.close()
        try await eventually { host.listener.connections == 0 }
        return invocation
    }

    @Test func holdTheirRoomAlsoWhenTheirClientLeaves() async throws {
        let function = try FakeFunction("/keyed", ["POST"]) { _ in }
        try await TestListener.serving([function], keys: Keys()) { host in
            let invocation = try await leave(host)
            #expect(invocation.now.cancelled == nil)
            #expect(host.listener.heldBodyBytes == Self.body.utf8.count)
            invocation.observer.invocationDidEnd(InvocationResult(outcome: .succeeded))
            try await eventually { host.listener.heldBodyBytes == 0 }
        }
    }

    @Test func endWhenTheyStreamToNobody() async throws {
        let function = try FakeFunction("/keyed", ["POST"]) { _ in }
        try await TestListener.serving([function], keys: Keys()) { host in
            let invocation = try await leave(host)
            // The listener's thread may be about to tell that the client has left.
            try await eventually {
                invocation.observer.invocationDidRespond(ResponseHead(status: 200))
                return invocation.now.cancelled == .caller
            }
            invocation.observer.invocationDidEnd(InvocationResult(outcome: .cancelled))
            try await eventually { host.listener.heldBodyBytes == 0 }
        }
    }

    @Test func areLetGoOfAlsoWhenTheyEndBeforeTheyAreSteered() async throws {
        let function = try FakeFunction("/keyed", ["POST"]) { _ in }
        let name = function.routed.name
        let control = try await TestListener.serving([function]) { host in
            let client = try host.client()
            try client.send(Self.request)
            let exchange = try #require(await host.invoker.latest().observer as? Exchange)
            let id = InvocationID()
            let key = IdempotencyKey(function: name, caller: "c", key: "k")
            let keyed = KeyedExchange(
                exchange,
                KeyedCall(id: id, key: key, fingerprint: ""),
                Keys(),
                BodyBudget(limit: .mebibytes(1)),
                budgeted: 0
            )
            let invocation = FakeInvocation(
                request: InvocationRequest(
                    id: id,
                    function: name,
                    trigger: .http,
                    body: ByteBuffer()
                ),
                observer: keyed
            )
            keyed.invocationDidEnd(InvocationResult(outcome: .succeeded))
            keyed.isSteered(by: invocation)
            return Weak(value: invocation)
        }
        #expect(control.value == nil)
    }

    private struct Weak: Sendable {
        weak var value: FakeInvocation?
    }
}
