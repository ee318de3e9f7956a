import Foundation
import FunctionModel
import NIOCore
import Platform
import SeededRandom
import Testing

@testable import TriggerFiles

/// Files that are written, appended to and replaced at random while functions open them and plans
/// change: whatever has left was read as it was then.
@Suite(.serialized)
struct FileFateTests {
    static let seed =
        ProcessInfo.processInfo.environment["ROOST_TEST_SEED"].flatMap(UInt64.init) ?? 41
    static let rounds =
        ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"].flatMap(Int.init) ?? 150

    struct Case: Sendable, CustomTestStringConvertible {
        var kinds: [String]
        var action: String
        var batch: Int?
        var testDescription: String { "\(kinds) \(action) \(batch ?? 1)" }
    }

    static let cases = [
        Case(kinds: [], action: "delete"), Case(kinds: ["added"], action: "delete"),
        Case(kinds: [], action: "move"), Case(kinds: ["added"], action: "move"),
        Case(kinds: [], action: "delete", batch: 5),
        Case(kinds: ["added"], action: "delete", batch: 5),
    ]

    @Test(arguments: cases)
    func nothingLeavesUnread(one: Case) async throws {
        var campaign = try FileFates(one, seed: Self.seed)
        for _ in 0..<Self.rounds { try await campaign.round() }
        try await campaign.finish()
        print("SEED=\(Self.seed) \(one.testDescription): \(campaign.summary)")
        #expect(campaign.problems == [])
        #expect(campaign.reads.count > Self.rounds / 4)
        await campaign.bench.end()
    }
}

/// One campaign with one plan.
private struct FileFates {
    let bench: WatchBench
    private let one: FileFateTests.Case
    private var random: SeededGenerator
    private var names = 0
    /// Every content has a size of its own, which grows.
    private var size = 0
    /// What was written last, by name.
    private var latest: [String: Int] = [:]
    /// What functions have read.
    private(set) var reads: [String: Set<Int>] = [:]
    private(set) var problems: [String] = []
    private var superseded = 0

    var summary: String {
        "\(latest.count) files, \(reads.values.reduce(0) { $0 + $1.count }) reads, "
            + "\(superseded) superseded"
    }

    init(_ one: FileFateTests.Case, seed: UInt64) throws {
        self.one = one
        random = SeededGenerator(seed: seed)
        bench = try WatchBench { _ in
        } _: {
            $0.kinds = one.kinds
            $0.afterwards = one.action
            $0.batch = one.batch
            $0.parallelism = 4
            $0.stableForMilliseconds = 2
        }
    }

    mutating func round() async throws {
        for _ in 0...Int.random(in: 0...3, using: &random) { try write() }
        if Int.random(in: 0..<10, using: &random) == 0 { replan() }
        for claimed in try await claim() { try await handle(claimed) }
    }

    /// Lets all be handled that is there.
    mutating func finish() async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let claimed = try await claim()
            for one in claimed { try await handle(one, disturbed: false) }
            if claimed.isEmpty, try await isQuiet() { break }
            if claimed.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        }
        for (name, size) in latest.sorted(by: { $0.key < $1.key }) {
            let seen = reads[name] ?? []
            if let there = present(name) {
                // Where changes are told each is handled; else what was read once may have changed.
                let mayStay = one.kinds == ["added"] && !seen.isEmpty
                if !mayStay { problems.append("\(name) of \(there) bytes was never handled") }
            } else if !seen.contains(size) {
                problems.append("\(name) left with \(size) bytes, read were \(seen.sorted())")
            }
        }
    }

    private func isQuiet() async throws -> Bool {
        let watch = try #require(try await bench.store.watches().first)
        let counts = try await bench.store.fileCounts(of: watch.id)
        let open = [.pending, .queued, .acting].reduce(0) { $0 + (counts[$1] ?? 0) }
        let left = latest.keys.filter { present($0) != nil && (reads[$0] ?? []).isEmpty }
        let mayStay = one.kinds == ["added"]
        return open == 0 && left.isEmpty
            && (mayStay || latest.keys.allSatisfy { present($0) == nil })
    }

    private func present(_ name: String) -> Int? {
        var status = stat()
        guard stat("\(bench.directory)/\(name)", &status) == 0 else { return nil }
        return Int(status.st_size)
    }

    /// A new file, more of an old one, or another in its place.
    private mutating func write() throws {
        size += 1
        let there = latest.keys.filter { present($0) != nil }.sorted()
        if let name = there.randomElement(using: &random), Bool.random(using: &random) {
            let hidden = ".\(name).new"
            try bench.write(String(repeating: "y", count: size), to: hidden)
            latest[name] = size
            if Bool.random(using: &random) {
                try bench.rename(hidden, to: name)
            } else {
                try bench.remove(hidden)
                try bench.write(String(repeating: "z", count: size), to: name)
            }
        } else {
            names += 1
            latest["f\(names)"] = size
            try bench.write(String(repeating: "x", count: size), to: "f\(names)")
        }
    }

    private mutating func replan() {
        var definition = bench.definition
        for index in definition.triggers.indices {
            definition.triggers[index].files?.stableForMilliseconds = Int.random(
                in: 1...3,
                using: &random
            )
        }
        bench.trigger.serve([definition])
    }

    private func claim() async throws -> [ClaimedInvocation] {
        let allowance = ClaimAllowance(count: 4, lease: .seconds(60))
        let request = ClaimRequest(holder: "test", limit: 4, allowances: [.sample: allowance])
        return try await bench.store.claim(request).claimed
    }

    /// Opens and reads as a function of the SDK does, which lets out that a file has changed.
    private mutating func handle(
        _ claimed: ClaimedInvocation,
        disturbed: Bool = true
    ) async throws {
        for event in try WatchBench.events(of: claimed) {
            if disturbed, Int.random(in: 0..<3, using: &random) == 0 { try write() }
            let answer = await bench.trigger.answer(.open(event.id), from: .of(claimed))
            switch answer.status {
            case 200:
                let file = try #require(answer.attachment as? Descriptor)
                if disturbed, Int.random(in: 0..<4, using: &random) == 0 { try write() }
                reads[event.path, default: []].insert(try count(file))
            case 410:
                superseded += 1
                // A batch goes back, and is tried again without what has changed.
                guard one.batch == nil || claimed.attempt > 1 else {
                    return try await bench.store.release(claimed.lease, Release())
                }
            default:
                problems.append("\(event.path): \(answer.status) \(String(buffer: answer.payload))")
            }
        }
        try await bench.settle(claimed)
    }

    private func count(_ file: borrowing Descriptor) throws -> Int {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var count = 0
        while true {
            let more = read(file.rawValue, &bytes, bytes.count)
            try #require(more >= 0)
            guard more > 0 else { return count }
            count += more
        }
    }
}
