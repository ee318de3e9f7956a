import FunctionModel
import InvocationStore
import Logging
import NIOCore
import Synchronization
import Testing

@testable import TriggerQueue

struct QueueTriggerTests {
    private static let begun = ContinuousClock.now
    private static let now: @Sendable () -> WallTime = {
        WallTime(seconds: 1_000_000) + begun.duration(to: .now)
    }

    /// A trigger over a store in memory, running while the body does.
    private func running(
        _ runner: FakeRunner,
        retries: RetryPolicy = RetryPolicy(),
        _ body: (QueueTrigger, any DurableStore, DeadLetters) async throws -> Void
    ) async throws {
        let store = Stores.memory(now: Self.now)
        var settings = QueueSettings(holder: "test")
        settings.lookInterval = .milliseconds(20)
        settings.retries = retries
        let dead = DeadLetters()
        let trigger = QueueTrigger(
            settings: settings,
            store: store,
            runner: runner,
            logger: Logger(label: "test"),
            now: Self.now,
            onDeadLetter: { dead.note($1) }
        )
        let task = Task { await trigger.run() }
        try await body(trigger, store, dead)
        task.cancel()
        await task.value
    }

    private func accept(_ trigger: QueueTrigger, _ body: String = "hi") async throws -> InvocationID
    {
        let invocation = QueuedInvocation(
            function: Subject.mail,
            body: ByteBuffer(string: body)
        )
        #expect(try await trigger.accept(invocation) == .accepted)
        return invocation.id
    }

    @Test func stopsWhatIsCancelledInTheInstantThatItBegins() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let runner = FakeRunner { _ in
            for await _ in gate {}
            return InvocationResult(outcome: .succeeded)
        }
        try await running(runner) { trigger, _, _ in
            runner.atStart.withLock { $0 = { trigger.note(cancelled: $0) } }
            let id = try await accept(trigger)
            let deadline = ContinuousClock.now + .seconds(20)
            while runner.controls.withLock({ $0.first?.isCancelled }) != true,
                ContinuousClock.now < deadline
            { await Task.yield() }
            open.finish()
            #expect(try await trigger.stored(id, waiting: .seconds(20))?.state == .cancelled)
        }
    }

    @Test func runsAndSettlesWhatIsAccepted() async throws {
        let runner = FakeRunner { request in
            InvocationResult(outcome: .succeeded, body: request.body)
        }
        try await running(runner) { trigger, _, _ in
            var ids: [InvocationID] = []
            for number in 0..<100 { ids.append(try await accept(trigger, "\(number)")) }
            for id in ids {
                let stored = try await trigger.stored(id, waiting: .seconds(20))
                #expect(stored?.state == .succeeded)
            }
            #expect(await trigger.drained(within: .seconds(20)) == 0)
            let requests = runner.requests.withLock { $0 }
            #expect(Set(requests.map(\.id)) == Set(ids))
            #expect(requests.count == 100)
            #expect(requests.allSatisfy { $0.attempt == 1 && !$0.repeatable })
        }
    }

    @Test func repeatsWhatFailsUntilItIsADeadLetter() async throws {
        var retries = RetryPolicy()
        retries.baseDelay = .milliseconds(20)
        let runner = FakeRunner { _ in InvocationResult(outcome: .crashed) }
        try await running(runner, retries: retries) { trigger, store, dead in
            let id = try await accept(trigger)
            let stored = try await trigger.stored(id, waiting: .seconds(20))
            #expect(stored?.state == .dead(.attemptsExhausted))
            #expect(runner.requests.withLock { $0.map(\.attempt) } == [1, 2, 3])
            #expect(dead.reasons.withLock { $0 } == [.attemptsExhausted])
            let redriven = try await store.redrive(.ids([id]), Redrive(attempts: 1))
            #expect(redriven == 1)
            trigger.wake()
            let again = try await trigger.stored(id, waiting: .seconds(20))
            #expect(again?.attempts == 4)
        }
    }

    @Test func stopsARunThatIsCancelled() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let runner = FakeRunner { _ in
            start.yield()
            for await _ in gate { break }
            return InvocationResult(outcome: .succeeded)
        }
        try await running(runner) { trigger, _, _ in
            let id = try await accept(trigger)
            for await _ in started { break }
            guard case .running = try await trigger.cancel(id) else {
                Issue.record("it runs")
                return
            }
            open.yield()
            #expect(try await trigger.stored(id, waiting: .seconds(20))?.state == .cancelled)
            #expect(try await trigger.cancel(id) == .ended)
            #expect(try await trigger.cancel(InvocationID()) == .unknown)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func hearsOfWhatASweepGivesUp() async throws {
        let runner = FakeRunner(free: 0) { _ in InvocationResult(outcome: .succeeded) }
        try await running(runner) { trigger, store, dead in
            var late = QueuedInvocation(function: Subject.mail)
            late.delivery.maximumAge = .milliseconds(1)
            #expect(try await trigger.accept(late) == .accepted)
            let id = late.id
            async let waited = trigger.stored(id, waiting: .seconds(3_600))
            while try await store.sweep(RetentionPolicy()).expired == 0 { await Task.yield() }
            #expect(try await waited?.state == .dead(.expired))
            #expect(dead.reasons.withLock { $0 } == [.expired])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func letsGoOfWhoeverWaitsWhenItDrains() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let runner = FakeRunner { _ in
            for await _ in gate { break }
            return InvocationResult(outcome: .succeeded)
        }
        try await running(runner) { trigger, _, _ in
            let id = try await accept(trigger)
            async let waited = trigger.stored(id, waiting: .seconds(3_600))
            trigger.beginDrain()
            #expect(try await waited?.isOver == false)
            open.yield()
            #expect(await trigger.drained(within: .seconds(20)) == 0)
        }
    }
}

/// Notes the reasons of dead letters.
private final class DeadLetters: Sendable {
    let reasons = Mutex<[DeadReason]>([])

    func note(_ reason: DeadReason) { reasons.withLock { $0.append(reason) } }
}
