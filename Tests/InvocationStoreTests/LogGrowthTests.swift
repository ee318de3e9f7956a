import Testing

@testable import InvocationStore

struct LogGrowthTests {
    private var growth = LogGrowth(least: 100, most: 400, pause: 50)

    @Test mutating func isLeftAloneWhileItIsShort() {
        for pages in [1, 50, 99] { #expect(growth.committed(pages: pages) == .none) }
    }

    @Test mutating func isMovedBesideOnceItIsLong() {
        #expect(growth.committed(pages: 100) == .beside)
        // One at a time.
        #expect(growth.committed(pages: 399) == .none)
    }

    @Test mutating func isTriedAgainLaterWhereSomethingWasLeft() {
        #expect(growth.committed(pages: 120) == .beside)
        growth.moved()
        #expect(growth.committed(pages: 130) == .none)
        #expect(growth.committed(pages: 169) == .none)
        #expect(growth.committed(pages: 170) == .beside)
    }

    @Test mutating func theWriterMovesItWhereNothingElseHasKeptItShort() {
        #expect(growth.committed(pages: 100) == .beside)
        // The thread is slow, or can do nothing.
        #expect(growth.committed(pages: 400) == .now)
        // Nor can the writer, as long as somebody reads an old commit: not at each of the next.
        #expect(growth.committed(pages: 410) == .none)
        #expect(growth.committed(pages: 450) == .now)
    }

    @Test mutating func beginsAnewWithTheLog() {
        #expect(growth.committed(pages: 100) == .beside)
        growth.moved()
        #expect(growth.committed(pages: 3) == .none)
        #expect(growth.committed(pages: 100) == .beside)
        growth.moved()
        #expect(growth.committed(pages: 400) == .now)
        #expect(growth.committed(pages: 3) == .none)
        #expect(growth.committed(pages: 400) == .now)
    }
}
