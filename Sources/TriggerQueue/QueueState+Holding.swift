internal import FunctionModel

/// What is claimed before its time, and begins then.
extension QueueState {
    /// The functions of which something that is held may begin now.
    func functionsDue(now: WallTime) -> Set<FunctionName> {
        Set(holds.due(by: now).map(\.function))
    }

    /// Begins what was held for this time, as far as there are places; the rest waits for one.
    mutating func beginHeld(
        _ places: [FunctionName: FunctionPlaces],
        now: WallTime
    ) -> [Action] {
        var functions: [FunctionName] = []
        var seen: Set<FunctionName> = []
        for entry in holds.take(by: now) {
            if seen.insert(entry.function).inserted { functions.append(entry.function) }
            lanes[entry.function, default: FunctionLane()].appendReserved(entry.id)
        }
        var actions: [Action] = []
        for function in functions {
            lanes[function]?.free(places[function]?.free ?? 0, now: now)
            actions += start(function)
        }
        return actions
    }
}
