/// Decides when what commits leave in the log is moved into the file.
///
/// The log begins anew once all of it has been moved, so its length tells how much has not been.
struct LogGrowth: Sendable, Hashable {
    /// Who moves it.
    enum Step: Sendable, Hashable {
        /// Nobody yet.
        case none
        /// A thread of its own, while commits go on.
        case beside
        /// The writer, before the next commit: no other way has kept the log short.
        case now
    }

    /// From so many pages on it is moved beside.
    private let least: Int
    /// From so many pages on the writer does it.
    private let most: Int
    /// How many pages later the next attempt is made where one has left something.
    private let pause: Int

    private var next: Int
    private var nextOfWriter: Int
    private var isUnderWay = false

    /// Bounds a log: by default to 16 MiB while all goes well, to 64 where moving beside is too slow.
    init(least: Int = 4_000, most: Int = 16_000, pause: Int = 1_000) {
        self.least = least
        self.most = most
        self.pause = pause
        next = least
        nextOfWriter = most
    }

    /// A commit has left the log this long.
    mutating func committed(pages: Int) -> Step {
        guard pages >= least else {
            // It has begun anew, whoever saw to that.
            next = least
            nextOfWriter = most
            return .none
        }
        if pages >= nextOfWriter {
            // Readers of an old commit, or a full disk, may hold up this one as well.
            nextOfWriter = pages + pause
            return .now
        }
        guard pages >= next, !isUnderWay else { return .none }
        isUnderWay = true
        next = pages + pause
        return .beside
    }

    /// Whoever moved it beside is done.
    mutating func moved() { isUnderWay = false }
}
