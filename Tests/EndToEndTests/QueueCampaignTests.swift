import Foundation
import Testing

/// Ten thousand kills of the queue, for `make campaign`: in pieces, taken up where it was ended.
@Suite(
    "The long campaign of the queue",
    .serialized,
    .enabled(if: CampaignWishes.minutes != nil && CampaignWishes.wantsQueue, "`make campaign`")
)
struct QueueCampaignTests {
    private struct State: Codable {
        var seed: UInt64
        var done = 0
        var result = QueueKills.Result()
    }

    private static let pieces = 40
    private static let killsOfPiece = 250
    private static let file = ReadmeTests.root.appending(path: ".build/campaign/queue.json")

    @Test func killsTheQueueForLong() async throws {
        var state = try Self.load()
        let end = ContinuousClock.now + .seconds(60 * (CampaignWishes.minutes ?? 0))
        print("SEED=\(state.seed): \(Self.pieces - state.done) of \(Self.pieces) pieces to do")
        while state.done < Self.pieces, ContinuousClock.now < end {
            let seed = state.seed &* 1_000 &+ UInt64(state.done)
            let result = try await onThread { try QueueKills.run(Self.killsOfPiece, seed: seed) }
            #expect(result.problems == [], "piece \(state.done)")
            state.result.add(result)
            state.done += 1
            try JSONEncoder().encode(state).write(to: Self.file, options: .atomic)
        }
        state.result.show(seed: state.seed)
        print(state.done == Self.pieces ? "done" : "\(Self.pieces - state.done) pieces are left")
    }

    /// The campaign of the seed that is asked for, or the one that wasn't finished, or a new one.
    private static func load() throws -> State {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        let found = try FileManager.default.contents(atPath: file.path)
            .map { try JSONDecoder().decode(State.self, from: $0) }
        let seed = CampaignWishes.seed
        if let found, seed == found.seed || seed == nil && found.done < pieces { return found }
        return State(seed: seed ?? UInt64.random(in: 1...999_999))
    }
}
