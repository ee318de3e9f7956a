import AdminAPI
import ArgumentParser
import FakeHost
import FunctionModel
import Testing

@testable import RoostCLI

/// How schedules and ticks look on a terminal, and when an expression is due.
struct ScheduleRenderingTests {
    @Test func listsSchedulesWithWhatIsNext() {
        var declared = CronTriggerDeclaration(expression: "0 6 * * *")
        declared.overlap = "forbid"
        declared.catchUp = "last"
        var view = ScheduleView(
            name: "shop.nightly",
            function: Samples.record.function,
            schedule: declared,
            timeZone: "Europe/Berlin",
            enabled: true,
            next: "2030-01-01T05:00:00Z",
            decided: nil,
            missed: 3
        )
        let text = SchedulesCommand.render([view])
        for part in ["shop.nightly", "0 6 * * *", "Europe/Berlin", "2030-01-01T05:00:00Z", "3"] {
            #expect(text.contains(part))
        }
        view.next = nil
        #expect(SchedulesCommand.render([view]).contains("ended"))
        view.schedule.expression = "@reboot"
        #expect(SchedulesCommand.render([view]).contains("at the next start"))
        view.enabled = false
        #expect(SchedulesCommand.render([view]).contains("switched off"))
        #expect(SchedulesCommand.render([ScheduleView]()) == "No schedules.\n")
    }

    @Test func listsTicksWithTheirFates() {
        let instants = WallTime(seconds: 1_800_000_000)...WallTime(seconds: 1_800_000_600)
        let many = TickDecision(instants, count: 11, .downMissed)
        let entry = TickEntry(
            many,
            .downMissed,
            decided: WallTime(nanoseconds: 1_800_001_000_250_000_000)
        )
        let text = SchedulesCommand.render([TickView(entry, of: "shop.nightly")])
        #expect(text.contains("2027-01-15T08:00:00Z … 2027-01-15T08:10:00Z (11)"))
        #expect(text.contains("downMissed"))
        #expect(text.contains("2027-01-15T08:16:40.250Z"))
        #expect(SchedulesCommand.render([TickView]()) == "No ticks yet.\n")
    }

    @Test func marksWhatAnOperatorHasChanged() throws {
        var view = ScheduleView(
            name: "shop.nightly",
            function: Samples.record.function,
            schedule: CronTriggerDeclaration(expression: "0 6 * * *"),
            timeZone: "UTC",
            enabled: true,
            next: nil,
            decided: nil,
            missed: 0
        )
        #expect(!SchedulesCommand.render([view]).contains("edited"))
        var edit = ScheduleEdit()
        try edit.change(["overlap": "queue"])
        view.edited = edit
        #expect(SchedulesCommand.render([view]).contains("0 6 * * * (edited)"))
    }

    @Test func readsWhatIsToHold() throws {
        let words = try SchedulesCommand.Edit.words(["expression=0 7 * * *", "overlap=default"])
        #expect(words == ["expression": "0 7 * * *", "overlap": String?.none])
        let all = try SchedulesCommand.Edit.words([])
        #expect(all.count == ScheduleEdit.Key.allCases.count && all.values.allSatisfy { $0 == nil })
        #expect(throws: (any Error).self) { try SchedulesCommand.Edit.words(["overlap"]) }
    }

    @Test func takesAZoneOnlyWithAnExpression() {
        for option in ["--zone=Asia/Tokyo", "--dst=skip", "--from=2030-01-31T12:00:00Z"] {
            #expect(throws: (any Error).self) {
                try SchedulesCommand.Next.parse(["nightly", option])
            }
        }
    }

    @Test(arguments: [
        ("@reboot", "at each start of a host"), ("at(2020-01-31T12:00:00)", "never due again"),
        ("0 0 30 2 *", "wrong at character 5, '30'"),
    ])
    func saysWhyNothingIsDue(text: String, why: String) {
        let words = SchedulesCommand.Next.never(text)
        #expect(words.contains(why) && !words.contains("\n"), "\(words)")
    }

    @Test func saysWhenAnExpressionIsDue() throws {
        let next = try SchedulesCommand.Next.next(
            "*/20 * * * *",
            "UTC",
            nil,
            "2030-01-01T00:10:00+01:00",
            2
        )
        #expect(next == ["2029-12-31T23:20:00Z", "2029-12-31T23:40:00Z"])
    }

    @Test(
        arguments: [
            ("* * * *", "UTC", nil, nil, "five fields"),
            ("@daily", "../etc", nil, nil, "no time zone"),
            ("@daily", "UTC", "maybe", nil, "--dst"), ("@daily", "UTC", nil, "soon", "--from"),
        ] as [(String, String, String?, String?, String)]
    )
    func refusesWithAReason(
        text: String,
        zone: String,
        dst: String?,
        from: String?,
        reason: String
    ) {
        let failure = #expect(throws: CommandFailure.self) {
            try SchedulesCommand.Next.next(text, zone, dst, from, 1)
        }
        #expect(failure?.code == .usage && failure?.description.contains(reason) == true)
    }
}
