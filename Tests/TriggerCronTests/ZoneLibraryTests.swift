import Foundation
import FunctionModel
import Testing

@testable import TriggerCron

/// Zones are read once, and again when the machine has new rules for them.
struct ZoneLibraryTests {
    private struct Directory {
        let path: URL

        init() throws {
            let name = "roost-zones-\(UUID().uuidString)"
            path = FileManager.default.temporaryDirectory.appending(path: name)
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        }

        /// Puts another zone's rules under a name, as an update does.
        func install(_ zone: String, as name: String) throws {
            let rules = try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(zone)"))
            try rules.write(to: path.appending(path: name), options: .atomic)
        }

        func remove() throws { try FileManager.default.removeItem(at: path) }
    }

    @Test func noticesThatAZoneHasNewRules() throws {
        let directory = try Directory()
        try directory.install("Europe/Berlin", as: "Here")
        try directory.install("Asia/Tokyo", as: "There")
        let zones = ZoneLibrary(directories: [directory.path.path])
        let before = try zones.zone(named: "Here")
        _ = try zones.zone(named: "There")
        #expect(zones.renew().isEmpty)
        try directory.install("Asia/Tokyo", as: "There")
        #expect(zones.renew().isEmpty, "another file with the same rules changes nothing")
        let generation = zones.generation
        try directory.install("America/New_York", as: "Here")
        #expect(zones.renew() == ["Here"])
        #expect(zones.generation != generation)
        #expect(try zones.zone(named: "Here") != before)
        try directory.remove()
        #expect(zones.renew().isEmpty, "what has gone stays as it was")
    }

    @Test func keepsTheOldRulesWhereTheNewOnesCantBeRead() throws {
        let directory = try Directory()
        try directory.install("Europe/Berlin", as: "Here")
        let zones = ZoneLibrary(directories: [directory.path.path])
        let before = try zones.zone(named: "Here")
        try Data("nothing".utf8).write(to: directory.path.appending(path: "Here"))
        #expect(zones.renew().isEmpty)
        #expect(try zones.zone(named: "Here") == before)
        try directory.remove()
    }

    @Test func newRulesMoveTheNextTick() throws {
        let directory = try Directory()
        try directory.install("UTC", as: "Here")
        let zones = ZoneLibrary(directories: [directory.path.path])
        var shelf = PlanShelf(zones: zones)
        var definition = FunctionDefinition(
            name: .nightly,
            index: 0,
            manifest: FunctionManifest(name: "nightly"),
            quota: Quota(),
            triggers: [TriggerDeclaration()],
            isolation: .thread,
            onCrash: .backoff,
            configuration: [:]
        )
        definition.triggers[0].cron = CronTriggerDeclaration(expression: "0 6 * * *")
        definition.triggers[0].cron?.timeZone = "Here"
        let start = try #require(UTCInstant.seconds("2026-05-01T00:00:00Z"))
        func next() throws -> Int64? {
            let plan = try #require(shelf.plans(of: [definition]).plans.first)
            return plan.timetable(anchor: WallTime(wholeSeconds: start)).next(after: start)?.seconds
        }
        #expect(try next() == start + 6 * 3_600)
        try directory.install("Asia/Tokyo", as: "Here")
        #expect(zones.renew() == ["Here"])
        #expect(try next() == start + 21 * 3_600)
        try directory.remove()
    }
}
