import Foundation
import SeededRandom

/// The pieces of a long campaign in an order that its seed repeats, and what came of those that are
/// done, kept in a file so that a campaign that was ended goes on where it was.
struct FaultCampaign {
    /// Some rounds of one fault in one go.
    struct Piece: Sendable {
        var fault: Fault
        var number: Int
        var rounds: Int
        /// How many call at the same time.
        var callers: Int

        var name: String { "\(fault.function) \(number)" }
    }

    private struct State: Codable {
        var seed: UInt64
        var done: Set<String> = []
        var results: [String: FaultDrill.Result] = [:]
    }

    private let file: URL
    private var state: State
    let pieces: [Piece]

    var seed: UInt64 { state.seed }
    /// The pieces that are still to be done.
    var left: [Piece] { pieces.filter { !state.done.contains($0.name) } }

    /// Takes up the campaign of a seed, or begins it; without a seed the one that was not finished
    /// last, or a new one.
    init(in directory: URL, seed given: UInt64?, faults: [Fault]) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let open = try given == nil ? Self.latest(in: directory, faults) : nil
        let seed = given ?? open ?? UInt64.random(in: 1...999_999)
        file = directory.appending(path: "\(seed).json")
        state = try Self.read(file) ?? State(seed: seed)
        pieces = Self.pieces(seed: seed, faults)
    }

    /// What came of a fault so far.
    func result(of fault: Fault) -> FaultDrill.Result {
        state.results[fault.function] ?? FaultDrill.Result()
    }

    /// Notes what came of a piece, in the file before anything else is done.
    mutating func finish(_ piece: Piece, _ result: FaultDrill.Result) throws {
        state.results[piece.fault.function, default: FaultDrill.Result()].add(result)
        state.done.insert(piece.name)
        try write()
    }

    /// Forgets what came of some faults, so that they are tried again.
    mutating func forget(_ functions: Set<String>) throws {
        state.results = state.results.filter { !functions.contains($0.key) }
        for piece in pieces where functions.contains(piece.fault.function) {
            state.done.remove(piece.name)
        }
        try write()
    }

    private func write() throws {
        try JSONEncoder().encode(state).write(to: file, options: .atomic)
    }

    private static func read(_ file: URL) throws -> State? {
        guard let data = FileManager.default.contents(atPath: file.path) else { return nil }
        return try JSONDecoder().decode(State.self, from: data)
    }

    private static func latest(in directory: URL, _ faults: [Fault]) throws -> UInt64? {
        let key = URLResourceKey.contentModificationDateKey
        let files = try FileManager.default.contentsOfDirectory(
            at: directory,
            includingPropertiesForKeys: [key]
        ).filter { $0.pathExtension == "json" }
        let dated = try files.map {
            ($0, try $0.resourceValues(forKeys: [key]).contentModificationDate ?? .distantPast)
        }
        for (file, _) in dated.sorted(by: { $0.1 > $1.1 }) {
            guard let state = try read(file) else { continue }
            let all = pieces(seed: state.seed, faults)
            if all.contains(where: { !state.done.contains($0.name) }) { return state.seed }
        }
        return nil
    }

    /// Every piece of the given faults; which faults are asked for changes no piece of the others.
    private static func pieces(seed: UInt64, _ faults: [Fault]) -> [Piece] {
        var random = SeededGenerator(seed: seed)
        var pieces: [Piece] = []
        for fault in Fault.all {
            let (rounds, piece) = fault.group.wanted
            for number in 0..<(rounds / piece) {
                let callers = Int.random(in: 1...4, using: &random)
                let together = fault.group == .contained ? callers : 1
                pieces.append(
                    Piece(fault: fault, number: number, rounds: piece, callers: together)
                )
            }
        }
        let wanted = Set(faults.map(\.function))
        return pieces.shuffled(using: &random).filter { wanted.contains($0.fault.function) }
    }
}
