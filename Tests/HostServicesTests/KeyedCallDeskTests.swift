import FunctionModel
import HostServices
import InvocationStore
import NIOCore
import Testing

struct KeyedCallDeskTests {
    private let clock = BenchClock()
    private let store: any DurableStore
    private let desk: KeyedCallDesk

    init() {
        let clock = clock
        store = Stores.memory { clock.now }
        desk = Self.desk(store, clock)
    }

    private static func desk(_ store: any DurableStore, _ clock: BenchClock) -> KeyedCallDesk {
        KeyedCallDesk(
            ledger: store,
            lifetime: .seconds(100),
            now: { clock.now },
            longest: { _ in .seconds(10) }
        )
    }

    private func call(
        _ fingerprint: String = "p",
        key: String = "k",
        caller: String = "c"
    ) -> KeyedCall {
        KeyedCall(
            id: InvocationID(),
            key: IdempotencyKey(function: ServiceBench.mail, caller: caller, key: key),
            fingerprint: fingerprint
        )
    }

    private func isFirst(_ start: KeyedStart) -> Bool {
        if case .first = start { true } else { false }
    }

    @Test func aReplyIsGivenAgainUntilItsTimeIsOver() async throws {
        let first = call()
        #expect(isFirst(try await desk.begin(first)))
        let result = InvocationResult(outcome: .succeeded, body: ByteBuffer(string: "r"))
        await desk.end(first, result, isWhole: true)
        guard case .replay(first.id, let kept) = try await desk.begin(call()) else {
            Issue.record("no replay")
            return
        }
        #expect(kept.body == result.body)
        guard case .mismatch(first.id) = try await desk.begin(call("q")) else {
            Issue.record("no mismatch")
            return
        }
        #expect(isFirst(try await desk.begin(call(caller: "d"))))
        clock.advance(.seconds(101))
        #expect(isFirst(try await desk.begin(call("q"))))
    }

    @Test func whoComesWhileItRunsWaitsForItsEnd() async throws {
        let first = call()
        #expect(isFirst(try await desk.begin(first)))
        guard case .mismatch = try await desk.begin(call("q")) else {
            Issue.record("no mismatch")
            return
        }
        let second = Task { [desk] in try await desk.begin(call()) }
        await Task.yield()
        await desk.end(first, InvocationResult(outcome: .succeeded), isWhole: true)
        guard case .replay(first.id, _) = try await second.value else {
            Issue.record("no replay")
            return
        }
    }

    @Test func oneOfThoseWhoWaitedGoesOnWhenTheEndIsNotFinal() async throws {
        let first = call()
        #expect(isFirst(try await desk.begin(first)))
        let others = (0..<3).map { _ in call() }
        let starts = Task { [desk] in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for other in others {
                    group.addTask {
                        let start = try await desk.begin(other)
                        let result = InvocationResult(outcome: .succeeded)
                        guard isFirst(start) else { return false }
                        await desk.end(other, result, isWhole: true)
                        return true
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        await Task.yield()
        await desk.end(first, InvocationResult(outcome: .crashed), isWhole: true)
        #expect(try await starts.value == 1)
    }

    @Test func whoGivesUpWaitingHoldsNobodyUp() async throws {
        let first = call()
        #expect(isFirst(try await desk.begin(first)))
        let second = Task { [desk] in try await desk.begin(call()) }
        second.cancel()
        guard case .underWay = try await second.value else {
            Issue.record("it went on")
            return
        }
        await desk.end(first, InvocationResult(outcome: .timedOut), isWhole: true)
        #expect(isFirst(try await desk.begin(call())))
    }

    @Test func aCallOfAHostThatDiedIsInTheWayUntilItCouldHaveEnded() async throws {
        let lost = call()
        #expect(isFirst(try await desk.begin(lost)))
        let next = Self.desk(store, clock)
        guard case .underWay(lost.id) = try await next.begin(call()) else {
            Issue.record("it was begun again")
            return
        }
        clock.advance(.seconds(11))
        #expect(isFirst(try await next.begin(call())))
    }

    @Test func aReplyThatWasStreamedOrIsTooLargeIsNotKept() async throws {
        let large = ByteBuffer(repeating: 0, count: KeyedCallDesk.largestReply.bytes + 1)
        for (key, isWhole, body) in [("a", false, ByteBuffer()), ("b", true, large)] {
            let first = call(key: key)
            #expect(isFirst(try await desk.begin(first)))
            await desk.end(
                first,
                InvocationResult(outcome: .succeeded, body: body),
                isWhole: isWhole
            )
            guard case .unkept(first.id) = try await desk.begin(call(key: key)) else {
                Issue.record("\(key)")
                return
            }
        }
    }

    struct Row: Sendable {
        var outcome: Outcome
        var status: Int?
        var retryable: Bool?
        var isFinal: Bool
    }

    @Test(arguments: [
        Row(outcome: .succeeded, isFinal: true),
        Row(outcome: .succeeded, status: 404, isFinal: true),
        Row(outcome: .succeeded, status: 408, isFinal: false),
        Row(outcome: .succeeded, status: 429, isFinal: false),
        Row(outcome: .succeeded, status: 503, isFinal: false),
        Row(outcome: .failed, retryable: false, isFinal: true),
        Row(outcome: .failed, retryable: true, isFinal: false),
        Row(outcome: .rejected, retryable: false, isFinal: false),
        Row(outcome: .crashed, isFinal: false),
        Row(outcome: .timedOut, isFinal: false),
        Row(outcome: .cancelled, isFinal: false),
        Row(outcome: .lost, isFinal: false),
    ])
    func onlyWhatIsOverIsKept(row: Row) {
        let result = InvocationResult(
            outcome: row.outcome,
            head: row.status.map { ResponseHead(status: $0) },
            error: row.retryable.map {
                InvocationError(kind: "x", message: "y", retryable: $0)
            }
        )
        #expect(result.isFinal == row.isFinal)
    }
}
