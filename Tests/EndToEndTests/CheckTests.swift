import Foundation
import Testing

/// `roost check` on this very machine.
@Suite("The machine check")
struct CheckTests {
    struct Report: Decodable {
        struct Row: Decodable {
            var name: String
            var state: String
            var detail: String
        }

        var checks: [Row]
    }

    private func rows(home: String) async throws -> [String: Report.Row] {
        let result = try await run(
            "/usr/bin/env",
            ["ROOST_HOME=\(home)", RoostProcess.products.appending(path: "roost").path]
                + ["check", "--json"]
        )
        #expect(result.status == 0, "\(result)")
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        return Dictionary(uniqueKeysWithValues: report.checks.map { ($0.name, $0) })
    }

    @Test func hasARowForEachThingWithASentence() async throws {
        let rows = try await rows(home: "/usr")
        for name in [
            "uid", "no-new-privs", "landlock-files", "landlock-network", "landlock-signals",
            "seccomp", "parent-death", "core-limit", "memory-limit", "cpu-share", "task-limit",
            "swift-runtime",
            "symboliser",
            "inotify", "descriptors", "home",
        ] {
            let row = try #require(rows[name], "no row '\(name)'")
            #expect(["enforced", "partial", "missing"].contains(row.state))
            #expect(row.detail.count > 10)
        }
        #expect(rows["uid"]?.state == (geteuid() == 0 ? "enforced" : "missing"))
        #expect(rows["home"]?.state == "enforced")
    }

    @Test func tellsOfWatchesThatTakeFilesFromEachOther() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        try """
        functions:
          hello.hello:
            triggers:
              - http: POST /hello
              - files: { directory: in, recursive: true, afterwards: delete }
              - files: { directory: in/csv, matching: ["*.csv"] }
        """.write(
            to: host.home.appending(path: "roost.yaml"),
            atomically: true,
            encoding: .utf8
        )
        let row = try await eventually("the check tells of them") { () -> Report.Row? in
            try await rows(home: host.home.path)["shared-files"]
        }
        #expect(row.state == "partial" && row.detail.contains("hello/in/csv"), "\(row)")
        #expect(try await host.command("files").output.contains(row.detail))
        #expect(host.output.contains("are told of the same files"))
        #expect(await host.stop() == 0)
    }

    @Test func saysWhoCouldPutPluginsIntoTheHome() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-check-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        defer {
            #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: directory) }
        }
        #expect(chmod(directory, 0o777) == 0)
        let home = try #require(try await rows(home: "\(directory)/yet/to/be/made")["home"])
        #expect(home.state == "missing")
        #expect(home.detail.contains("chmod go-w"), "\(home.detail)")
    }
}
