import FunctionModel
import InvocationStore
import Logging
import NIOCore
import Synchronization
import Testing

@testable import TriggerQueue

/// Ten times as much as may wait, of one function beside two others.
struct FloodTests {
    private static let flooding = Subject.named("shop.flood")
    private static let others = [Subject.named("shop.one"), Subject.named("shop.two")]
    private static let begun = ContinuousClock.now
    private static let now: @Sendable () -> WallTime = {
        WallTime(seconds: 1_000_000) + begun.duration(to: .now)
    }

    @Test func isRefusedBeyondItsBoundAndTakesNoMoreThanTwiceItsShare() async throws {
        let runner = SharedRunner([Self.flooding] + Self.others)
        var settings = QueueSettings(holder: "test")
        settings.bounds = QueueBounds(perFunction: 1_000, total: 2_000)
        settings.claimLimit = 12
        settings.lookInterval = .milliseconds(20)
        let trigger = QueueTrigger(
            settings: settings,
            store: Stores.memory(now: Self.now),
            runner: runner,
            logger: Logger(label: "test"),
            now: Self.now
        )
        let body = ByteBuffer(repeating: 120, count: 1_000)
        var verdicts: [EnqueueVerdict] = []
        for _ in 0..<10_000 {
            let one = QueuedInvocation(function: Self.flooding, body: body)
            verdicts.append(try await trigger.accept(one))
        }
        #expect(verdicts.filter { $0 == .accepted }.count == 1_000)
        #expect(verdicts.filter { $0 == .queueFull }.count == 9_000)
        for function in Self.others {
            for _ in 0..<300 {
                let one = QueuedInvocation(function: function, body: body)
                #expect(try await trigger.accept(one) == .accepted, "one flood fills not the queue")
            }
        }
        let running = Task { await trigger.run() }
        let order = await runner.order(of: 1_600)
        #expect(trigger.inHand <= settings.heldLimit)
        running.cancel()
        await running.value
        // While all three have something waiting, a third of what runs is each one's share.
        let first = order.prefix(450)
        for function in [Self.flooding] + Self.others {
            let count = first.count { $0 == function }
            #expect((75...300).contains(count), "\(function) ran \(count) of 450 times")
        }
    }
}

/// Three functions that share a few places, with room for each as long as any is free.
private final class SharedRunner: QueueRunner {
    private struct State {
        var running = 0
        var order: [FunctionName] = []
    }

    private let functions: [FunctionName]
    private let state = Mutex(State())
    private let (ends, end) = AsyncStream.makeStream(of: Void.self)

    init(_ functions: [FunctionName]) { self.functions = functions }

    /// Waits for so many runs.
    func order(of count: Int) async -> [FunctionName] {
        var left = count
        for await _ in ends {
            left -= 1
            if left == 0 { break }
        }
        return state.withLock { $0.order }
    }

    func places(of functions: Set<FunctionName>?) -> [FunctionName: FunctionPlaces] {
        let free = max(0, 12 - state.withLock { $0.running })
        let place = FunctionPlaces(free: free, longest: .seconds(5))
        let wanted = self.functions.filter { functions?.contains($0) ?? true }
        return Dictionary(uniqueKeysWithValues: wanted.map { ($0, place) })
    }

    func run(
        _ request: InvocationRequest,
        done: @escaping @Sendable (InvocationResult) -> Void
    ) -> any InvocationControl {
        state.withLock {
            $0.running += 1
            $0.order.append(request.function)
        }
        Task {
            await Task.yield()
            state.withLock { $0.running -= 1 }
            done(InvocationResult(outcome: .succeeded))
            end.yield()
        }
        return FakeControl()
    }

    func steps(of function: FunctionName) -> [FunctionName] { [] }

    func record(of id: InvocationID) -> InvocationRecord? { nil }
}
