import FunctionModel
import Logging
import NIOCore
import TriggerCron
import TriggerQueue

/// Schedules of every second that make up for all they missed, to be killed very often.
enum TickVictim {
    static let expressions = ["* * * * * *", "*/2 * * * * *", "@every 1s", "@every 3s"]
    static let copies = 5

    /// The names that the schedules have.
    static var names: [String] {
        let base = QueueVictim.function.description
        return (1...expressions.count * copies).map { $0 == 1 ? base : "\(base).\($0)" }
    }

    static func trigger(
        _ store: any DurableStore,
        _ queue: QueueTrigger
    ) throws -> CronTrigger {
        let trigger = try CronTrigger(
            ledger: store,
            zones: ZoneLibrary(),
            listeners: .init(),
            logger: Logger(label: "victim") { _ in SwiftLogNoOpLogHandler() },
            now: QueueVictim.now
        )
        var definition = FunctionDefinition(
            name: QueueVictim.function,
            index: 0,
            manifest: FunctionManifest(name: QueueVictim.function.function),
            quota: Quota(),
            triggers: [],
            isolation: .thread,
            onCrash: .backoff,
            configuration: [:]
        )
        for _ in 0..<copies {
            for expression in expressions {
                var declared = CronTriggerDeclaration(expression: expression)
                declared.catchUp = "all(1000)"
                declared.overlap = "allow"
                var trigger = TriggerDeclaration()
                trigger.cron = declared
                definition.triggers.append(trigger)
            }
        }
        let plans = try SchedulePlan.plans(of: definition, zones: trigger.zones)
        trigger.declare(plans, isComplete: true)
        return trigger
    }

    /// Tells what the ledger says of every tick.
    static func tell(_ store: any DurableStore) async throws {
        for entry in try await store.schedules() {
            Line.write(
                "schedule \(entry.name) \(entry.anchor.nanoseconds) \(entry.cursor.nanoseconds)"
            )
            var before: WallTime?
            while true {
                let part = try await store.ticks(of: entry.name, before: before, limit: 500)
                for tick in part {
                    let run = tick.invocation?.description ?? "-"
                    let instant = tick.instant.nanoseconds
                    Line.write("tick \(entry.name) \(instant) \(tick.count) \(tick.fate) \(run)")
                }
                guard let last = part.last, part.count == 500 else { break }
                before = last.instant
            }
        }
    }
}
