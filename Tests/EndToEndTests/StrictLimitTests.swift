import Foundation
import Testing

/// A limit that was asked for and that the machine can't enforce is never passed over in silence.
///
/// The host is somebody who can't write control groups.
@Suite(
    "A limit that can't be enforced",
    .serialized,
    .enabled(if: geteuid() == 0, "it takes root to become somebody else")
)
struct StrictLimitTests {
    private static let user = OtherUser.nobody

    @Test(arguments: [
        ["--memory", "1GiB", "--strict-limits"], ["--cell-memory", "1GiB", "--strict-limits"],
    ])
    func isAnErrorAtStartWhereLimitsAreStrict(arguments: [String]) async throws {
        let home = try RoostProcess.makeHome()
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: home) } }
        let ended = try await #require(throws: HostEnded.self) {
            try await RoostProcess.start(home: home, arguments: arguments, user: Self.user)
        }
        #expect(ended.output.contains("is set, but the kernel can't hold"), "\(ended.output)")
        #expect(ended.output.contains("strictLimits: false"), "\(ended.output)")
    }

    @Test func isToldLoudlyWhereTheyAreNot() async throws {
        let host = try await RoostProcess.start(
            environment: ["ROOST_MEMORY": "1GiB"],
            user: Self.user
        )
        try await host.awaitWords("'memory' is set, but the kernel can't hold")
        // What holds instead is said.
        try await host.awaitWords("limit cpu-share: ")
        #expect(await host.stop() == 0)
    }

    @Test(arguments: [true, false])
    func keepsAPluginOutOnlyWhereLimitsAreStrict(isStrict: Bool) async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            settings: "plugins: { hello: { isolation: process, limits: { cpuShare: 50% } } }\n",
            environment: ["ROOST_STRICT_LIMITS": "\(isStrict)"],
            user: Self.user
        )
        let plugin = try await eventually("it is judged") {
            let plugin = try await host.plugin("libHello.so")
            return ["serving", "refused"].contains(plugin?.state) ? plugin : nil
        }
        let words = "cpuShare 50% of hello.hello is not enforced"
        if isStrict {
            #expect(plugin.refusal?.kind == "limitNotEnforced")
            #expect(plugin.refusal?.message.contains(words) == true, "\(plugin)")
        } else {
            #expect(plugin.state == "serving")
            #expect(plugin.warnings.contains { $0.contains(words) }, "\(plugin.warnings)")
        }
        #expect(await host.stop() == 0)
    }

    @Test func stillHoldsTheMemoryOfADedicatedCell() async throws {
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-strict-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
        let host = try await RoostProcess.start(
            settings: "plugins: { granted: { isolation: process, limits: { memory: 32MiB } } }\n",
            user: Self.user
        )
        let file = try await GrantedPlugin.build("{}", in: place)
        try RoostProcess.drop(file: file, into: host.plugins)
        _ = try await eventually("it is served") {
            try await curl("\(host.functions)/functions/granted.do", "-d", "take 1").status == 200
                ? true : nil
        }
        let order = "seize \(1 << 30)"
        let reply = try await curl("\(host.functions)/functions/granted.do", "-d", order)
        #expect(
            reply.body == "\(ENOMEM)" || reply.headers["roost-outcome"] == "memoryExceeded",
            "\(reply)"
        )
        #expect(await host.stop() == 0)
    }

    @Test func isNamedByTheCheck() async throws {
        let command =
            OtherUser.prefix(Self.user)
            + [RoostProcess.products.appending(path: "roost").path, "check", "--json"]
        let result = try await run(
            command[0],
            Array(command.dropFirst()),
            environment: ["ROOST_HOME": "/usr"]
        )
        let report = try JSONDecoder().decode(
            CheckTests.Report.self,
            from: Data(result.output.utf8)
        )
        let states = Dictionary(uniqueKeysWithValues: report.checks.map { ($0.name, $0) })
        #expect(states["uid"]?.state == "missing")
        #expect(states["seccomp"]?.state == "enforced")
        #expect(states["memory-limit"]?.state == "partial")
        #expect(states["memory-limit"]?.detail.contains("RLIMIT_DATA") == true)
        #expect(states["cpu-share"]?.state == "partial")
        #expect(states["cpu-share"]?.detail.contains("can't be enforced") == true)
        #expect(states["task-limit"]?.state == "missing")
    }
}
