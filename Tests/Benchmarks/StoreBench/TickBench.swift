import Foundation
import FunctionModel
import InvocationStore
import Logging
import NIOCore
import Synchronization
import TriggerCron
import TriggerQueue

/// Runs very many schedules through ledger, store and queue, and tells how late their runs begin.
///
///     .build/release/store-bench --schedules 10000 --seconds 60      spread over a minute
///     .build/release/store-bench --schedules 10000 --at-once         all in one second
///
/// In the place of cells stands a runner that notes the time; everything up to there is the host's own.
struct TickBench {
    let schedules: Int
    let seconds: Int
    let isAtOnce: Bool
    let directory: String

    private static let now: @Sendable () -> WallTime = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    func run() async throws {
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        defer {
            do { try FileManager.default.removeItem(atPath: directory) } catch { print("\(error)") }
        }
        let store = try Stores.file(directory + "/ticks.sqlite", now: Self.now)
        let logger = Logger(label: "bench")
        let runner = NotingRunner(functions: 100, now: Self.now)
        let queue = QueueTrigger(
            settings: QueueSettings(holder: "bench"),
            store: store,
            runner: runner,
            logger: logger,
            now: Self.now
        )
        let ledger = CountingLedger(store, now: Self.now)
        let cron = try CronTrigger(
            ledger: ledger,
            zones: ZoneLibrary(),
            listeners: .init(),
            logger: logger,
            now: Self.now
        )
        let before = Self.memory()
        let begun = ContinuousClock.now
        cron.declare(try plans(runner.names, cron.zones), isComplete: true)
        let running = Task {
            await withTaskGroup { tasks in
                tasks.addTask { await queue.run() }
                tasks.addTask { await cron.run() }
            }
        }
        while cron.schedules().contains(where: { $0.decided == nil }) {
            try await Task.sleep(for: .milliseconds(100))
        }
        print("\(schedules) schedules in force after \(ContinuousClock.now - begun)")
        try await Task.sleep(for: .seconds(isAtOnce ? 75 : seconds + 5))
        running.cancel()
        await running.value
        let late = runner.lateness
        show(late, memory: Self.memory() - before)
        print("\(ledger.setUp) ticks set up before their time, \(ledger.early) left for it")
        try await showDecisions(store)
        try await store.close()
        let early = late.values.joined().count { $0 < 0 }
        let doubled = late.values.count { $0.count > 1 }
        print("\(early) began before their time, \(doubled) ticks began more than once")
        if early + doubled > 0 { throw StoreError.corrupt("the ticks' runs") }
    }

    /// Each once a minute, at a second of its own, or all at its beginning.
    private func plans(_ names: [FunctionName], _ zones: ZoneLibrary) throws -> [SchedulePlan] {
        let perFunction = (schedules + names.count - 1) / names.count
        var plans: [SchedulePlan] = []
        for (index, name) in names.enumerated() {
            var definition = FunctionDefinition(
                name: name,
                index: 0,
                manifest: FunctionManifest(name: name.function),
                quota: Quota(),
                triggers: [],
                isolation: .thread,
                onCrash: .backoff,
                configuration: [:]
            )
            for number in 0..<perFunction {
                let second = isAtOnce ? 0 : (index * perFunction + number) % 60
                var trigger = TriggerDeclaration()
                trigger.cron = CronTriggerDeclaration(expression: "\(second) * * * * *")
                trigger.cron?.timeZone = "Europe/Berlin"
                definition.triggers.append(trigger)
            }
            plans += try SchedulePlan.plans(of: definition, zones: zones)
        }
        return Array(plans.prefix(schedules))
    }

