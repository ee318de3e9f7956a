import Testing

@testable import CellRuntime

struct RunWatchTests {
    private static func sight(
        run: UInt64 = 1,
        active: Bool = true,
        ending: Bool = false,
        starts: Bool = false,
        deadline: Int64 = .max,
        cpu: Int64 = .max,
        grace: Int64 = 100,
        cancelled: Bool = false,
        threads: Int64 = 1,
        ownCPU: Int64 = 0,
        answered: Bool = false
    ) -> RunWatch.Sight {
        RunWatch.Sight(
            run: run,
            isActive: active,
            isEnding: ending,
            startsImage: starts,
            started: 0,
            deadline: deadline,
            cpuLimit: cpu,
            grace: grace,
            threads: threads,
            ownCPU: ownCPU,
            isAnswered: answered,
            isCancelled: cancelled
        )
    }

    private static func noCPU() -> Int64 {
        Issue.record("the CPU clock was read too early")
        return 0
    }

    @Test func looksAgainAtTheDeadline() {
        var watch = RunWatch()
        let (action, next) = watch.look(Self.sight(deadline: 500), now: 10, cpuUsed: Self.noCPU)
        #expect(action == .nothing)
        #expect(next == 500)
    }

    @Test func asksAtTheDeadlineAndEndsAfterTheGrace() {
        var watch = RunWatch()
        let sight = Self.sight(deadline: 500)
        #expect(watch.look(sight, now: 500, cpuUsed: Self.noCPU) == (.cancel(.time), 600))
        #expect(watch.look(sight, now: 599, cpuUsed: Self.noCPU) == (.nothing, 600))
        #expect(watch.look(sight, now: 600, cpuUsed: Self.noCPU).action == .end(.time))
    }

    @Test func readsTheCPUClockOnlyWhenTheLimitCanHaveBeenPassed() {
        var watch = RunWatch()
        let sight = Self.sight(cpu: 1_000)
        #expect(watch.look(sight, now: 999, cpuUsed: Self.noCPU) == (.nothing, 1_000))
        #expect(watch.look(sight, now: 1_000, cpuUsed: { 400 }) == (.nothing, 1_600))
        #expect(watch.look(sight, now: 1_600, cpuUsed: { 1_000 }).action == .cancel(.cpu))
    }

    @Test func endsAStartWithoutGrace() {
        var watch = RunWatch()
        let sight = Self.sight(starts: true, deadline: 500)
        #expect(watch.look(sight, now: 500, cpuUsed: Self.noCPU).action == .end(.start))
    }

    @Test func endsWhatTheHostCancelledAfterTheGrace() {
        var watch = RunWatch()
        let sight = Self.sight(cancelled: true)
        #expect(watch.look(sight, now: 0, cpuUsed: Self.noCPU).action == .cancel(.cancelled))
        #expect(watch.look(sight, now: 100, cpuUsed: Self.noCPU).action == .end(.cancelled))
    }

    @Test func looksEarlierWhereThreadsShareTheLimit() {
        var watch = RunWatch()
        let sight = Self.sight(cpu: 1_000, threads: 4)
        #expect(watch.look(sight, now: 249, cpuUsed: Self.noCPU) == (.nothing, 250))
        #expect(watch.look(sight, now: 250, cpuUsed: { 600 }) == (.nothing, 350))
    }

    @Test func answersInTimeForWhatResists() {
        var watch = RunWatch()
        let sight = Self.sight(active: false, ending: true)
        #expect(watch.look(sight, now: 0, cpuUsed: Self.noCPU).action == .kick)
        let late = RunWatch.courtesy
        #expect(watch.look(sight, now: late - 1, cpuUsed: Self.noCPU).action == .kick)
        #expect(watch.look(sight, now: late, cpuUsed: Self.noCPU).action == .answer)
        #expect(watch.look(sight, now: late + 1, cpuUsed: Self.noCPU).action == .answer)
        let told = Self.sight(active: false, ending: true, answered: true)
        #expect(watch.look(told, now: late + 2, cpuUsed: Self.noCPU).action == .kick)
    }

    @Test func kicksAndThenGivesUpOnce() {
        var watch = RunWatch()
        func sight(_ cpu: Int64) -> RunWatch.Sight {
            Self.sight(active: false, ending: true, ownCPU: 5 + cpu, answered: true)
        }
        #expect(watch.look(sight(0), now: 0, cpuUsed: Self.noCPU).action == .kick)
        let (late, chance) = (RunWatch.patience, RunWatch.chance)
        #expect(watch.look(sight(chance), now: late - 1, cpuUsed: Self.noCPU).action == .kick)
        #expect(watch.look(sight(chance), now: late, cpuUsed: Self.noCPU) == (.abandon, .max))
        #expect(watch.look(sight(chance), now: late + 1, cpuUsed: Self.noCPU) == (.nothing, .max))
    }

    @Test func waitsLongerForWhatHadNoProcessorToEndOn() {
        var watch = RunWatch()
        let sight = Self.sight(active: false, ending: true, ownCPU: 5, answered: true)
        #expect(watch.look(sight, now: 0, cpuUsed: Self.noCPU).action == .kick)
        let late = RunWatch.utmost
        #expect(watch.look(sight, now: late - 1, cpuUsed: Self.noCPU).action == .kick)
        #expect(watch.look(sight, now: late, cpuUsed: Self.noCPU) == (.abandon, .max))
    }

    @Test func theNextRunStartsAfresh() {
        var watch = RunWatch()
        _ = watch.look(Self.sight(deadline: 0), now: 0, cpuUsed: Self.noCPU)
        let next = watch.look(Self.sight(run: 2, deadline: 50), now: 1, cpuUsed: Self.noCPU)
        #expect(next == (.nothing, 50))
    }

    @Test func aRunThatIsOverNeedsNothing() {
        var watch = RunWatch()
        let sight = Self.sight(active: false, deadline: 0)
        #expect(watch.look(sight, now: 9, cpuUsed: Self.noCPU) == (.nothing, .max))
    }
}
