public import FunctionModel

/// The schedules of functions, worked out once for each declaration.
public struct PlanShelf: Sendable {
    private struct Shelved {
        var triggers: [TriggerDeclaration]
        var delivery: DeliveryOptions
        var plans: [SchedulePlan]
    }

    private let zones: ZoneLibrary
    private var shelved: [FunctionName: Shelved] = [:]

    /// Has worked out none yet.
    public init(zones: ZoneLibrary) { self.zones = zones }

    /// The schedules of all functions that are served; those of others are forgotten.
    ///
    /// - Returns: The schedules, and what is wrong with functions whose schedules can't be.
    public mutating func plans(
        of definitions: [FunctionDefinition]
    ) -> (plans: [SchedulePlan], problems: [FunctionName: ScheduleProblem]) {
        var kept: [FunctionName: Shelved] = [:]
        var plans: [SchedulePlan] = []
        var problems: [FunctionName: ScheduleProblem] = [:]
        for definition in definitions where definition.triggers.contains(where: { $0.cron != nil })
        {
            do throws(ScheduleProblem) {
                let entry = try entry(of: definition)
                kept[definition.name] = entry
                plans += entry.plans
            } catch { problems[definition.name] = error }
        }
        shelved = kept
        return (plans, problems)
    }

    private func entry(of definition: FunctionDefinition) throws(ScheduleProblem) -> Shelved {
        if let known = shelved[definition.name], known.triggers == definition.triggers,
            known.delivery == definition.delivery
        {
            return known
        }
        return Shelved(
            triggers: definition.triggers,
            delivery: definition.delivery,
            plans: try SchedulePlan.plans(of: definition, zones: zones)
        )
    }
}