    /// How late fates are said to be decided, of one schedule in ten; what is set up beforehand is
    /// decided at its time.
    private func showDecisions(_ store: any DurableStore) async throws {
        var late: [Double] = []
        for (index, entry) in try await store.schedules().enumerated() where index % 10 == 0 {
            for tick in try await store.ticks(of: entry.name, before: nil, limit: 10) {
                late.append(Double((tick.decided - tick.instant).wholeNanoseconds) / 1e6)
            }
        }
        late.sort()
        guard let last = late.last else { return }
        print(String(format: "decided: p50 %.2f ms, most %.2f ms", late[late.count / 2], last))
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let time =
            usage.ru_utime.tv_sec * 1_000_000 + Int(usage.ru_utime.tv_usec)
            + usage.ru_stime.tv_sec * 1_000_000 + Int(usage.ru_stime.tv_usec)
        print("CPU: \(time / 1_000) ms in all")
    }

    /// The instants whose last tick began latest.
    private func showInstants(_ all: [String: [Double]]) {
        var instants: [Substring: [Double]] = [:]
        for (id, late) in all {
            instants[id.split(separator: "@").last ?? "", default: []] += late
        }
        let sorted = instants.values.map { $0.sorted() }.sorted { $0.last ?? 0 > $1.last ?? 0 }
        for late in sorted.prefix(3) {
            print(
                String(
                    format: "%d of one instant: first %.2f, p50 %.2f, last %.2f ms late",
                    late.count,
                    late.first ?? 0,
                    late[late.count / 2],
                    late.last ?? 0
                )
            )
        }
    }

    private func show(_ all: [String: [Double]], memory: Int) {
        let late = all.values.flatMap { $0 }.sorted()
        guard !late.isEmpty else { return print("nothing ran") }
        func part(_ share: Double) -> String {
            String(format: "%.2f ms", late[min(late.count - 1, Int(share * Double(late.count)))])
        }
        print("\(late.count) runs of \(all.count) schedules' ticks")
        print("late: p50 \(part(0.5)), p90 \(part(0.9)), p99 \(part(0.99)), most \(part(1))")
        showInstants(all)
        print("memory: \(memory / 1_024) KiB more than before")
    }

    private static func memory() -> Int {
        do {
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
        } catch { return 0 }
    }
}

/// Ends everything at once, having noted how late it began.
private final class NotingRunner: QueueRunner {
    let names: [FunctionName]
    private let now: @Sendable () -> WallTime
    private let notes = Mutex<[(body: ByteBuffer, time: WallTime)]>([])

    init(functions: Int, now: @escaping @Sendable () -> WallTime) {
        self.now = now
        names = (0..<functions).compactMap { index in
            do { return try FunctionName("bench.f\(index)") } catch { return nil }
        }
    }

    /// By tick, in milliseconds; worked out at the end, so that it costs nothing while ticks begin.
    var lateness: [String: [Double]] {
        var late: [String: [Double]] = [:]
        for note in notes.withLock({ $0 }) {
            let text = String(buffer: note.body)
            let id = text.split(separator: "\"").dropFirst(3).first.map(String.init) ?? ""
            guard let due = UTCInstant.seconds(String(id.split(separator: "@").last ?? "")) else {
                continue
            }
            let time = note.time.nanoseconds - due * 1_000_000_000
            late[id, default: []].append(Double(time) / 1e6)
        }
        return late
    }

    func places(of functions: Set<FunctionName>?) -> [FunctionName: FunctionPlaces] {
        let asked = functions.map { names.filter($0.contains) } ?? names
        let places = FunctionPlaces(free: 8, longest: .seconds(30), ahead: 64)
        return Dictionary(uniqueKeysWithValues: asked.map { ($0, places) })
    }

    func steps(of function: FunctionName) -> [FunctionName] { [] }

    func run(
        _ request: InvocationRequest,
        done: @escaping @Sendable (InvocationResult) -> Void
    ) -> any InvocationControl {
        let time = now()
        notes.withLock { $0.append((request.body, time)) }
        Task { done(InvocationResult(outcome: .succeeded, head: ResponseHead(status: 200))) }
        return NoControl()
    }

    func record(of id: InvocationID) -> InvocationRecord? { nil }
}

private final class NoControl: InvocationControl {
    func sendBody(_ piece: ByteBuffer, end: Bool) {}
    func grantCredit(bytes: Int) {}
    func cancel(_ reason: CancelReason) {}
}
