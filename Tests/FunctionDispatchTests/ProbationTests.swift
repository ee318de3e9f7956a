import NIOCore
import Testing

@testable import FunctionDispatch

@Suite struct ProbationTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func crash(
        _ probation: inout Probation,
        _ count: Int,
        every pause: TimeAmount = .seconds(1),
        from begin: NIODeadline,
        _ place: CrashPlace
    ) -> [Probation.Change] {
        (0..<count).compactMap { probation.crashed(begin + pause * $0, place) }
    }

    @Test func fiveCrashesInTenMinutesLeadToACellOfItsOwn() {
        var probation = Probation(contentHash: "a")
        #expect(crash(&probation, 4, from: start, .shared).isEmpty)
        #expect(crash(&probation, 1, from: start + .minutes(1), .shared) == [.demote])
        #expect(probation.stage == .demoted)
    }

    @Test func crashesFarApartLeadNowhere() {
        var probation = Probation(contentHash: "a")
        let changes = crash(&probation, 100, every: .minutes(3), from: start, .shared)
        #expect(changes.isEmpty)
    }

    @Test func itComesBackAfterATimeWithoutACrashThatDoublesEachTime() throws {
        var probation = Probation(contentHash: "a")
        var now = start
        for term in [10, 20, 40] {
            #expect(crash(&probation, 5, from: now, .shared) == [.demote])
            now = now + .seconds(4)
            #expect(probation.restore(now + .minutes(Int64(term)) - .seconds(1)) == nil)
            // A crash on the way begins the time anew.
            #expect(probation.crashed(now + .minutes(1), .apart) == nil)
            now = now + .minutes(1) + .minutes(Int64(term))
            #expect(probation.restore(now - .seconds(1)) == nil)
            #expect(probation.restore(now) == .restore)
            #expect(probation.stage == .trusted)
        }
    }

    @Test func crashesInACellOfItsOwnEndInQuarantine() {
        var probation = Probation(contentHash: "a")
        #expect(crash(&probation, 12, from: start, .apart) == [.quarantine])
        #expect(crash(&probation, 100, from: start, .apart).isEmpty)
        #expect(probation.restoration == nil)
        #expect(probation.restore(start + .hours(1_000)) == nil)
    }

    @Test func whoEndsASharedCellLeavesItAtOnce() {
        var probation = Probation(contentHash: "a")
        #expect(probation.crashed(start, .lostCell) == .expel)
        #expect(probation.stage == .demoted)
        #expect(probation.restore(start + .minutes(10)) == .restore)
    }

    @Test func crashesThatWereStillRunningInTheSharedCellDontCountAgain() {
        var probation = Probation(contentHash: "a")
        #expect(crash(&probation, 40, from: start, .shared) == [.demote])
        #expect(probation.stage == .demoted)
    }
}
