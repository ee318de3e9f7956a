internal import FunctionModel
internal import Yams

/// Schedules, as the operator writes them.
extension SettingsFileReader {
    mutating func cron(_ node: Node) -> CronTriggerDeclaration? {
        guard let values = schedule(node) else { return nil }
        func text(_ key: ScheduleEdit.Key) -> String? {
            values[key].flatMap { nodes.text($0, key.rawValue) }
        }
        let before = nodes.problems.count
        var cron = CronTriggerDeclaration(expression: text(.expression) ?? "")
        cron.timeZone = text(.timeZone)
        cron.catchUp = text(.catchUp)
        cron.overlap = text(.overlap)
        cron.dst = text(.dst)
        cron.jitter = text(.jitter)
        cron.startingDeadline = text(.startingDeadline)
        cron.starts = text(.starts)
        cron.ends = text(.ends)
        guard nodes.problems.count == before else { return nil }
        do { _ = try cron.rules() } catch {
            nodes.note(at: error.key.flatMap { values[$0] } ?? node, error.description)
            return nil
        }
        schedulePlaces.append(
            SchedulePlaces(whole: nodes.place(node), keys: values.mapValues(nodes.place))
        )
        return cron
    }

    /// What is said of a schedule: its expression alone, or each thing by its name.
    private mutating func schedule(_ node: Node) -> [ScheduleEdit.Key: Node]? {
        if node.scalar != nil, node.null == nil { return [.expression: node] }
        let words = ScheduleEdit.Key.allCases.map(\.rawValue)
        var values: [ScheduleEdit.Key: Node] = [:]
        for (word, value) in nodes.section(node, "cron", keys: words) {
            if let key = ScheduleEdit.Key(rawValue: word) { values[key] = value }
        }
        if values[.expression] == nil { nodes.note(at: node, "cron needs an expression") }
        return values[.expression] == nil ? nil : values
    }
}
