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
        isApart: Bool
    ) -> [Probation.Change] {
        (0..<count).compactMap { probation.crashed(begin + pause * $0, isApart: isApart) }
    }

    @Test func fiveCrashesInTenMinutesLeadToACellOfItsOwn() {
        var probation = Probation(contentHash: "a")
        #expect(crash(&probation, 4, from: start, isApart: false).isEmpty)
        #expect(crash(&probation, 1, from: start + .minutes(1), isApart: false) == [.demote])
        #expect(probation.stage == .demoted)
    }

    @Test func crashesFarApartLeadNowhere() {
        var probation = Probation(contentHash: "a")
        let changes = crash(&probation, 100, every: .minutes(3), from: start, isApart: false)
        #expect(changes.isEmpty)
    }

    @Test func itComesBackAfterATimeWithoutACrashThatDoublesEachTime() throws {
        var probation = Probation(contentHash: "a")
        var now = start
        for term in [10, 20, 40] {
            #expect(crash(&probation, 5, from: now, isApart: false) == [.demote])
            now = now + .seconds(4)
            #expect(probation.restore(now + .minutes(Int64(term)) - .seconds(1)) == nil)
            // A crash on the way begins the time anew.
            #expect(probation.crashed(now + .minutes(1), isApart: true) == nil)
            now = now + .minutes(1) + .minutes(Int64(term))
            #expect(probation.restore(now - .seconds(1)) == nil)
            #expect(probation.restore(now) == .restore)
            #expect(probation.stage == .trusted)
        }
    }

    @Test func crashesInACellOfItsOwnEndInQuarantine() {
        var probation = Probation(contentHash: "a")
        #expect(crash(&probation, 12, from: start, isApart: true) == [.quarantine])
        #expect(crash(&probation, 100, from: start, isApart: true).isEmpty)
        #expect(probation.restoration == nil)
        #expect(probation.restore(start + .hours(1_000)) == nil)
    }

    @Test func crashesThatWereStillRunningInTheSharedCellDontCountAgain() {
        var probation = Probation(contentHash: "a")
        #expect(crash(&probation, 40, from: start, isApart: false) == [.demote])
        #expect(probation.stage == .demoted)
    }
}
