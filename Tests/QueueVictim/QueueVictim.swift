import FunctionModel
import Glibc
import InvocationStore
import Logging
import NIOCore
import TriggerCron
import TriggerQueue

/// The queue of a host without the rest of it, to be killed very often.
///
///     QueueVictim FILE live        queues and runs until it is killed
///     QueueVictim FILE finish      runs what is left, then tells the end of each id on its input
///     QueueVictim FILE fill COUNT  queues so many and ends
///     QueueVictim FILE ticks       runs schedules until it is killed
///     QueueVictim FILE ticked      runs what is left, then tells what became of every tick
///     QueueVictim FILE files DIRECTORY         watches and runs until it is killed
///     QueueVictim FILE files-finish DIRECTORY  handles what is left, then tells of each file
@main
struct QueueVictim {
    static let function: FunctionName = {
        do { return try FunctionName("victim.run") } catch { preconditionFailure("\(error)") }
    }()

    static let now: @Sendable () -> WallTime = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2 else { exit(64) }
        let store = try Stores.file(arguments[1], now: now)
        for finding in store.findings { Line.write("finding \(finding)") }
        switch arguments[2] {
        case "live": await live(store)
        case "finish":
            try await finish(store)
            try await store.close()
        case "ticks": try await ticks(store)
        case "ticked":
            try await finish(store)
            try await TickVictim.tell(store)
            try await store.close()
        case "files": await FileVictim.live(store, arguments[3]) { trigger(store, $0) }
        case "files-finish": try await FileVictim.finish(store, arguments[3]) { trigger(store, $0) }
        case "fill": try await fill(store, Int(arguments[3]) ?? 0)
        default: exit(64)
        }
    }

    private static func trigger(
        _ store: any DurableStore,
        _ onEnds: @escaping EndObserver = { _ in }
    ) -> QueueTrigger {
        var settings = QueueSettings(holder: "victim")
        settings.lookInterval = .milliseconds(5)
        settings.leaseGrace = .milliseconds(30)
        settings.retries.baseDelay = .milliseconds(5)
        let logger = Logger(label: "victim") { _ in SwiftLogNoOpLogHandler() }
        return QueueTrigger(
            settings: settings,
            store: TellingStore(store: store),
            runner: VictimRunner(),
            logger: logger,
            now: now,
            onEnds: onEnds
        )
    }

    private static func live(_ store: any DurableStore) async {
        let trigger = trigger(store)
        await withTaskGroup { tasks in
            tasks.addTask { await trigger.run() }
            for _ in 0..<4 { tasks.addTask { await enqueue(trigger) } }
        }
    }

    private static func ticks(_ store: any DurableStore) async throws {
        let queue = trigger(store)
        let cron = try TickVictim.trigger(store, queue)
        Line.write("ready")
        await withTaskGroup { tasks in
            tasks.addTask { await queue.run() }
            tasks.addTask { await cron.run() }
        }
    }

    private static func enqueue(_ trigger: QueueTrigger) async {
        while true {
            let one = QueuedInvocation(function: function, body: ByteBuffer(string: "x"))
            do {
                if try await trigger.accept(one) == .accepted { Line.write("accepted \(one.id)") }
            } catch { Line.write("refused \(error)") }
            await pause(.milliseconds(1))
        }
    }

    private static func finish(_ store: any DurableStore & StoreUpkeep) async throws {
        let trigger = trigger(store)
        let running = Task { await trigger.run() }
        while true {
            let depth = try await store.depths()[function] ?? QueueDepth()
            if depth.waiting == 0, depth.running == 0 { break }
            await pause(.milliseconds(5))
        }
        running.cancel()
        while let text = readLine() {
            guard let id = InvocationID(text) else { continue }
            let stored = try await store.stored(id)
            Line.write("state \(text) \(stored.map { "\($0.state) \($0.attempts)" } ?? "none")")
        }
        for damage in try await store.damage() { Line.write("damage \(damage)") }
    }

    private static func fill(_ store: any DurableStore & StoreUpkeep, _ count: Int) async throws {
        for _ in 0..<(count / 1_000) {
            let part = (0..<1_000).map { _ in
                QueuedInvocation(function: function, body: ByteBuffer(string: "x"))
            }
            _ = try await store.enqueue(part, bounds: QueueBounds(), allOrNone: true)
        }
        try await store.close()
    }
}
