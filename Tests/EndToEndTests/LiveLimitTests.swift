import Foundation
import Testing

/// Limits that change while calls go on.
@Suite("A limit that changes", .serialized)
struct LiveLimitTests {
    struct Shown: Decodable {
        struct Limits: Decodable {
            var timeoutSeconds: Double
            var memoryBytes: Int
        }
        var limits: Limits
        var limitOrigins: [String: String]
    }

    private static let settings = """
        plugins:
          granted:
            isolation: process
            limits: { memory: 512MiB, concurrency: 2 }
        """

    private func withPlugin(
        _ body: (RoostProcess) async throws -> Void
    ) async throws {
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
        let host = try await RoostProcess.start(plugins: ["Hello"], settings: Self.settings)
        try RoostProcess.drop(
            file: try await GrantedPlugin.build("{}", in: place),
            into: host.plugins
        )
        _ = try await eventually("it is served") {
            try await curl("\(host.functions)/functions/granted.do", "-d", "take 1").status == 200
                ? true : nil
        }
        try await body(host)
    }

    /// What became of taking so much memory: `nil` when it was given.
    private func refusal(of bytes: Int, _ host: RoostProcess) async throws -> String? {
        let reply = try await curl(
            "\(host.functions)/functions/granted.do",
            "-d",
            "seize \(bytes)"
        )
        guard reply.status == 200 else { return reply.headers["roost-outcome"] ?? "none" }
        return reply.body == "0" ? nil : reply.body
    }

    private func shown(_ host: RoostProcess) async throws -> Shown {
        try await host.ask("/v1/functions/granted.do", Shown.self)
    }

    @Test func ofADedicatedCellHoldsAtOnceAndFailsNoCall() async throws {
        try await withPlugin { host in
            let wanted = 200 << 20
            #expect(try await refusal(of: wanted, host) == nil)
            let load = Load(
                host.functions,
                path: "/functions/granted.do",
                body: "take 4096",
                connections: 2
            )
            let others = Load(host.functions, path: "/hello", body: #"{"name":"Ada"}"#)
            for round in 0..<4 {
                let memory = round % 2 == 0 ? "memory=48MiB" : "memory=default"
                let told = try await host.command("limit", "granted.do", memory, "timeout=9s")
                #expect(told.status == 0, "\(told)")
                #expect(told.output.contains("roost limit"), "\(told)")
            }
            let told = try await host.command("limit", "granted.do", "memory=32MiB")
            #expect(told.status == 0, "\(told)")
            let tally = await load.stop()
            let tallyOfOthers = await others.stop()
            #expect(tally.failures == 0, "\(tally)")
            #expect(tally.bodies == ["0": tally.requests], "\(tally)")
            #expect(tallyOfOthers.failures == 0, "\(tallyOfOthers)")
            print("\(tally.requests) calls of it and \(tallyOfOthers.requests) of others, 0 failed")
            let refusal = try await refusal(of: wanted, host)
            #expect(["memoryExceeded", "\(ENOMEM)"].contains(refusal), "\(refusal ?? "given")")
            #expect(try await self.refusal(of: 4 << 20, host) == nil)
            #expect(await host.stop() == 0)
        }
    }

    @Test func inTheFileHoldsWithoutARestart() async throws {
        try await withPlugin { host in
            let wanted = 200 << 20
            #expect(try await refusal(of: wanted, host) == nil)
            let load = Load(host.functions, path: "/functions/granted.do", body: "take 4096")
            try Self.settings.replacing("512MiB", with: "32MiB").write(
                to: host.home.appending(path: "roost.yaml"),
                atomically: true,
                encoding: .utf8
            )
            _ = try await eventually("the new limit is in force") {
                try await shown(host).limits.memoryBytes == 32 << 20 ? true : nil
            }
            let tally = await load.stop()
            #expect(tally.failures == 0, "\(tally)")
            let refusal = try await refusal(of: wanted, host)
            #expect(["memoryExceeded", "\(ENOMEM)"].contains(refusal), "\(refusal ?? "given")")
            #expect(await host.stop() == 0)
        }
    }

    @Test func outlivesTheHostUntilItIsGivenBack() async throws {
        try await withPlugin { host in
            let told = try await host.command("limit", "--plugin", "granted", "timeout=2s")
            #expect(told.status == 0, "\(told)")
            #expect(await host.stop(removeHome: false) == 0)
            let again = try await RoostProcess.start(home: host.home)
            _ = try await eventually("it is served") {
                try await curl("\(again.functions)/functions/granted.do", "-d", "take 1").status
                    == 200 ? true : nil
            }
            let before = try await shown(again)
            #expect(before.limits.timeoutSeconds == 2)
            #expect(before.limitOrigins["timeout"] == "operator")
            #expect(before.limitOrigins["memory"] == "file")
            let view = try await again.command("functions", "granted.do")
            #expect(view.output.contains("roost limit"), "\(view)")
            let back = try await again.command("limit", "--plugin", "granted", "timeout=default")
            #expect(back.status == 0, "\(back)")
            #expect(try await shown(again).limits.timeoutSeconds == 30)
            #expect(await again.stop() == 0)
        }
    }

    @Test func isRefusedWhereItIsNoLowerOrUnknown() async throws {
        try await withPlugin { host in
            for (limits, sentence) in [
                (["timeout=2h"], "no lower than the 30s"), (["memory=1GiB"], "512MiB"),
                (["tiemout=1s"], "did you mean 'timeout'"), (["timeout"], "write it as"),
                ([], "at least one"),
            ] {
                let told = try await run(
                    RoostProcess.products.appending(path: "roost").path,
                    ["limit", "granted.do"] + limits + ["--home", host.home.path]
                )
                #expect(told.status != 0)
                #expect(told.errors.contains(sentence), "\(told)")
            }
            #expect(try await shown(host).limitOrigins.values.allSatisfy { $0 == "file" })
            #expect(await host.stop() == 0)
        }
    }
}
