internal import NIOCore

/// Where a crash was, and what it cost.
enum CrashPlace: Sendable {
    /// In a cell with others, where it was contained, or may have been another's.
    case shared
    /// In a cell with others, which ended by it.
    case lostCell
    /// In a cell of the plugin's own.
    case apart
}

/// What becomes of a plugin that crashes again and again although its functions pause in between.
///
/// In a shared cell it is demoted: it gets a cell of its own, where it costs nobody else anything, at
/// once when it has brought a shared one to its end. It comes back after a time without a crash, which doubles with every demotion. When it goes on
/// crashing in a cell of its own it is quarantined, until an operator or a new version steps in.
struct Probation: Sendable {
    enum Stage: Sendable, Equatable {
        /// Runs where its definition says.
        case trusted
        /// Runs in a cell of its own until it has behaved for a while.
        case demoted
        /// Doesn't run.
        case quarantined
    }

    /// What is to be done.
    enum Change: Sendable, Equatable {
        case demote
        /// The same at once, for the end of a shared cell.
        case expel
        case quarantine
        case restore
    }

    /// Crashes that were contained in a shared cell within `window` that lead out of it.
    static let crashesToDemotion = 5
    /// Crashes in a cell of its own within `window` that end it.
    static let crashesToQuarantine = 12
    /// How long a crash counts.
    static let window = TimeAmount.minutes(10)
    /// The first time to behave; the longest is 128 of it, most of a day.
    static let firstTerm = TimeAmount.minutes(10)

    let contentHash: String
    private(set) var stage = Stage.trusted
    private(set) var demotions = 0
    private var crashes: [NIODeadline] = []
    private(set) var last: NIODeadline = .uptimeNanoseconds(0)

    init(contentHash: String) { self.contentHash = contentHash }

    /// Crashes that count at present.
    var recentCrashes: Int { crashes.count }

    /// When a demoted plugin comes back; `nil` for any other.
    var restoration: NIODeadline? {
        guard stage == .demoted else { return nil }
        return last + .nanoseconds(Self.firstTerm.nanoseconds << Int64(min(demotions - 1, 7)))
    }

    /// Notes a crash.
    mutating func crashed(_ now: NIODeadline, _ place: CrashPlace) -> Change? {
        last = now
        crashes.removeAll { now - $0 > Self.window }
        crashes.append(now)
        switch stage {
        case .quarantined: return nil
        case .trusted where place != .apart:
            guard place == .lostCell || crashes.count >= Self.crashesToDemotion else { return nil }
            crashes = []
            demotions += 1
            stage = .demoted
            return place == .lostCell ? .expel : .demote
        case .demoted where place != .apart:
            return nil  // One of those that were still running there.
        case .trusted, .demoted:
            guard crashes.count >= Self.crashesToQuarantine else { return nil }
            stage = .quarantined
            return .quarantine
        }
    }

    /// Lets a demoted plugin back whose time is over.
    mutating func restore(_ now: NIODeadline) -> Change? {
        guard let restoration, restoration <= now else { return nil }
        stage = .trusted
        crashes = []
        return .restore
    }
}
