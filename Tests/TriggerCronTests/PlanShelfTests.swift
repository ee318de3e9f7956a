import FunctionModel
import Testing

@testable import TriggerCron

/// Schedules are worked out once for each declaration, and what can't be is named.
struct PlanShelfTests {
    private func definition(_ expressions: String...) -> FunctionDefinition {
        var definition = FunctionDefinition(
            name: .nightly,
            index: 0,
            manifest: FunctionManifest(name: "nightly"),
            quota: Quota(),
            triggers: [],
            isolation: .thread,
            onCrash: .backoff,
            configuration: [:]
        )
        for expression in expressions {
            var trigger = TriggerDeclaration()
            trigger.cron = CronTriggerDeclaration(expression: expression)
            definition.triggers.append(trigger)
        }
        return definition
    }

    @Test func numbersTheSchedulesOfAFunction() {
        var shelf = PlanShelf(zones: ZoneLibrary())
        let found = shelf.plans(of: [definition("@daily", "@hourly", "@every 5m")])
        #expect(found.problems.isEmpty)
        #expect(found.plans.map(\.name) == ["shop.nightly", "shop.nightly.2", "shop.nightly.3"])
    }

    @Test func followsWhatIsDeclared() {
        var shelf = PlanShelf(zones: ZoneLibrary())
        #expect(
            shelf.plans(of: [definition("@daily")]).plans.first?.declared.expression == "@daily"
        )
        var slower = definition("@hourly")
        slower.delivery.maximumAttempts = 9
        let plan = shelf.plans(of: [slower]).plans.first
        #expect(plan?.declared.expression == "@hourly" && plan?.delivery.maximumAttempts == 9)
        #expect(shelf.plans(of: []).plans.isEmpty)
    }

    @Test func anEditHoldsAboveWhatIsDeclared() throws {
        var shelf = PlanShelf(zones: ZoneLibrary())
        var edit = ScheduleEdit()
        try edit.change(["timeZone": "Asia/Tokyo", "overlap": "queue"])
        let definition = definition("@daily", "@hourly")
        let edits = ["shop.nightly.2": edit]
        let plans = shelf.plans(of: [definition], edits: edits).plans
        #expect(plans.map(\.rules.zone) == ["UTC", "Asia/Tokyo"])
        #expect(plans.map(\.rules.overlap) == [.forbid, .queue])
        #expect(plans.last?.declared.expression == "@hourly")
        try edit.change(["timeZone": nil, "overlap": nil])
        #expect(edit.isEmpty)
        #expect(shelf.plans(of: [definition]).plans.map(\.rules.zone) == ["UTC", "UTC"])
    }

    @Test func anEditThatCantBeAnyMoreIsToldAndTheDeclarationHolds() throws {
        var shelf = PlanShelf(zones: ZoneLibrary())
        var edit = ScheduleEdit()
        try edit.change(["starts": "2030-01-01T00:00:00Z"])
        var definition = definition("@daily")
        definition.triggers[0].cron?.ends = "2029-01-01T00:00:00Z"
        let found = shelf.plans(of: [definition], edits: ["shop.nightly": edit])
        #expect(found.plans.map(\.declared.starts) == [nil])
        #expect(found.problems[.nightly]?.description.contains("holds no more") == true)
    }

    @Test func anEditOfWhatAScheduleHasNotIsRefused() {
        var edit = ScheduleEdit()
        let error = #expect(throws: HostOperationError.self) {
            try edit.change(["zone": "Asia/Tokyo"])
        }
        #expect(error?.message.contains("timeZone") == true)
    }

    @Test func namesWhatCantBe() {
        var shelf = PlanShelf(zones: ZoneLibrary())
        var broken = definition("@daily")
        broken.triggers[0].cron?.timeZone = "Mars/Olympus"
        let found = shelf.plans(of: [broken])
        #expect(found.plans.isEmpty)
        #expect(found.problems[.nightly]?.description.contains("Mars/Olympus") == true)
    }

    @Test(
        arguments: [
            ("0 0 30 2 *", nil, nil, "'30'"),
            (
                "0 0 1 1 *", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z",
                "never due from 2026-02-01"
            ),
            ("@every 2d", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", "change starts or ends"),
            ("@hourly", "2263-01-01T00:00:00Z", nil, "change starts or ends"),
            ("at(2030-01-01T00:00:00)", nil, "2029-01-01T00:00:00Z", "from the beginning to 2029"),
        ] as [(String, String?, String?, String)]
    )
    func refusesWhatIsNeverDue(
        text: String,
        starts: String?,
        ends: String?,
        says: String
    ) {
        var shelf = PlanShelf(zones: ZoneLibrary())
        var definition = definition(text)
        definition.triggers[0].cron?.starts = starts
        definition.triggers[0].cron?.ends = ends
        let found = shelf.plans(of: [definition])
        #expect(found.plans.isEmpty)
        let problem = found.problems[.nightly]?.description ?? ""
        #expect(problem.contains(says), "\(problem)")
    }

    /// A host that is started again after them has to go on.
    @Test(
        arguments: [
            ("at(1999-01-01T00:00:00)", nil), ("cron(0 0 1 1 ? 2020)", nil),
            ("@hourly", "2020-01-01T00:00:00Z"), ("@reboot", "2020-01-01T00:00:00Z"),
        ] as [(String, String?)]
    )
    func takesWhatHasEnded(text: String, ends: String?) {
        var shelf = PlanShelf(zones: ZoneLibrary())
        var definition = definition(text)
        definition.triggers[0].cron?.ends = ends
        let found = shelf.plans(of: [definition])
        #expect(found.plans.count == 1 && found.problems.isEmpty)
    }
}
