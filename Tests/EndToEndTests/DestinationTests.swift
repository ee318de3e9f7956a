import Foundation
import Testing

/// Who hears of the ends of queued invocations.
@Suite("The end of a queued invocation", .serialized)
struct DestinationTests {
    private struct Report: Decodable {
        struct Body: Decodable { var body: String? }
        struct Result: Decodable {
            var outcome: String
            var response: Body
        }
        struct Failure: Decodable { var kind: String }
        var id: String
        var function: String
        var condition: String
        var attempts: Int
        var request: Body
        var result: Result?
        var error: Failure?
    }

    private func report(_ text: some StringProtocol) throws -> Report {
        try JSONDecoder().decode(Report.self, from: Data(text.utf8))
    }

    /// What a file holds, once its last line has been written to its end.
    private func wholeLine(of file: URL) -> Data? {
        FileManager.default.contents(atPath: file.path).flatMap { $0.last == 10 ? $0 : nil }
    }

    @Test func reachesACallbackOnceItTakesIt() async throws {
        let hook = try HookServer(refusing: 2)
        defer { hook.close() }
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            settings: "deliverTo: \(hook.url)\n"
        )
        try await host.awaitService("/hello")
        let client = try HTTPConnection(host.functions)
        let accepted = try client.enqueue(
            "/hello",
            #"{"name":"Ada"}"#,
            ["Roost-Callback: \(hook.url)?n=1"]
        )
        #expect(accepted.status == 202, "\(accepted)")
        let id = try #require(accepted.headers["roost-invocation-id"])
        let posts = try await eventually("the hook has taken it") {
            hook.posts.count == 3 ? hook.posts : nil
        }
        #expect(Set(posts.map { $0.split(separator: "\r\n")[0] }) == ["POST /hook?n=1 HTTP/1.1"])
        #expect(posts.allSatisfy { $0.contains("roost-invocation-id: \(id)") })
        let body = try #require(posts[2].range(of: "\r\n\r\n")).upperBound
        let report = try report(posts[2][body...])
        #expect(report.id == id)
        #expect(report.function == "hello.hello")
        #expect(report.condition == "succeeded")
        #expect(report.request.body == #"{"name":"Ada"}"#)
        #expect(report.result?.response.body == #"{"message":"Hello, Ada!"}"#)
        let elsewhere = try client.enqueue("/hello", "{}", ["Roost-Callback: \(hook.url)er"])
        #expect(elsewhere.status == 400, "\(elsewhere)")
        #expect(await host.stop() == 0)
    }

    /// A host that may write reports into a directory of its home, with these settings of functions.
    private func start(functions: String) async throws -> (RoostProcess, reports: URL) {
        let home = try RoostProcess.makeHome()
        let reports = home.appending(path: "reports")
        try FileManager.default.createDirectory(at: reports, withIntermediateDirectories: true)
        let host = try await RoostProcess.start(
            plugins: ["Hello", "Zoo"],
            settings: "deliverInto: \(reports.path)\nfunctions:\n\(functions)",
            home: home
        )
        try await host.awaitFunction("zoo.echo")
        try await host.awaitService("/hello")
        return (host, reports)
    }

    @Test func isWrittenToAFileAndToldToFunctionsAndSubscribers() async throws {
        let (host, reports) = try await start(
            functions: """
                  hello.hello:
                    delivery: { onSuccess: 'event:greeted', onFailure: 'file:failed.jsonl' }
                  zoo.fatal-error:
                    delivery: { attempts: 1, onFailure: 'function:zoo.echo' }
                  zoo.echo:
                    delivery: { onSuccess: 'file:told.jsonl' }
                    triggers: [event: greeted]
                """
        )
        let client = try HTTPConnection(host.functions)
        let good = try client.enqueue("/hello", #"{"name":"Ada"}"#)
        let bad = try client.enqueue("/hello", "no JSON")
        let fatal = try client.enqueue("/functions/zoo.fatal-error", "{}")
        let lines = try await eventually("both are told") { () -> [Data]? in
            let file = reports.appending(path: "told.jsonl").path
            let text = FileManager.default.contents(atPath: file) ?? Data()
            let lines = text.split(separator: 10)
            return lines.count == 2 && text.last == 10 ? lines.map { Data($0) } : nil
        }
        let told = try lines.map {
            try report(try report(String(decoding: $0, as: UTF8.self)).request.body ?? "")
        }
        #expect(
            Set(told.map(\.id))
                == Set([good, fatal].compactMap { $0.headers["roost-invocation-id"] })
        )
        #expect(Set(told.map(\.condition)) == ["succeeded", "attemptsExhausted"])
        let file = reports.appending(path: "failed.jsonl")
        let line = try await eventually("the file is there") {
            wholeLine(of: file)
        }
        let written = try report(String(decoding: line, as: UTF8.self))
        #expect(written.id == bad.headers["roost-invocation-id"])
        #expect(written.condition == "permanent")
        #expect(written.error?.kind == "UndecodableInput")
        #expect(await host.stop() == 0)
    }

    @Test func isToldToWhomTheOperatorNamesForOneCall() async throws {
        let (host, reports) = try await start(
            functions: """
                  zoo.echo: { delivery: { onSuccess: 'file:told.jsonl' } }
                """
        )
        for data in [#"{"name":"Ada"}"#, "no JSON"] {
            let wishes = ["--on-success", "function:zoo.echo", "--on-failure", "file:failed.jsonl"]
            _ = try await host.queue("hello", data, wishes)
        }
        func line(_ name: String) async throws -> Data {
            try await eventually("\(name) is there") {
                wholeLine(of: reports.appending(path: name))
            }
        }
        let told = try report(String(decoding: try await line("told.jsonl"), as: UTF8.self))
        let inner = try report(told.request.body ?? "")
        #expect(inner.function == "hello.hello")
        #expect(inner.condition == "succeeded")
        let failed = try report(String(decoding: try await line("failed.jsonl"), as: UTF8.self))
        #expect(failed.function == "hello.hello")
        #expect(failed.condition == "permanent")
        let client = try HTTPConnection(host.functions)
        let refused = try client.enqueue("/hello", "{}", ["Roost-On-Success: file:told.jsonl"])
        #expect(refused.status == 400, "\(refused)")
        #expect(await host.stop() == 0)
    }

    @Test func thatTellsItsOwnFunctionStopsAtSixteen() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Zoo"],
            settings: """
                functions:
                  zoo.echo: { delivery: { onSuccess: 'function:zoo.echo' } }
                """
        )
        try await host.awaitService("/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        #expect(try client.enqueue("/functions/zoo.echo", "begin").status == 202)
        let listed = try await eventually("the chain has ended") { () -> CommandResult? in
            let listed = try await host.command("dead-letters")
            return listed.output.contains("tooDeep") ? listed : nil
        }
        #expect(listed.output.split(separator: "\n").count == 2, "\(listed)")
        #expect(try await host.metric("roost_dead_letters_total{") == 1)
        #expect(await host.stop() == 0)
    }

    @Test func outlivesAKillBetweenEndAndReport() async throws {
        let hook = try HookServer(refusing: 1)
        defer { hook.close() }
        let home = try RoostProcess.makeHome()
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            settings: "deliverTo: \(hook.url)\n",
            home: home
        )
        try await host.awaitService("/hello")
        let client = try HTTPConnection(host.functions)
        let accepted = try client.enqueue("/hello", "{}", ["Roost-Callback: \(hook.url)"])
        #expect(accepted.status == 202, "\(accepted)")
        _ = try await eventually("it was refused once") { hook.posts.count >= 1 ? true : nil }
        kill(host.processIdentifier, SIGKILL)
        _ = await host.exitStatus()
        let next = try await RoostProcess.start(home: home)
        _ = try await eventually("it is told after all") { hook.posts.count >= 2 ? true : nil }
        #expect(await next.stop() == 0)
    }
}
