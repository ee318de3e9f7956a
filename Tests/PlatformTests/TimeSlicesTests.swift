internal import Testing

@testable internal import Platform

struct TimeSlicesTests {
    @Test(.enabled(if: TimeSlices.own > 0, "this kernel has no turns of a thread's own"))
    func threadsThatStartLaterTakeShortTurnsToo() async throws {
        TimeSlices.shorten()
        let (slices, found) = AsyncStream.makeStream(of: UInt64.self)

        try ServiceThread.start(named: "slice") { found.yield(TimeSlices.own) }
        let slice = await slices.first { _ in true }

        #expect(slice == TimeSlices.shortest)
    }
}
