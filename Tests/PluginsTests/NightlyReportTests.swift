import Foundation
import FunctionSDK
import FunctionTesting
import NightlyReport
import Testing

@Suite struct NightlyReportTests {
    private struct Report: Decodable, Equatable {
        var from: String?
        var until: String?
        var installed: Int
        var upgraded: Int
        var removed: Int
        var packages: [String]
    }

    private static let log = """
        2026-01-30 06:25:01 startup archives unpack
        2026-01-30 06:25:01 install curl:amd64 <none> 8.14
        2026-01-30 06:25:02 status installed curl:amd64 8.14
        2026-01-31 06:25:01 upgrade tzdata:all 2026a 2026b
        2026-01-31 06:26:01 remove nano:amd64 7.2 <none>
        2026-02-01 05:00:00 install zip:amd64 <none> 3.0

        """

    private func tick(_ day: String) throws -> TestEvent {
        let due = try Date("\(day)T05:00:00Z", strategy: .iso8601)
        return try .tick(
            Tick(id: "report.nightly@\(day)T05:00:00Z", schedule: "report.nightly", due: due)
        )
    }

    @Test func reportsEachDayOnce() async throws {
        let log = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Self.log.write(to: log, atomically: true, encoding: .utf8)
        defer { unlink(log.path) }
        let host = try TestHost(
            entry: NightlyReport.entry,
            world: TestWorld(configuration: ["log": log.path])
        )
        let first = try await host.invoke("nightly", tick("2026-01-31")).decode(Report.self)
        #expect(first.installed == 1 && first.upgraded == 0 && first.until == "2026-01-30")
        // The tick of 1 February was missed: the next one tells of both days.
        let second = try await host.invoke("nightly", tick("2026-02-02")).decode(Report.self)
        let expected = Report(
            from: "2026-01-31",
            until: "2026-02-01",
            installed: 1,
            upgraded: 1,
            removed: 1,
            packages: ["nano:amd64", "tzdata:all", "zip:amd64"]
        )
        #expect(second == expected)
        let third = try await host.invoke("nightly", tick("2026-02-03")).decode(Report.self)
        #expect(third.from == nil && third.packages.isEmpty)
    }

    @Test func saysWhichLogIsMissing() async throws {
        let world = TestWorld(configuration: ["log": "/nowhere/at/all"])
        let host = try TestHost(entry: NightlyReport.entry, world: world)
        let reply = try await host.invoke("nightly", tick("2026-01-31"))
        #expect(reply.errorMessage.contains("/nowhere/at/all"))
    }
}
