import Foundation
import FunctionModel
import InvocationStore
import Logging
import NIOCore
import Synchronization
import Testing

@testable import TriggerQueue

/// The real clock: what was claimed before its time begins at it.
struct HoldClockTests {
    private static let now: @Sendable () -> WallTime = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    private func path() throws -> String {
        var template = Array(
            (FileManager.default.temporaryDirectory.path + "/roost-hold-XXXXXX").utf8CString
        )
        return try #require(
            template.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            }
        )
    }

    /// A schedule of so many seconds after 1970, with its tick where it has one.
    private func change(_ tick: WallTime?) -> ScheduleChange {
        let first = WallTime(seconds: 0)
        var entry = ScheduleEntry(
            name: "shop.mail",
            function: Subject.mail,
            declaration: "{}",
            at: first
        )
        guard let tick else { return ScheduleChange(entry, expected: nil) }
        entry.cursor = tick
        let run = QueuedInvocation(
            function: Subject.mail,
            trigger: .cron,
            body: ByteBuffer(string: "{}")
        )
        var decision = TickDecision(tick, .fired, run: run)
        decision.start = tick
        return ScheduleChange(entry, expected: first, ticks: [decision])
    }

    @Test(.timeLimit(.minutes(1)))
    func beginsWhatIsSetUpAtItsTime() async throws {
        let directory = try path()
        let store = try Stores.file(directory + "/roost.sqlite", now: Self.now)
        let (begun, tell) = AsyncStream.makeStream(of: WallTime.self)
        let runner = FakeRunner { _ in
            tell.yield(Self.now())
            return InvocationResult(outcome: .succeeded)
        }
        let trigger = QueueTrigger(
            settings: QueueSettings(holder: "test"),
            store: store,
            runner: runner,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: Self.now
        )
        let running = Task { await trigger.run() }
        _ = try await store.decide([change(nil)], bounds: QueueBounds())
        // Early until the trigger claims, and where the machine is so slow that the time has come.
        var start = Self.now()
        while true {
            start = Self.now() + .milliseconds(300)
            let verdicts = try await store.decide([change(start)], bounds: QueueBounds())
            if case .made? = verdicts.first { break }
            await Task.yield()
        }
        for await time in begun {
            #expect(time >= start)
            break
        }
        let tick = try await store.ticks(of: "shop.mail", before: nil, limit: 1).first
        #expect(tick?.instant == start && tick?.decided == start)
        running.cancel()
        await running.value
        try await store.close()
        try FileManager.default.removeItem(atPath: directory)
    }
}
