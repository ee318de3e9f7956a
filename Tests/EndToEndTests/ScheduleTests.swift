import Foundation
import Testing

/// A tick as the admin API shows it.
struct TickState: Decodable {
    var id: String
    var instant: String
    var count: Int
    var fate: String
    var invocation: String?
    var state: String?
    var manual: Bool
}

/// Schedules on a real host: they fire, survive a kill, and do what operators say.
@Suite("A schedule", .serialized)
struct ScheduleTests {
    private static func settings(_ schedule: String) -> String {
        """
        functions:
          hello.hello:
            triggers:
              - http: POST /hello
              - cron: \(schedule)
        """
    }

    private func ticks(_ host: RoostProcess) async throws -> [TickState] {
        let result = try await host.command(
            "schedules",
            "ticks",
            "hello",
            "--limit",
            "1000",
            "--json"
        )
        guard result.status == 0 else { return [] }
        return try JSONDecoder().decode([TickState].self, from: Data(result.output.utf8))
    }

    @Test func firesAndMakesUpForWhatAKillCost() async throws {
        let settings = Self.settings(#"{ expression: "* * * * * *", catchUp: all(100) }"#)
        let first = try await RoostProcess.start(plugins: ["Hello"], settings: settings)
        _ = try await eventually("two ticks have run") {
            try await ticks(first).filter { $0.state == "dead" }.count > 1 ? true : nil
        }
        kill(first.processIdentifier, SIGKILL)
        _ = await first.exitStatus()
        let second = try await RoostProcess.start(home: first.home)
        let before = try await ticks(first).count
        let all = try await eventually("ticks go on after the restart") {
            let all = try await ticks(second)
            return all.count > before + 2 ? all : nil
        }
        // Every second from the first to the last has a tick, and each tick an invocation.
        let seconds = try all.map { try Date($0.instant, strategy: .iso8601).timeIntervalSince1970 }
        #expect(zip(seconds, seconds.dropFirst()).allSatisfy { $0 - $1 == 1 })
        let runs = all.filter { $0.fate == "fired" }.compactMap(\.invocation)
        #expect(Set(runs).count == runs.count)
        #expect(all.allSatisfy { ["fired", "overlapSkipped"].contains($0.fate) })
        let metrics = try await curl("\(second.admin)/metrics").body
        #expect(
            metrics.contains(#"roost_schedule_ticks_total{schedule="hello.hello",fate="fired"}"#)
                || metrics.contains(
                    #"roost_schedule_ticks_total{fate="fired",schedule="hello.hello"}"#
                )
        )
        #expect(await second.stop() == 0)
    }

    @Test func doesWhatOperatorsSayAndFiresNoEdit() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            settings: Self.settings("0 0 1 1 *")
        )
        _ = try await eventually("the schedule is in force") {
            try await host.command("schedules").output.contains("0 0 1 1 *") ? true : nil
        }
        let run = try await host.command("schedules", "run", "hello.hello")
        #expect(run.status == 0 && run.output.count == 33)
        let off = try await host.command("schedules", "disable", "hello")
        #expect(off.output.contains("switched off"))
        #expect(try await host.command("schedules", "enable", "hello").output.contains("0 0 1 1 *"))
        let next = try await host.command("schedules", "next", "hello", "-n", "1", "--json")
        #expect(next.output.contains("-01-01T00:00:00Z"))
        #expect(try await host.command("schedules", "run", "daily").status == 4)
        try Self.settings(#"{ expression: "30 2 * * *", timeZone: Asia/Tokyo }"#).write(
            to: host.home.appending(path: "roost.yaml"),
            atomically: true,
            encoding: .utf8
        )
        _ = try await eventually("the edit is in force") {
            try await host.command("schedules").output.contains("Asia/Tokyo") ? true : nil
        }
        #expect(try await ticks(host).filter { !$0.manual }.isEmpty)
        #expect(await host.stop() == 0)
    }

    @Test(arguments: [
        (#"{ expression: "0 25 * * *" }"#, "at character 3, '25'"),
        (#"{ expression: "0 0 30 2 *" }"#, "at character 5, '30'"),
        (#"{ expression: "0 6 * * *", overlap: never }"#, "doesn't do for overlap"),
        (#"{ expression: "0 6 * * *", timeZone: Mars/Olympus }"#, "no time zone 'Mars/Olympus'"),
    ])
    func refusesWhatCantBe(schedule: String, reason: String) async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"], settings: "")
        try Self.settings(schedule).write(
            to: host.home.appending(path: "roost.yaml"),
            atomically: true,
            encoding: .utf8
        )
        _ = try await eventually("the log says where, and why") {
            host.output.split(separator: "\n").contains { line in
                line.contains("roost.yaml:5:") && line.contains(reason)
            } ? true : nil
        }
        #expect(await host.stop() == 0)
    }

    @Test func listsWhatHasEnded() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            settings: Self.settings("at(2020-01-31T12:00:00)")
        )
        _ = try await eventually("the schedule is in force") {
            try await host.command("schedules").output.contains("ended") ? true : nil
        }
        let next = try await host.command("schedules", "next", "hello", "--json")
        #expect(next.status == 0 && next.errors.contains("is never due again"))
        #expect(await host.stop() == 0)
    }

    /// A slice of what `make oracle` does.
    @Test func agreesWithAPlainEnumeration() async throws {
        let oracle = ReadmeTests.root.appending(path: "Tests/Oracles/cron.py").path
        let result = try await EndToEndTests.run(
            "/usr/bin/env",
            [
                "python3", oracle, "--program", RoostProcess.products.appending(path: "roost").path,
                "--expressions", "12", "--zones", "6", "--seed", "\(QueueKillTests.seed)",
            ]
        )
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test func saysWithoutAHostWhenAnythingIsDue() async throws {
        let roost = RoostProcess.products.appending(path: "roost").path
        func next(_ arguments: String...) async throws -> CommandResult {
            try await EndToEndTests.run(roost, ["schedules", "next"] + arguments)
        }
        let known = try await next(
            "--expression",
            "30 2 * * *",
            "--zone",
            "Europe/Berlin",
            "--from",
            "2026-03-28T00:00:00Z",
            "-n",
            "2",
            "--json"
        )
        let instants = try JSONDecoder().decode([String].self, from: Data(known.output.utf8))
        #expect(instants == ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"])
        let bad = try await next("--expression", "0 25 * * *")
        #expect(bad.status == 2)
        #expect(bad.errors.contains("0 25 * * *\n  ^^ "))
        #expect(try await next("--expression", "@daily", "--zone", "Mars/Olympus").status == 2)
        #expect(try await next().status == 2)
        let never = try await next("--expression", "0 0 30 2 *", "--json")
        #expect(never.status == 0 && never.output.contains("["))
    }
}
