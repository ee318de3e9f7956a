// A function that runs on a schedule.
extension Scaffold {
    var cronFiles: [ScaffoldFile] {
        [
            packageFile(linking: "FunctionSDK"),
            readmeFile(
                "Runs every morning at six, Berlin time.",
                trying: """
                    It can be run by hand at any time; the tick is the payload:

                    ```console
                    $ roost invoke \(name) -d '{"id":"by-hand","schedule":"\(name)","due":"2026-01-01T06:00:00Z"}'
                    {"days":20454,"schedule":"\(name)"}
                    ```
                    """
            ),
            sourceFile(
                """
                import FunctionSDK

                #if canImport(FoundationEssentials)
                import FoundationEssentials
                #else
                import Foundation
                #endif

                struct Report: Codable {
                    var schedule: String
                    var days: Int
                }

                let plugin = Plugin("\(name)", summary: "Runs every morning.") {
                    Function(
                        "\(name)",
                        .cron("0 6 * * *", timeZone: "Europe/Berlin", catchUp: .last, overlap: .forbid),
                        limits: .init(timeout: .seconds(60))
                    ) { (tick: Tick, context) async throws -> Report in
                        // A tick that was missed comes late: work with the instant it stands for.
                        let days = Int(tick.due.timeIntervalSince1970 / 86_400)
                        context.logger.info("tick \\(tick.id)", metadata: ["days": "\\(days)"])
                        return Report(schedule: tick.schedule, days: days)
                    }
                }

                \(export)

                """
            ),
            testFile(
                """
                import Foundation
                import FunctionSDK
                import FunctionTesting
                import Testing

                @testable import \(module)

                @Test func countsTheDays() async throws {
                    let host = try TestHost(plugin)
                    let tick = Tick(
                        id: "\(name)@2026-01-01T06:00:00Z",
                        schedule: "\(name)",
                        due: Date(timeIntervalSince1970: 1_767_247_200)
                    )
                    let report: Report = try await host.call("\(name)", tick)
                    #expect(report.days == 20_454)
                }

                @Test func declaresItsSchedule() throws {
                    #expect(try TestHost(plugin).manifest.contains("0 6 * * *"))
                }

                """
            ),
        ]
    }
}
