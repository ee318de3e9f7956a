/// Who answers for a cell that ended by a fault, when several plugins ran in it.
///
/// A function that has run well many times for each cell that ended under it is a bystander: in a busy
/// cell there is always one of those. Who is left when they are set aside has done it, if it is one; of
/// several each is held to have crashed. A fault may come to light late, so where nothing but
/// bystanders ran, those are asked who had run just before.
enum Blame: Sendable, Equatable {
    /// Good runs, for each cell that ended under it, that make a bystander.
    static let runsOfABystander = 100

    /// A function that ran in the cell, or a plugin that was starting there.
    struct Suspect: Sendable, Hashable {
        /// Its pool.
        var pool: Int
        /// Its gate; `nil` while it was starting.
        var gate: Int?
        /// Runs that ended well.
        var runs: Int
        /// Cells that ended under it, this one included.
        var incidents: Int

        var isBystander: Bool { runs >= Blame.runsOfABystander * incidents }
    }

    /// Nobody is known to have run there.
    case nobody
    /// One plugin did it.
    case offender(Suspect)
    /// It was one of these, or each may have a share in it.
    case shared([Suspect])

    /// Decides between those that ran, and those that had run just before.
    init(running: [Suspect], before: [Suspect]) {
        for group in [running, before] {
            let likely = Self.onePerPool(group.filter { !$0.isBystander })
            guard let first = likely.first else { continue }
            self = likely.count == 1 ? .offender(first) : .shared(likely)
            return
        }
        self = running.isEmpty ? .nobody : .shared(Self.onePerPool(running))
    }

    /// Who is accused.
    var suspects: [Suspect] {
        switch self {
        case .nobody: []
        case .offender(let suspect): [suspect]
        case .shared(let suspects): suspects
        }
    }

    /// Whether it can only have been the one that is accused.
    var isProven: Bool {
        if case .offender = self { true } else { false }
    }

    private static func onePerPool(_ suspects: [Suspect]) -> [Suspect] {
        var seen: Set<Int> = []
        return suspects.filter { seen.insert($0.pool).inserted }
    }
}
