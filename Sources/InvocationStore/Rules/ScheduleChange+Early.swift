internal import FunctionModel

extension ScheduleChange {
    /// Whether it has a tick that may not begin yet.
    func isEarly(_ now: WallTime) -> Bool {
        ticks.contains { tick in tick.start.map { $0 > now } ?? false }
    }
}
