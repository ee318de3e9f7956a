import Testing

@testable import CellRuntime

@Suite("A worker that wants the processor")
struct DemandWatchTests {
    private static let window = DemandWatch.window

    /// What it is told at the end of each window, by its demand in percent of one processor.
    private func told(_ percents: [Int64]) -> [Bool?] {
        var watch = DemandWatch()
        var demand: Int64 = 7
        var now: Int64 = 1
        _ = watch.look(now: now) { demand }
        return percents.map { percent in
            now += Self.window
            demand += Self.window * percent / 100
            return watch.look(now: now) { demand }
        }
    }

    @Test(
        arguments: [
            ([10, 60, 79], [nil, nil, nil]),
            ([80], [true]),
            ([400], [true]),
            ([100, 100, 60, 49, 60], [true, true, true, false, nil]),
            ([100, 0, 100], [true, false, true]),
        ] as [([Int64], [Bool?])]
    )
    func yieldsWhileItDoesSo(demands: [Int64], says: [Bool?]) {
        #expect(told(demands) == says)
    }

    @Test func isMeasuredOnceAWindow() {
        var watch = DemandWatch()
        var reads = 0
        for look in 0...20 {
            _ = watch.look(now: Int64(look) * Self.window / 10) {
                reads += 1
                return 0
            }
        }
        #expect(reads == 3)
    }

    @Test func isForgivenAtOnceAfterAPause() {
        var watch = DemandWatch()
        _ = watch.look(now: 0) { 0 }
        #expect(watch.look(now: Self.window) { Self.window } == true)
        #expect(watch.look(now: Self.window * 50) { Self.window * 2 } == false)
    }
}
