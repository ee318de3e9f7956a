import Foundation
import Testing

/// Events: published over HTTP, heard by functions, kept over a kill.
@Suite("An event", .serialized)
struct EventTests {
    /// A home whose function hears of events, and reports what it heard to a file.
    private static func home() throws -> (home: URL, settings: String) {
        let home = try RoostProcess.makeHome()
        let settings = """
            deliverInto: \(home.path)
            functions:
              zoo.echo:
                delivery: { onSuccess: 'file:heard.jsonl' }
                triggers:
                  - event: order.*
                  - event: { type: refund, where: { region: eu } }
            """
        return (home, settings)
    }

    /// What has been heard, with how often.
    private static func heard(_ home: URL) -> [String: Int] {
        struct Report: Decodable {
            struct Body: Decodable { var body: String? }
            var request: Body
        }
        let file = home.appending(path: "heard.jsonl").path
        let lines = (FileManager.default.contents(atPath: file) ?? Data()).split(separator: 10)
        var heard: [String: Int] = [:]
        for line in lines {
            do {
                let report = try JSONDecoder().decode(Report.self, from: line)
                heard[report.request.body ?? "", default: 0] += 1
            } catch { continue }
        }
        return heard
    }

    @Test func reachesWhoSubscribesOnce() async throws {
        let (home, settings) = try Self.home()
        let host = try await RoostProcess.start(plugins: ["Zoo"], settings: settings, home: home)
        try await host.awaitFunction("zoo.echo")

        let structured = try await host.publish(
            #"{"specversion":"1.0","id":"1","source":"/t","type":"order.placed","data":{"n":1}}"#
        )
        #expect(structured.status == 202, "\(structured)")
        #expect(
            structured.body.contains(#""subscribers" : 1"#)
                || structured.body.contains(#""subscribers":1"#)
        )
        let again = try await host.publish(
            #"{"specversion":"1.0","id":"1","source":"/t","type":"order.placed","data":{"n":1}}"#
        )
        #expect(again.body.contains("known"), "\(again)")
        let batch = try await host.publish(
            """
            [{"specversion":"1.0","id":"2","source":"/t","type":"order.paid","data":"two"},
             {"specversion":"1.0","id":"3","source":"/t","type":"refund","region":"us","data":"no"},
             {"specversion":"1.0","id":"4","source":"/t","type":"refund","region":"eu","data":"four"}]
            """,
            type: "application/cloudevents-batch+json"
        )
        #expect(batch.status == 202, "\(batch)")
        let binary = try await curl(
            "\(host.admin)/v1/events",
            "-H",
            "Authorization: Bearer \(try host.token)",
            "-H",
            "ce-specversion: 1.0",
            "-H",
            "ce-id: 5",
            "-H",
            "ce-source: /t",
            "-H",
            "ce-type: order.placed",
            "-H",
            "Content-Type: text/plain",
            "-d",
            "five"
        )
        #expect(binary.status == 202, "\(binary)")
        let emitted = try await host.command("emit", "order.cancelled", "-d", "six")
        #expect(emitted.output.hasPrefix("1 functions hear"), "\(emitted)")
        let heard = [#"{"n":1}"#, #""two""#, #""four""#, "five", "six"]
        _ = try await eventually("all are heard") {
            Self.heard(home).count >= heard.count ? true : nil
        }
        #expect(Self.heard(home) == Dictionary(uniqueKeysWithValues: heard.map { ($0, 1) }))
        #expect(await host.stop() == 0)
    }

    @Test func reachesWhoSubscribesOnceFromAFunctionToo() async throws {
        let home = try RoostProcess.makeHome()
        let settings = """
            deliverInto: \(home.path)
            functions:
              asks.add-plainly:
                delivery: { onSuccess: 'file:heard.jsonl' }
                triggers:
                  - event: { type: order.*, where: { source: '/functions/asks.emit' } }
            """
        let host = try await RoostProcess.start(
            plugins: ["HostCallPlugin"],
            settings: settings,
            home: home
        )
        try await host.awaitService("/functions/asks.emit")
        let client = try HTTPConnection(host.functions)
        for (id, hear) in [("7", 1), ("7", 0), ("8", 1)] {
            let body = #"{"key":"order.placed","text":"\#(id)"}"#
            let reply = try client.request("POST", "/functions/asks.emit", body: body)
            #expect(reply.status == 200, "\(reply)")
            #expect(reply.body.contains(#""count":\#(hear)"#), "\(reply)")
        }
        _ = try await eventually("both are heard") {
            Self.heard(home).values.reduce(0, +) >= 2 ? true : nil
        }
        #expect(Self.heard(home).values.sorted() == [1, 1])
        #expect(await host.stop() == 0)
    }

    @Test func isRefusedInWordsWhenItIsNone() async throws {
        let host = try await RoostProcess.start()
        let rows = [
            (#"{"specversion":"1.0","id":"1","type":"x"}"#, "'source' is missing"),
            (#"{"specversion":"0.3","id":"1","type":"x","source":"/t"}"#, "isn't 1.0"),
            ("no JSON", "isn't an event in JSON"),
            (#"{"specversion":"1.0","id":"1","type":"x","source":"/t","Bad":"x"}"#, "no attribute"),
        ]
        for (body, says) in rows {
            let reply = try await host.publish(body)
            #expect(reply.status == 400)
            #expect(reply.body.contains(says), "\(reply)")
        }
        let plain = try await host.publish("{}", type: "application/json")
        #expect(plain.status == 400)
        #expect(plain.body.contains("application/cloudevents+json"), "\(plain)")
        let unheard = try await host.publish(
            #"{"specversion":"1.0","id":"1","source":"/t","type":"nobody"}"#
        )
        #expect(unheard.status == 202)
        #expect(await host.stop() == 0)
    }

    @Test func outlivesAKillOfTheHost() async throws {
        let (home, settings) = try Self.home()
        let host = try await RoostProcess.start(plugins: ["Zoo"], settings: settings, home: home)
        try await host.awaitFunction("zoo.echo")
        let events = (0..<200).map { number in
            #"{"specversion":"1.0","id":"k\#(number)","source":"/t","type":"order.n","data":\#(number)}"#
        }
        let reply = try await host.publish(
            "[" + events.joined(separator: ",") + "]",
            type: "application/cloudevents-batch+json"
        )
        #expect(reply.status == 202, "\(reply)")
        kill(host.processIdentifier, SIGKILL)
        _ = await host.exitStatus()
        let next = try await RoostProcess.start(home: home)
        _ = try await eventually("all are heard") {
            (0..<200).allSatisfy { Self.heard(home)["\($0)"] != nil } ? true : nil
        }
        #expect(await next.stop() == 0)
    }
}

extension RoostProcess {
    /// Publishes events.
    func publish(
        _ body: String,
        type: String = "application/cloudevents+json"
    ) async throws
        -> Reply
    {
        try await curl(
            "\(admin)/v1/events",
            "-H",
            "Authorization: Bearer \(try token)",
            "-H",
            "Content-Type: \(type)",
            "--data-binary",
            body
        )
    }

    /// Waits until a function is served.
    func awaitFunction(_ name: String) async throws {
        _ = try await eventually("\(name) is served") {
            try await self.send("GET", "/v1/functions/\(name)").status == 200 ? true : nil
        }
    }
}
