internal import FoundationEssentials
public import FunctionModel

/// A schedule as it is declared, with the clocks of its zone.
public struct SchedulePlan: Sendable {
    /// The schedule's name: its function's, and from the second on with a number behind it.
    public let name: String
    /// The function that it runs.
    public let function: FunctionName
    /// What is declared, as it was written, with what an operator has changed.
    public let declared: CronTriggerDeclaration
    /// What code and `roost.yaml` declare.
    let base: CronTriggerDeclaration
    /// What an operator has changed of that.
    let edit: ScheduleEdit
    /// The same as text: another one is an edit.
    public let declaration: String
    /// What it means.
    public let rules: ScheduleRules
    /// The clocks of the zone.
    public let zone: ZoneRules
    /// How what it queues is delivered.
    public let delivery: DeliveryOptions

    /// The schedules of a function, in the order of their declaration.
    ///
    /// - Throws: `ScheduleProblem` for an expression that can't be read, or a zone that isn't there,
    ///   with the schedule's number.
    public static func plans(
        of definition: FunctionDefinition,
        zones: ZoneLibrary
    ) throws(ScheduleProblem) -> [SchedulePlan] {
        let base = definition.name.description
        var plans: [SchedulePlan] = []
        for declared in definition.triggers.compactMap(\.cron) {
            do throws(ScheduleProblem) {
                plans.append(
                    try SchedulePlan(
                        name: plans.isEmpty ? base : "\(base).\(plans.count + 1)",
                        function: definition.name,
                        base: declared,
                        edit: ScheduleEdit(),
                        delivery: definition.delivery,
                        zones: zones
                    )
                )
            } catch {
                var problem = error
                problem.number = plans.count
                throw problem
            }
        }
        return plans
    }

    private init(
        name: String,
        function: FunctionName,
        base: CronTriggerDeclaration,
        edit: ScheduleEdit,
        delivery: DeliveryOptions,
        zones: ZoneLibrary
    ) throws(ScheduleProblem) {
        let declared = edit.applied(to: base)
        let rules = try declared.rules()
        self.name = name
        self.function = function
        self.declared = declared
        self.base = base
        self.edit = edit
        self.rules = rules
        self.delivery = delivery
        zone = try zones.zone(named: rules.zone)
        declaration = try Self.text(of: declared)
        guard comesWithinBounds else {
            throw ScheduleProblem(
                "'\(declared.expression)' is never due from \(declared.starts ?? "the beginning") to "
                    + "\(declared.ends ?? "the end"): change starts or ends",
                of: declared.ends == nil ? .starts : .ends
            )
        }
    }

    /// Whether there is an instant, past or to come, between the dates that are declared.
    private var comesWithinBounds: Bool {
        if case .reboot = rules.expression.meaning { return true }
        guard declared.starts != nil || declared.ends != nil else { return true }
        let first = timetable(anchor: WallTime(nanoseconds: 0)).next(after: -1)
        return first.map { $0.seconds < WallTime.never.wholeSeconds } ?? false
    }

    /// The same schedule with what an operator has changed of it.
    ///
    /// - Throws: `ScheduleProblem` when it can't be so.
    func edited(
        _ edit: ScheduleEdit,
        zones: ZoneLibrary
    ) throws(ScheduleProblem) -> SchedulePlan {
        try SchedulePlan(
            name: name,
            function: function,
            base: base,
            edit: edit,
            delivery: delivery,
            zones: zones
        )
    }

    /// The instants that it names.
    public func timetable(anchor: WallTime) -> Timetable {
        Timetable(
            rules.expression,
            zone: zone,
            changes: rules.changes,
            anchor: max(rules.bounds.lowerBound, anchor.wholeSeconds),
            bounds: rules.bounds
        )
    }

    /// How late each of its ticks is: always the same for a name.
    public var delay: Duration {
        let most = rules.jitter.wholeNanoseconds / 1_000_000
        guard most > 0 else { return .zero }
        // FNV-1a, which spreads short names well enough.
        let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return .milliseconds(Int64((hash ^ hash >> 32) % UInt64(most + 1)))
    }

    /// The timetable of a declaration that was kept; `nil` when nothing can be made of it any more.
    static func timetable(of entry: ScheduleEntry, zones: ZoneLibrary) -> Timetable? {
        do {
            let declared = try JSONDecoder().decode(
                CronTriggerDeclaration.self,
                from: Data(entry.declaration.utf8)
            )
            let rules = try declared.rules()
            return Timetable(
                rules.expression,
                zone: try zones.zone(named: rules.zone),
                changes: rules.changes,
                anchor: max(rules.bounds.lowerBound, entry.anchor.wholeSeconds),
                bounds: rules.bounds
            )
        } catch { return nil }
    }

    private static func text(
        of declared: CronTriggerDeclaration
    ) throws(ScheduleProblem) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(declared), as: UTF8.self) } catch {
            throw ScheduleProblem("the schedule can't be kept: \(error)")
        }
    }
}

extension WallTime {
    /// Whole seconds since 1970, rounded down.
    var wholeSeconds: Int64 {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest < 0 ? seconds - 1 : seconds
    }

    /// The instant so many seconds after 1970 began.
    init(wholeSeconds: Int64) {
        let (product, isBeyond) = wholeSeconds.multipliedReportingOverflow(by: 1_000_000_000)
        self.init(nanoseconds: isBeyond ? .max : product)
    }
}
