internal import FunctionModel
internal import NIOCore

/// One worker of a pool, in the dispatcher's books.
struct WorkerSlot: Sendable {
    enum Phase: Sendable {
        /// Asked for, not yet ready.
        case starting
        /// Ready and without work.
        case idle
        /// Has work.
        case busy
        /// Gets no more work: asked to retire, or known to be ending.
        case closing
    }

    /// Hears of it; tells uses of one place in the table apart.
    var link: WorkerLink?
    var handle: (any WorkerHandle)?
    var phase = Phase.starting
    /// Whether it retires as soon as another has taken its place.
    var isMoving = false
    /// The calls it has been given, in order; the first one runs.
    var held: [Int] = []
    /// Since when it is in this phase; while it has work, since when its first call is that.
    var since: NIODeadline
    /// When it was asked for.
    var asked: NIODeadline
    /// When it was ready.
    var ready: NIODeadline
    /// Whether its channel lives on the dispatcher's own loop.
    var isHome = false
    /// What it counts in the memory budget.
    var memory: Int
    /// Whether that has been measured.
    var isMeasured = false

    /// Whether it lives and has not been asked to go.
    var isStaying: Bool { link != nil && phase != .closing }

    init(link: WorkerLink, now: NIODeadline, memory: Int) {
        self.link = link
        self.memory = memory
        since = now
        asked = now
        ready = now
    }
}
