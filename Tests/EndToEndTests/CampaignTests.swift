import Foundation
import Testing

/// The long run of every fault, for `make campaign`.
@Suite(
    "The long campaign",
    .serialized,
    .enabled(if: CampaignWishes.minutes != nil, "`make campaign` runs it")
)
struct CampaignTests {
    private static let directory = ReadmeTests.root.appending(path: ".build/campaign")

    @Test func triesEveryFaultForLong() async throws {
        let faults = CampaignWishes.faults("ONLY") ?? Fault.all
        var campaign = try FaultCampaign(
            in: Self.directory,
            seed: CampaignWishes.seed,
            faults: faults
        )
        if let again = CampaignWishes.faults("AGAIN") {
            try campaign.forget(Set(again.map(\.function)))
        }
        let left = campaign.left
        print("SEED=\(campaign.seed): \(left.count) of \(campaign.pieces.count) pieces to do")
        if !left.isEmpty { try await Self.run(left, of: &campaign) }
        Self.show(campaign, faults)
    }

    private static func run(
        _ pieces: [FaultCampaign.Piece],
        of campaign: inout FaultCampaign
    ) async throws {
        let end = ContinuousClock.now + .seconds(60 * (CampaignWishes.minutes ?? 0))
        let neighbours = try await Neighbours.start(rate: CampaignWishes.rate)
        for (index, piece) in pieces.enumerated() where ContinuousClock.now < end {
            let result = try await FaultDrill.run(
                piece.fault,
                rounds: piece.rounds,
                callers: piece.callers,
                quiet: .seconds(1),
                beside: neighbours
            )
            try campaign.finish(piece, result)
            #expect(result.isGood, "\(piece.name): \(result.words)")
            #expect(result.peak <= Fault.memory * 105 / 100, "\(piece.name): \(result.peak)")
            if index % 20 == 19 { print("\(index + 1) of \(pieces.count) pieces") }
        }
        try await neighbours.stop()
    }

    private static func show(_ campaign: FaultCampaign, _ faults: [Fault]) {
        var table = FaultTable.ofFaults()
        for fault in faults {
            table.add(fault, campaign.result(of: fault), of: fault.group.wanted.rounds)
        }
        table.show()
        let left = campaign.left.count
        print("SEED=\(campaign.seed): \(left == 0 ? "done" : "\(left) pieces are left to do")")
    }
}

/// What `make campaign` was asked for.
enum CampaignWishes {
    /// How long it may go on; `nil` where no campaign is to run.
    static let minutes = value("MINUTES").flatMap { Double($0) }
    static let seed = value("SEED").flatMap { UInt64($0) }
    /// Calls a second of the healthy functions, all together.
    static let rate = value("RATE").flatMap { Int($0) } ?? 300

    /// Whether the queue's campaign is wanted: it is a group of its own.
    static let wantsQueue =
        value("ONLY")?.split(separator: ",").contains("queue") ?? true

    /// The faults that a variable names, each by itself or by its group.
    static func faults(_ name: String) -> [Fault]? {
        guard let names = value(name)?.split(separator: ",").map(String.init) else { return nil }
        return Fault.all.filter {
            names.contains($0.function) || names.contains($0.group.rawValue)
        }
    }

    private static func value(_ name: String) -> String? {
        let value = ProcessInfo.processInfo.environment["ROOST_CAMPAIGN_\(name)"]
        return value?.isEmpty == false ? value : nil
    }
}
