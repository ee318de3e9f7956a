import Foundation
import Testing

@Suite("A served function", .serialized)
struct ServingTests {
    @Test func answersByRouteAndByName() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        let url = host.functions
        let byName = try await eventually("Hello is served") {
            let reply = try await curl(
                "\(url)/functions/hello",
                "-d",
                #"{"name":"Ada"}"#,
                "-H",
                "Content-Type: application/json"
            )
            return reply.status == 200 ? reply : nil
        }
        #expect(byName.body.contains("Hello, Ada!"))
        #expect(byName.headers["roost-outcome"] == "succeeded")
        #expect(byName.headers["roost-invocation-id"]?.count == 32)
        #expect(byName.headers["server-timing"]?.contains("run;dur=") == true)
        let byRoute = try await curl("\(url)/hello", "-d", #"{"name":"Ada"}"#)
        #expect(byRoute.body == byName.body)
        #expect(await host.stop() == 0)
    }

    @Test func saysWhatIsWrongWithARequest() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        let url = host.functions
        _ = try await eventually("Hello is served") {
            try await curl("\(url)/hello", "-d", #"{"name":"x"}"#).status == 200 ? true : nil
        }
        let missing = try await curl("\(url)/nothing")
        #expect(missing.status == 404)
        #expect(missing.headers["content-type"] == "application/problem+json")
        let method = try await curl("\(url)/hello", "-X", "DELETE")
        #expect(method.status == 405)
        #expect(method.headers["allow"]?.contains("POST") == true)
        let body = try await curl("\(url)/hello", "-d", "{")
        #expect(body.status == 400)
        #expect(await host.stop() == 0)
    }
}
