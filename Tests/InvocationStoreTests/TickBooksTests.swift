import FunctionModel
import NIOCore
import Testing

@testable import InvocationStore

/// What the writer knows of ticks that have begun, also after commits that failed.
struct TickBooksTests {
    private func tick(_ number: Int64, of schedule: String = "shop.mail") throws -> BegunTick {
        var entry = ScheduleEntry(
            name: schedule,
            function: .mail,
            declaration: "{}",
            at: WallTime(seconds: 0)
        )
        entry.cursor = WallTime(nanoseconds: number)
        var run = QueuedInvocation(function: .mail, trigger: .cron, body: ByteBuffer())
        run.delivery.orderingKey = "key \(number)"
        let decision = TickDecision(entry.cursor, .fired, run: run)
        let change = ScheduleChange(entry, expected: nil, ticks: [decision])
        let now = WallTime(seconds: 1)
        return BegunTick(
            try TickDraft(change),
            decided: now,
            delivery: Delivery(run.delivery, now: now, isBlocked: false),
            sequence: number
        )
    }

    private func books(_ ticks: [BegunTick]) -> TickBooks {
        var books = TickBooks()
        for tick in ticks { books.begin(tick) }
        books.confirm()
        return books
    }

    @Test func givesThemInTheOrderInWhichTheyBeganWhicheverHaveGone() throws {
        let ticks = try (1...6).map { try tick(Int64($0)) }
        var books = books(ticks)
        books.placed(ticks[0])
        books.placed(ticks[3])
        #expect(books.first(3).map(\.sequence) == [2, 3, 5])
        #expect(books.first(9).map(\.sequence) == [2, 3, 5, 6])
        #expect(books.count == 4 && books.count(of: "shop.mail") == 4)
        #expect(books[ticks[3].draft.run.id] == nil)
        #expect(!books.contains(nil, "shop.mail", "key 4"))
        #expect(books.contains(nil, "shop.mail", "key 5"))
    }

    @Test func aCommitThatFailsLeavesThemAsTheyWere() throws {
        let ticks = try (4...6).map { try tick(Int64($0)) }
        var books = books(ticks)
        for tick in ticks { books.placed(tick) }
        // Its row takes a place that has become free.
        books.begin(try tick(1))
        #expect(books.first(9).map(\.sequence) == [1])
        books.undo()
        #expect(books.first(9).map(\.sequence) == [4, 5, 6])
        #expect(books["shop.mail"]?.entry.cursor == WallTime(nanoseconds: 6))
        books.placed(ticks[0])
        books.confirm()
        books.undo()
        #expect(books.first(9).map(\.sequence) == [5, 6])
    }

    @Test func isEmptyOnceAllAreInTheirPlaces() throws {
        let ticks = try (1...3).map { try tick(Int64($0)) }
        var books = books(ticks)
        for tick in ticks.reversed() { books.placed(tick) }
        books.confirm()
        #expect(books.isEmpty && books.first(1).isEmpty && books.count(of: "shop.mail") == 0)
        books.begin(try tick(1))
        #expect(books.first(9).map(\.sequence) == [1])
    }
}
