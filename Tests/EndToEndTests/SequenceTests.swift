import Foundation
import Testing

/// Functions that run one after the other.
@Suite("A sequence", .serialized)
struct SequenceTests {
    private func start(home: URL? = nil) async throws -> RoostProcess {
        let host = try await RoostProcess.start(plugins: ["HostCallPlugin"], home: home)
        try await host.awaitService("/functions/asks.gate")
        return host
    }

    private func call(_ client: HTTPConnection, _ name: String, _ body: String) throws -> Reply {
        try client.request("POST", "/functions/asks.\(name)", body: body)
    }

    @Test func answersWithTheOutputOfItsLastStep() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let reply = try client.request("POST", "/line", body: "a")
        #expect(reply.status == 200)
        #expect(reply.body == "a+++")
        #expect(try call(client, "nested", "b").body == "b++++")
        let id = try #require(reply.headers["roost-invocation-id"])
        let shown = try await host.command("invocations", id)
        #expect(shown.output.contains("asks.line"), "\(shown)")
        #expect(shown.output.contains("succeeded"), "\(shown)")
        #expect(await host.stop() == 0)
    }

    @Test(arguments: [
        ("broken", 409, "in the step 'asks.refuse': no"),
        ("hurried", 504, "in the step 'asks.gate'"),
        ("lost", 404, "in the step 'nowhere.at-all'"),
    ])
    func endsWithTheFirstStepThatFails(name: String, status: Int, message: String) async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let reply = try call(client, name, "a")
        #expect(reply.status == status, "\(reply)")
        #expect(reply.body.contains(message), "\(reply.body)")
        #expect(await host.stop() == 0)
    }

    @Test func isQueuedUnderOneIdAndTriesOnlyTheStepAgainThatFailed() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let accepted = try client.enqueue("/functions/asks.flaky-line", "a")
        let ended = try client.end(try #require(accepted.headers["location"]))
        #expect(ended.state == "succeeded")
        #expect(ended.result?.body == "a+f2+")
        #expect(ended.attempts == 4, "of all steps together")
        #expect(try call(client, "step", "runs?").body == "2")

        let broken = try client.enqueue("/functions/asks.broken", "a")
        let dead = try client.end(try #require(broken.headers["location"]))
        #expect(dead.state == "dead")
        #expect(dead.reason == "permanent")
        #expect(dead.error?.message == "in the step 'asks.refuse': no")
        #expect(await host.stop() == 0)
    }

    @Test func goesOnWithTheNextStepAfterTheHostWasKilled() async throws {
        let host = try await start()
        let client = try HTTPConnection(host.functions)
        let accepted = try client.enqueue("/functions/asks.slow-line", "a")
        let place = try #require(accepted.headers["location"])
        _ = try await eventually("its second step runs") {
            let now = try client.look(place)
            return now.attempts == 2 && now.state == "running" ? true : nil
        }
        kill(host.processIdentifier, SIGKILL)
        _ = await host.exitStatus()
        let next = try await start(home: host.home)
        let again = try HTTPConnection(next.functions)
        let ended = try again.end(place)
        #expect(ended.state == "succeeded")
        #expect(ended.result?.body == "a+g+")
        #expect(try call(again, "step", "runs?").body == "2", "the first step ran once")
        #expect(await next.stop() == 0)
    }
}
