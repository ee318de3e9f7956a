import Testing

@testable import CellRuntime

struct MemoryTrendTests {
    private let limit: UInt64 = 1_000

    private func sight(_ before: UInt64, _ after: UInt64, peak: UInt64? = nil) -> MemoryTrend.Sight
    {
        MemoryTrend.Sight(
            before: before,
            peak: peak ?? after,
            after: after,
            pages: 0,
            limit: limit
        )
    }

    @Test func whatGrowsIsSpentBeforeTheLimit() {
        var trend = MemoryTrend()
        var held: UInt64 = 0
        while !trend.isSpent(after: sight(held, held + 10)) { held += 10 }
        #expect((700...900).contains(held))
    }

    @Test func whatNeedsMuchForACallIsSpentEarlier() {
        var trend = MemoryTrend()
        var held: UInt64 = 0
        while !trend.isSpent(after: sight(held, held + 10, peak: held + 400)) { held += 10 }
        #expect(held + 400 < 1_000 && held > 300)
    }

    @Test func cachesOfTheFirstRunsAreNoLeak() {
        var trend = MemoryTrend()
        for after in [200, 500, 800, 850] as [UInt64] {
            let isSpent = trend.isSpent(after: sight(after - 100, after))
            #expect(!isSpent)
        }
        for _ in 0..<100 {
            let isSpent = trend.isSpent(after: sight(850, 850, peak: 950))
            #expect(!isSpent)
        }
    }

    @Test func withoutALimitNothingIsSpent() {
        var trend = MemoryTrend()
        for run in 0..<100 as Range<UInt64> {
            let sight = MemoryTrend.Sight(
                before: run << 30,
                peak: (run + 1) << 30,
                after: (run + 1) << 30,
                pages: 0,
                limit: 0
            )
            let isSpent = trend.isSpent(after: sight)
            #expect(!isSpent)
        }
    }

    @Test func amountsReadWell() {
        let words = [0, 1_023, 1_024, 1_536, 32 << 20, 33_030_144, 5 << 40].map {
            ByteAmount($0).description
        }
        #expect(
            words == [
                "0 bytes", "1023 bytes", "1 KiB", "1.5 KiB", "32 MiB", "31.5 MiB", "5120 GiB",
            ]
        )
    }
}
