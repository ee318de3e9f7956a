import FunctionModel
import SeededRandom
import Testing

@testable import TriggerCron

/// Ten years of schedules on a host that is stopped, whose clock is set, and whose operator switches
/// schedules: every instant has one fate, in order.
struct DecadeTests {
    struct Row: CustomTestStringConvertible {
        var expression: String
        var zone: String
        var dst: ClockChangePolicy
        var overlap: OverlapPolicy
        var catchUp: String
        var testDescription: String { "\(expression) in \(zone)" }
    }

    @Test(arguments: [
        Row(
            expression: "30 * * * *",
            zone: "Europe/Berlin",
            dst: .vixie,
            overlap: .queue,
            catchUp: "all(20)"
        ),
        Row(
            expression: "30 2 * * *",
            zone: "Europe/Berlin",
            dst: .skip,
            overlap: .forbid,
            catchUp: "last"
        ),
        Row(
            expression: "15,45 0-3 * * sun",
            zone: "America/New_York",
            dst: .vixie,
            overlap: .allow,
            catchUp: "none"
        ),
        Row(
            expression: "45 1 L * *",
            zone: "Australia/Lord_Howe",
            dst: .skip,
            overlap: .replace,
            catchUp: "all(3)"
        ),
        Row(expression: "@every 97m", zone: "UTC", dst: .vixie, overlap: .forbid, catchUp: "last"),
    ])
    func everyInstantHasOneFate(_ row: Row) async throws {
        var random = SeededGenerator(seed: 10)
        let test = try Simulation(at: "2026-01-01T00:00:00Z")
        let end = try #require(UTCInstant.seconds("2036-01-01T00:00:00Z"))
        try await test.declare(row.expression) {
            $0.timeZone = row.zone
            $0.dst = row.dst.rawValue
            $0.overlap = row.overlap.rawValue
            $0.catchUp = row.catchUp
            $0.startingDeadline = "12h"
        }
        let start = test.clock.now.wholeSeconds
        let plan = try #require(test.plans.first)
        var expected = Expected(plan.timetable(anchor: test.clock.now), after: start)
        while test.clock.now.wholeSeconds < end {
            try await live(test, &random)
            for tick in test.ticks { expected.account(for: tick) }
            test.ticks = []
            _ = try await test.runAll()
            _ = try await test.store.sweep(RetentionPolicy())
        }
        #expect(expected.problems == [])
        #expect(expected.count > 100)
        let cursor = try #require(try await test.store.schedules().first?.cursor)
        let next = try #require(expected.timetable.next(after: expected.last))
        #expect(next.seconds > cursor.wholeSeconds, "an instant before the cursor has no fate")
        #expect(cursor + .seconds(40 * 86_400) > test.clock.now)
    }

    /// Some weeks, and what happens at their end.
    private func live(_ test: Simulation, _ random: inout SeededGenerator) async throws {
        let pause = Duration.seconds(Int.random(in: 60...40 * 86_400, using: &random))
        try await test.pass(pause)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: try await test.restart(after: .seconds(Int.random(in: 0...7_200, using: &random)))
        case 1:
            try await test.restart(after: .seconds(Int.random(in: 0...2_592_000, using: &random)))
        case 2: try await test.set(by: .seconds(Int.random(in: -10_800...86_400, using: &random)))
        case 3:
            try test.ask(.disable)
            try await test.decide()
        default:
            try test.ask(.enable)
            try await test.decide()
        }
    }
}

/// The instants that are still to have a fate, in order.
private struct Expected {
    let timetable: Timetable
    private(set) var last: Int64
    private(set) var count = 0
    private(set) var problems: [String] = []

    init(_ timetable: Timetable, after start: Int64) {
        self.timetable = timetable
        last = start
    }

    mutating func account(for tick: TickDecision) {
        for index in 0..<tick.count {
            guard let next = timetable.next(after: last) else {
                problems.append("nothing is due after \(UTCInstant.text(seconds: last))")
                return
            }
            last = next.seconds
            count += 1
            if index == 0, next.seconds != tick.since.wholeSeconds {
                problems.append("\(UTCInstant.text(tick.since)) came instead of \(next)")
            }
            let isAlone = tick.count == 1 && tick.fate != .disabled
            if isAlone, next.isSkipped != (tick.fate == .dstSkipped), tick.fate != .downMissed {
                problems.append("\(UTCInstant.text(tick.instant)) is \(tick.fate)")
            }
        }
        if last != tick.instant.wholeSeconds {
            problems.append("\(UTCInstant.text(tick.instant)) isn't the last of \(tick.count)")
        }
    }
}
