internal import Testing

@testable internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

struct TimeSlicesTests {
    /// What the kernel adds to a policy that isn't handed on.
    private static let resetOnFork: Int32 = 0x4000_0000

    @Test(.enabled(if: TimeSlices.own > 0, "this kernel has no turns of a thread's own"))
    func threadsThatStartLaterTakeShortTurnsToo() async throws {
        TimeSlices.shorten()
        let (slices, found) = AsyncStream.makeStream(of: UInt64.self)

        try ServiceThread.start(named: "slice") { found.yield(TimeSlices.own) }
        let slice = await slices.first { _ in true }

        #expect(slice == TimeSlices.shortest)
    }

    /// Real-time where this process may have that, else short turns; what it starts is ordinary.
    @Test func anUrgentThreadGoesFirstAndWhatItStartsDoesNot() async throws {
        struct Found: Sendable { var policies: [Int32], mayGoFirst: Bool, slice: UInt64 }
        let (stream, found) = AsyncStream.makeStream(of: Found.self)

        try ServiceThread.start(named: "urgent", isUrgent: true) {
            var parameters = sched_param(sched_priority: 1)
            let kind = SCHED_FIFO | Self.resetOnFork
            let own = sched_getscheduler(0)
            let mayGoFirst = sched_setscheduler(0, kind, &parameters) == 0
            let slice = TimeSlices.own
            do {
                try ServiceThread.start(named: "later") {
                    let policies = [own, sched_getscheduler(0)]
                    let all = Found(policies: policies, mayGoFirst: mayGoFirst, slice: slice)
                    found.yield(all)
                }
            } catch { found.finish() }
        }
        let all = try #require(await stream.first { _ in true })

        let first = all.mayGoFirst ? SCHED_FIFO | Self.resetOnFork : SCHED_OTHER
        #expect(all.policies == [first, SCHED_OTHER])
        if !all.mayGoFirst, all.slice > 0 { #expect(all.slice == TimeSlices.shortest) }
    }
}
