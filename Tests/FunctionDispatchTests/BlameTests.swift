import Testing

@testable import FunctionDispatch

@Suite struct BlameTests {
    private func suspect(_ pool: Int, runs: Int = 0, incidents: Int = 1) -> Blame.Suspect {
        Blame.Suspect(pool: pool, gate: 0, runs: runs, incidents: incidents)
    }

    @Test func theOnlyOneThatRanDidIt() {
        #expect(Blame(running: [suspect(1)], before: [suspect(2)]) == .offender(suspect(1)))
    }

    @Test func whoHasRunWellForLongIsABystander() {
        let good = suspect(1, runs: 100)
        let blame = Blame(running: [good, suspect(2), suspect(3, runs: 9_000)], before: [])
        #expect(blame == .offender(suspect(2)))
    }

    @Test func manyCellsThatEndUnderItUseUpAGoodName() {
        let worn = suspect(1, runs: 399, incidents: 4)
        #expect(Blame(running: [worn], before: []) == .offender(worn))
    }

    @Test func ofSeveralEachHasAShare() {
        let both = [suspect(1), suspect(2)]
        #expect(Blame(running: both, before: []) == .shared(both))
        #expect(
            Blame(running: [suspect(1), suspect(1)], before: []) == .offender(suspect(1)),
            "two calls of one plugin are one"
        )
    }

    @Test func whatComesToLightLateIsLaidAtTheDoorOfWhoHadJustRun() {
        let good = suspect(1, runs: 1_000)
        #expect(Blame(running: [good], before: [good, suspect(2)]) == .offender(suspect(2)))
        #expect(Blame(running: [], before: [suspect(2)]) == .offender(suspect(2)))
    }

    @Test func bystandersAmongThemselvesShareIt() {
        let good = [suspect(1, runs: 1_000), suspect(2, runs: 1_000)]
        #expect(Blame(running: good, before: good) == .shared(good))
        #expect(Blame(running: [], before: good) == .nobody)
    }
}
