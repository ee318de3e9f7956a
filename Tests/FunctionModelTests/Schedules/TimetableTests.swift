import Testing

@testable import FunctionModel

/// When schedules are due, above all when clocks change.
struct TimetableTests {
    /// As Berlin's clocks go, with no file.
    static let berlin = ZoneRules(
        name: "Europe/Berlin",
        earliest: 3_600,
        changes: [],
        rule: ZoneFooter("CET-1CEST,M3.5.0,M10.5.0/3")
    )
    /// Half an hour, in the other half of the world.
    static let lordHowe = ZoneRules(
        name: "Australia/Lord_Howe",
        earliest: 37_800,
        changes: [],
        rule: ZoneFooter("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")
    )
    /// A day that never was: clocks went from -10 to +14 at midnight.
    static let samoa = ZoneRules(
        name: "Pacific/Apia",
        earliest: -36_000,
        changes: [(1_325_239_200, 50_400)],
        rule: nil
    )

    struct Row: CustomTestStringConvertible {
        var text: String
        var zone: ZoneRules
        var policy: ClockChangePolicy
        var from: String
        var next: [String]

        init(
            _ text: String,
            _ zone: ZoneRules = .utc,
            _ policy: ClockChangePolicy = .vixie,
            from: String,
            _ next: String...
        ) {
            (self.text, self.zone, self.policy) = (text, zone, policy)
            (self.from, self.next) = (from, next)
        }

        var testDescription: String { "\(text) in \(zone.name), \(policy), from \(from)" }
    }

