internal import FunctionModel

/// A time to wait out, which a clock that is set back doesn't make longer.
struct Pause: Sendable, Hashable {
    let begun: WallTime
    let end: WallTime

    init(_ length: Duration, from begun: WallTime) {
        self.begun = begun
        end = begun + length
    }

    func isOver(_ now: WallTime) -> Bool { now >= end || now < begun }
}
