import Foundation
import Testing

/// Who reaches a host, and what it says of itself.
@Suite("Access to a host", .serialized)
struct AccessTests {
    private static let tool = RoostProcess.products.appending(path: "roost").path

    @Test func beyondLoopbackTakesAWordForFunctions() async throws {
        let home = try RoostProcess.makeHome()
        defer {
            #expect(throws: Never.self) { try FileManager.default.removeItem(at: home) }
        }
        let refused = try await run(
            Self.tool,
            ["serve", "--home", home.path, "--listen", "0.0.0.0:0", "--admin", "off"]
        )
        #expect(refused.status == 1)
        #expect(refused.errors.contains("roost: --listen 0.0.0.0"), "\(refused)")
        #expect(refused.errors.contains("--allow-public"), "\(refused)")

        // The last --listen counts; nothing leaves this machine, which has 127.0.0.1 too.
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            home: home,
            arguments: ["--listen", "0.0.0.0:0", "--allow-public"]
        )
        let port = host.functions.split(separator: ":").last.map(String.init) ?? ""
        _ = try await eventually("hello is served") {
            let reply = try await curl("http://127.0.0.1:\(port)/hello", "-d", #"{"name":"x"}"#)
            return reply.status == 200 ? true : nil
        }
        #expect(await host.stop(removeHome: false) == 0)
    }

    @Test func beyondLoopbackIsWarnedOfForTheAdminAPI() async throws {
        let host = try await RoostProcess.start(
            arguments: ["--admin", "0.0.0.0:0", "--admin-names", "roost.example"]
        )
        try await host.awaitWords("plain HTTP")
        let port = host.admin.split(separator: ":").last.map(String.init) ?? ""
        let url = "http://127.0.0.1:\(port)/v1/about"
        let token = "Authorization: Bearer \(try host.token)"
        #expect(try await curl(url).status == 401)
        #expect(try await curl(url, "-H", token).status == 200)
        #expect(try await curl(url, "-H", token, "-H", "Host: roost.example").status == 200)
        #expect(try await curl(url, "-H", token, "-H", "Host: evil.example").status == 403)
        #expect(await host.stop() == 0)
    }

    @Test func metricsCanBeClosed() async throws {
        for (who, status, known) in [("token", 401, 200), ("off", 404, 404)] {
            let host = try await RoostProcess.start(arguments: ["--metrics", who])
            let token = "Authorization: Bearer \(try host.token)"
            #expect(try await curl("\(host.admin)/metrics").status == status)
            #expect(try await curl("\(host.admin)/metrics", "-H", token).status == known)
            #expect(await host.stop() == 0)
        }
    }

    @Test func aDrainingHostIsAliveAndNotReady() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"])
        let (url, admin) = (host.functions, host.admin)
        _ = try await eventually("it is ready") {
            try await curl("\(admin)/readyz").status == 200 ? true : nil
        }
        async let slow = curl("\(url)/functions/zoo.slow", "-d", #"{"milliseconds":10000}"#)
        _ = try await eventually("it runs") {
            try await host.command("invocations", "--json").output.contains("zoo.slow") ? true : nil
        }
        kill(host.processIdentifier, SIGTERM)
        let reply = try await eventually("it is not ready any more") {
            let reply = try await curl("\(admin)/readyz")
            return reply.status == 503 ? reply : nil
        }
        #expect(reply.body.contains("the host is draining"))
        #expect(try await curl("\(admin)/healthz").status == 200)
        #expect(try await slow.status == 200)
        #expect(await host.exitStatus() == 0)
        host.remove()
    }

    @Test func settingsForNothingAreToldAsWarnings() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            settings: "functions: { hello.helo: {}, later.work: {} }\n"
        )
        let words = ["did you mean 'hello.hello'", "no plugin 'later'"]
        for word in words { try await host.awaitWords(word) }
        for command in ["plugins", "check"] {
            let output = try await host.command(command).output
            for word in words { #expect(output.contains(word), "\(command): \(output)") }
        }
        #expect(try await curl("\(host.functions)/hello", "-d", #"{"name":"x"}"#).status == 200)
        #expect(await host.stop() == 0)
    }

    @Test func everyMistakeBeginsWithTheProgramsName() async throws {
        let home = try RoostProcess.makeHome()
        defer {
            #expect(throws: Never.self) { try FileManager.default.removeItem(at: home) }
        }
        let mistakes: [(command: [String], status: Int32)] = [
            (["nonsense"], 2), (["serve", "--nonsense"], 2), (["invoke"], 2),
            (["serve", "--home", home.path, "--memory", "2XB"], 2),
            (["serve", "--home", home.path, "--listen", "nowhere"], 2),
            (["serve", "--home", "/proc/no"], 1), (["inspect", "/no/such.so"], 1),
            (["functions", "--home", home.path], 3),
        ]
        for mistake in mistakes {
            let result = try await run(Self.tool, mistake.command)
            #expect(result.status == mistake.status, "\(mistake.command) \(result)")
            #expect(result.errors.hasPrefix("roost: "), "\(mistake.command) \(result.errors)")
            #expect(!result.errors.contains("Error:"), "\(mistake.command) \(result.errors)")
            #expect(result.output.isEmpty)
        }
        let help = try await run(Self.tool, ["--help"]).output
        for code in 0...6 { #expect(help.contains("\(code) "), "the help lists code \(code)") }
    }
}
