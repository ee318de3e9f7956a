public import FunctionModel

/// The schedules of functions, worked out once for each declaration.
public struct PlanShelf: Sendable {
    private struct Shelved {
        var triggers: [TriggerDeclaration]
        var delivery: DeliveryOptions
        var plans: [SchedulePlan]
        var problem: ScheduleProblem?
    }

    private let zones: ZoneLibrary
    /// The zones and the edits by which all of it was worked out.
    private var generation = 0
    private var edits: [String: ScheduleEdit] = [:]
    private var shelved: [FunctionName: Shelved] = [:]

    /// Has worked out none yet.
    public init(zones: ZoneLibrary) { self.zones = zones }

    /// The schedules of all functions that are served; those of others are forgotten.
    ///
    /// - Parameters:
    ///   - definitions: The functions.
    ///   - edits: What operators have changed, by schedule.
    /// - Returns: The schedules, and what is wrong with functions whose schedules can't be.
    public mutating func plans(
        of definitions: [FunctionDefinition],
        edits: [String: ScheduleEdit] = [:]
    ) -> (plans: [SchedulePlan], problems: [FunctionName: ScheduleProblem]) {
        if zones.generation != generation || edits != self.edits {
            (generation, self.edits, shelved) = (zones.generation, edits, [:])
        }
        var kept: [FunctionName: Shelved] = [:]
        var plans: [SchedulePlan] = []
        var problems: [FunctionName: ScheduleProblem] = [:]
        for definition in definitions where definition.triggers.contains(where: { $0.cron != nil })
        {
            do throws(ScheduleProblem) {
                let entry = try entry(of: definition)
                kept[definition.name] = entry
                plans += entry.plans
                problems[definition.name] = entry.problem
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
        var entry = Shelved(
            triggers: definition.triggers,
            delivery: definition.delivery,
            plans: try SchedulePlan.plans(of: definition, zones: zones)
        )
        for (index, plan) in entry.plans.enumerated() {
            guard let edit = edits[plan.name] else { continue }
            do throws(ScheduleProblem) {
                entry.plans[index] = try plan.edited(edit, zones: zones)
            } catch {
                // What is declared has changed since: it holds as it is.
                entry.problem = ScheduleProblem("what was changed of it holds no more: \(error)")
            }
        }
        return entry
    }
}