    @Test(arguments: [
        // Forward: 2:30 isn't shown on 29 March 2026.
        Row(
            "30 2 * * *",
            berlin,
            from: "2026-03-28T12:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:30:00Z"
        ),
        Row(
            "30 2 * * *",
            berlin,
            .skip,
            from: "2026-03-28T12:00:00Z",
            "2026-03-29T01:00:00Z skip",
            "2026-03-30T00:30:00Z"
        ),
        Row(
            "0,30 2 * * *",
            berlin,
            from: "2026-03-28T12:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:00:00Z"
        ),
        Row(
            "0 2,3 * * *",
            berlin,
            .skip,
            from: "2026-03-28T12:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:00:00Z"
        ),
        Row(
            "*/30 * * * *",
            berlin,
            from: "2026-03-29T00:20:00Z",
            "2026-03-29T00:30:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T01:30:00Z"
        ),
        Row(
            "30 * * * *",
            berlin,
            from: "2026-03-29T00:20:00Z",
            "2026-03-29T00:30:00Z",
            "2026-03-29T01:30:00Z"
        ),
        // Back: 2:30 is shown twice on 25 October 2026.
        Row(
            "30 2 * * *",
            berlin,
            from: "2026-10-24T12:00:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-26T01:30:00Z"
        ),
        Row("30 2 * * *", berlin, from: "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        Row(
            "30 * * * *",
            berlin,
            from: "2026-10-25T00:20:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-25T01:30:00Z",
            "2026-10-25T02:30:00Z"
        ),
        Row("0 3 * * *", berlin, from: "2026-10-24T12:00:00Z", "2026-10-25T02:00:00Z"),
        Row(
            "15 2 * * *",
            lordHowe,
            from: "2026-10-03T12:00:00Z",
            "2026-10-03T15:30:00Z",
            "2026-10-04T15:15:00Z"
        ),
        Row(
            "45 1 * * *",
            lordHowe,
            from: "2026-04-04T12:00:00Z",
            "2026-04-04T14:45:00Z",
            "2026-04-05T15:15:00Z"
        ),
        // A day is a correction, not a change of daylight saving.
        Row(
            "0 12 * * *",
            samoa,
            from: "2011-12-29T12:00:00Z",
            "2011-12-29T22:00:00Z",
            "2011-12-30T22:00:00Z"
        ),
        Row(
            "0 12 * * *",
            samoa,
            .skip,
            from: "2011-12-29T23:00:00Z",
            "2011-12-30T10:00:00Z skip",
            "2011-12-30T22:00:00Z"
        ),
        Row(
            "at(2026-03-29T02:30:00)",
            berlin,
            from: "2026-01-01T00:00:00Z",
            "2026-03-29T01:00:00Z"
        ),
        Row(
            "at(2026-10-25T02:30:00)",
            berlin,
            from: "2026-01-01T00:00:00Z",
            "2026-10-25T00:30:00Z"
        ),
        // Days.
        Row(
            "0 0 29 2 *",
            from: "2026-01-01T00:00:00Z",
            "2028-02-29T00:00:00Z",
            "2032-02-29T00:00:00Z"
        ),
        Row("0 0 29 2 *", from: "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
        Row("0 0 L * *", from: "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"),
        Row("0 0 L-30 * *", from: "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        Row("0 0 1W * *", from: "2026-07-31T00:00:00Z", "2026-08-03T00:00:00Z"),
        Row("0 0 LW * *", from: "2026-01-31T00:00:00Z", "2026-02-27T00:00:00Z"),
        Row("0 0 * * 5#5", from: "2026-01-31T00:00:00Z", "2026-05-29T00:00:00Z"),
        Row("0 0 * * 1L", from: "2026-01-31T00:00:00Z", "2026-02-23T00:00:00Z"),
        Row(
            "0 0 13 * 5",
            from: "2026-02-01T00:00:00Z",
            "2026-02-06T00:00:00Z",
            "2026-02-13T00:00:00Z",
            "2026-02-20T00:00:00Z"
        ),
        Row("cron(0 0 1 1 ? 2026-2027)", from: "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        Row("59 59 23 31 12 *", from: "2025-12-31T23:59:59Z", "2026-12-31T23:59:59Z"),
    ])
    func isDue(_ row: Row) throws {
        let timetable = Timetable(
            try CronExpression(row.text),
            zone: row.zone,
            changes: row.policy
        )
        var last = try #require(UTCInstant.seconds(row.from))
        for expected in row.next {
            let next = try #require(timetable.next(after: last))
            let text = UTCInstant.text(seconds: next.seconds) + (next.isSkipped ? " skip" : "")
            #expect(text == expected)
            last = next.seconds
        }
    }

    @Test(arguments: ["0 0 30 2 *", "at(1999-01-01T00:00:00)", "cron(0 0 1 1 ? 2020)", "@reboot"])
    func isNeverDue(_ text: String) throws {
        let timetable = Timetable(try CronExpression(text), zone: Self.berlin)
        #expect(timetable.next(after: 1_800_000_000) == nil)
        #expect(timetable.count(after: 1_800_000_000, through: 2_000_000_000) == 0)
    }

    @Test func intervalsAreCountedFromTheAnchor() throws {
        let every = try CronExpression("@every 90s")
        let timetable = Timetable(every, anchor: 1_000)
        #expect(timetable.next(after: 1_000)?.seconds == 1_090)
        #expect(timetable.next(after: 1_089)?.seconds == 1_090)
        #expect(timetable.next(after: 1_090)?.seconds == 1_180)
        #expect(timetable.next(after: 10)?.seconds == 1_090)
        #expect(timetable.count(after: 1_000, through: 1_900) == 10)
    }

    @Test func whatComesOnceIsDueHoweverFarAway() throws {
        let timetable = Timetable(try CronExpression("at(2261-12-31T23:59:59)"), zone: Self.berlin)
        for start in ["1000-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2261-12-31T22:59:58Z"] {
            let next = try timetable.next(after: #require(UTCInstant.seconds(start)))
            #expect(next.map { UTCInstant.text(seconds: $0.seconds) } == "2261-12-31T22:59:59Z")
        }
    }

    @Test func keepsWithinItsDates() throws {
        let timetable = Timetable(
            try CronExpression("0 * * * *"),
            bounds: 1_800_000_000...1_800_010_000
        )
        #expect(timetable.next(after: 0)?.seconds == 1_800_000_000)
        #expect(timetable.next(after: 1_800_007_200) == nil)
        #expect(timetable.count(after: 0, through: Timetable.end) == 3)
    }

    @Test(
        arguments: [
            "*/15 * * * *", "30 2 * * *", "0 2,3 * * 0", "15 */2 L * *", "*/20 30 1-3 * * sun",
            "@every 97m",
        ],
        ClockChangePolicy.allCases
    )
    func countsAsItEnumerates(text: String, policy: ClockChangePolicy) throws {
        let timetable = Timetable(
            try CronExpression(text),
            zone: Self.berlin,
            changes: policy,
            anchor: 1_700_000_000
        )
        // From before one change of the clocks to after the next.
        for (start, end) in [(1_772_000_123, 1_776_000_000), (1_791_000_000, 1_793_999_999)] {
            let (start, end) = (Int64(start), Int64(end))
            var all: [Timetable.Instant] = []
            while let next = timetable.next(after: all.last?.seconds ?? start), next.seconds <= end
            {
                all.append(next)
            }
            #expect(timetable.count(after: start, through: end) == all.count)
            for count in [0, 1, 7] {
                #expect(timetable.latest(count, after: start, through: end) == all.suffix(count))
            }
        }
    }
}
