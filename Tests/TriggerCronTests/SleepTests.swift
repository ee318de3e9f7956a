import Foundation
import FunctionModel
import InvocationStore
import Logging
import NIOCore
import Synchronization
import Testing

@testable import TriggerCron

/// A machine that sleeps: its clock of the day goes on, and nobody is there.
struct SleepTests {
    /// The time of day, which goes on by more than it takes; half past an hour at first.
    private final class Clock: Sendable {
        private let ahead: Mutex<Duration>

        init() {
            // Later than this machine's, so that no alarm rings by mistake.
            let past = Self.real.wholeSeconds % 3_600
            ahead = Mutex(.seconds(3_600 - past + 1_800))
        }

        private static var real: WallTime {
            WallTime(seconds: Date().timeIntervalSince1970)
        }

        var now: WallTime { Self.real + ahead.withLock { $0 } }

        func sleep(_ duration: Duration) { ahead.withLock { $0 += duration } }
    }

    /// Twenty seconds late is soon enough for a host that was there, and not for one that slept.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [("none", "downMissed", false), ("last", "fired", true)]
    )
    func whatWasDueMeanwhileWasMissed(catchUp: String, fate: String, isPastDue: Bool) async throws {
        let clock = Clock()
        let store = Stores.memory(now: { clock.now })
        let trigger = try CronTrigger(
            ledger: store,
            zones: ZoneLibrary(),
            listeners: .init(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { clock.now }
        )
        let simulation = try Simulation(at: "2026-01-01T00:00:00Z")
        trigger.declare(
            [try simulation.plan("0 * * * *") { $0.catchUp = catchUp }],
            isComplete: true
        )
        let running = Task { await trigger.run() }
        while try await store.schedules().isEmpty { await Task.yield() }
        clock.sleep(.seconds(1_820))
        trigger.wake()
        var ticks: [TickEntry] = []
        while ticks.isEmpty {
            ticks = try await trigger.ticks(of: "nightly", before: nil, limit: 9).ticks
            await Task.yield()
        }
        running.cancel()
        await running.value
        #expect(ticks.map(\.fate.rawValue) == [fate])
        #expect(ticks.first.map { $0.instant.wholeSeconds % 3_600 } == 0)
        let run = ticks.first?.invocation
        let request = ClaimRequest(
            holder: "test",
            allowances: [.nightly: ClaimAllowance(count: 9, lease: .seconds(9))]
        )
        let claimed = try await store.claim(request).claimed
        #expect(claimed.map(\.invocation.id) == (run.map { [$0] } ?? []))
        let bodies = claimed.map { String(buffer: $0.invocation.body) }
        #expect(
            bodies.allSatisfy { $0.contains("\"isPastDue\":true") } && bodies.isEmpty != isPastDue
        )
    }
}
