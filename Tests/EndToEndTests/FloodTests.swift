import Foundation
import Testing

/// A queue with far more than its functions can run.
@Suite("A flooded queue", .serialized)
struct FloodTests {
    @Test func leavesAPlaceToThoseWhoWaitForAReply() async throws {
        let host = try await RoostProcess.start(
            plugins: ["Zoo"],
            settings: """
                drainTimeout: 200ms
                functions: { zoo.slow-async: { limits: { concurrency: 2 } } }
                """
        )
        try await host.awaitService("/functions/zoo.echo")
        let client = try HTTPConnection(host.functions)
        var places: [String] = []
        for _ in 0..<100 {
            let reply = try client.enqueue("/functions/zoo.slow-async", #"{"milliseconds":500}"#)
            places.append(try #require(reply.headers["location"]))
        }
        _ = try await eventually("the queue runs") {
            try client.look(places[0]).state != "waiting" ? true : nil
        }
        // Behind the whole queue each would wait for the end of its last one.
        for _ in 0..<5 {
            let body = #"{"milliseconds":1}"#
            let reply = try client.request("POST", "/functions/zoo.slow-async", body: body)
            #expect(reply.status == 200)
            #expect(try client.look(places[99]).state == "waiting")
        }
        #expect(await host.stop() == 0)
    }
}
