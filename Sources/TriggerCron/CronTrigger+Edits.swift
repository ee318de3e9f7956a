public import FunctionModel
internal import Synchronization

/// What operators change of schedules.
extension CronTrigger {
    /// Changes a schedule until that is given back: it begins anew, and nothing of the past is due.
    ///
    /// - Returns: The schedule; `nil` for one that isn't in force, of which what was changed can only be
    ///   given back.
    /// - Throws: `HostOperationError` when there is none of that name, or it can't be so.
    public func edit(
        _ name: String,
        _ changes: [String: String?]
    ) async throws(HostOperationError) -> ScheduleView? {
        guard let edits else { throw Self.unknown(name) }
        let name = try resolve(edited: name, edits)
        guard edits.begin(name) else {
            throw HostOperationError(
                .conflict,
                "The schedule '\(name)' is being changed by somebody else: look at it, and try again."
            )
        }
        defer { edits.finish(name) }
        var edit = edits.all[name] ?? ScheduleEdit()
        try edit.change(changes)
        let plan = state.withLock { $0.schedules[name]?.plan }
        if let plan {
            do { _ = try plan.edited(edit, zones: zones) } catch {
                throw HostOperationError(.invalid, "\(error)")
            }
        } else if !changes.values.allSatisfy({ $0 == nil }) {
            throw HostOperationError(
                .conflict,
                "The schedule '\(name)' isn't in force: what was changed of it can only be given back, "
                    + "by `roost schedules edit \(name)`."
            )
        }
        try await edits.keep(edit, of: name)
        let view = state.withLock { state -> ScheduleView? in
            // It may have gone meanwhile.
            guard let present = state.schedules[name]?.plan else { return nil }
            // What is declared may be something else by now; where that can't be edited so, whoever
            // declares it says so.
            do throws(ScheduleProblem) {
                let edited = try present.edited(edit, zones: zones)
                state.declare([edited], isComplete: false, now: now())
            } catch {}
            return state.schedules[name]?.view
        }
        wake()
        if view == nil, plan != nil { throw Self.unknown(name) }
        return view
    }

    /// The schedules that operators have changed and that aren't in force.
    public var idleEdits: [String] {
        guard let edits = edits?.all.keys else { return [] }
        return state.withLock { state in edits.filter { state.schedules[$0] == nil } }.sorted()
    }

    /// The full name of a schedule that is in force, or else of one that was changed.
    private func resolve(
        edited name: String,
        _ edits: ScheduleEdits
    ) throws(HostOperationError) -> String {
        do { return try resolve(name) } catch {
            let all = edits.all.keys.compactMap { key in
                FunctionName(ofSchedule: key).map { (name: key, function: $0) }
            }
            guard error.kind == .notFound, !all.isEmpty else { throw error }
            return try ScheduleName.resolve(name, among: all)
        }
    }
}

extension FunctionName {
    /// The function of a schedule, whose name begins with the function's.
    fileprivate init?(ofSchedule name: String) {
        let parts = name.split(separator: ".").map(String.init)
        guard parts.count >= 2 else { return nil }
        do { self = try FunctionName(plugin: parts[0], function: parts[1]) } catch { return nil }
    }
}
