import FunctionModel
import SeededRandom
import Testing

@testable import InvocationStore

struct FairShareTests {
    private static let names = (0..<100).map { FunctionName.named("p.f\($0 / 10)\($0 % 10)") }

    @Test(arguments: [
        (30, [200, 20, 3], [14, 13, 3]), (32, [1_000], [32]), (2, [5, 5, 5], [1, 1, 0]),
        (10, [0, 4, 0], [0, 4, 0]), (9, [3, 3, 3], [3, 3, 3]), (0, [5], [0]),
    ])
    func sharesEqually(places: Int, demands: [Int], shares: [Int]) {
        var fairShare = FairShare()
        let asked = zip(Self.names, demands).map { (function: $0, count: $1) }
        let allotted = fairShare.allot(places, among: asked)
        #expect(asked.map { allotted[$0.function, default: 0] } == shares)
    }

    @Test(arguments: UInt64(1)...50)
    func nobodyGetsTwiceTheShareUnderFlood(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var fairShare = FairShare()
        let functions = Array(Self.names.prefix(Int.random(in: 1...100, using: &generator)))
        let places = Int.random(in: 1...64, using: &generator)
        let rounds = 200
        var taken: [FunctionName: Int] = [:]
        for _ in 0..<rounds {
            // All of them have more than can be taken.
            let demands = fairShare.order(functions).prefix(places)
                .map { (function: $0, count: places) }
            taken.merge(fairShare.allot(places, among: demands), uniquingKeysWith: +)
        }
        let share = Double(rounds * places) / Double(functions.count)
        #expect(taken.values.reduce(0, +) == rounds * places)
        for function in functions {
            let count = Double(taken[function, default: 0])
            #expect(count <= 2 * share, "\(function) took \(count) of a share of \(share)")
            #expect(count >= share / 2, "\(function) got \(count) of a share of \(share)")
        }
    }

    @Test(arguments: UInt64(1)...50)
    func wastesNoPlace(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var fairShare = FairShare()
        let demands = Self.names.prefix(Int.random(in: 1...20, using: &generator))
            .map { (function: $0, count: Int.random(in: 0...40, using: &generator)) }
        let places = Int.random(in: 0...100, using: &generator)
        let allotted = fairShare.allot(places, among: demands)
        let wanted = demands.reduce(0) { $0 + $1.count }
        #expect(allotted.values.reduce(0, +) == min(places, wanted))
        for demand in demands { #expect(allotted[demand.function, default: 0] <= demand.count) }
    }
}
