import FunctionSDK
import FunctionTesting
import Testing
import Zoo

/// Only what a test's own process survives; the rest is tested in cells.
@Suite struct ZooTests {
    private struct Attempt: Decodable {
        var result: Int
        var errno: Int
        var error: String
    }

    let host: TestHost
    init() throws { host = try TestHost(entry: Zoo.entry) }

    @Test func behavesWhereItShould() async throws {
        #expect(await host.invoke("echo", TestEvent().text("still there")).text == "still there")
        #expect(try await host.invoke("pid").decode(Int.self) > 0)
        #expect(await host.invoke("slow", .http(.get, "/?milliseconds=1")).text == "done")
        #expect(await host.invoke("slow-async").text == "done")
    }

    @Test func throwsWhatItSays() async {
        let reply = await host.invoke("throw")
        #expect(reply.errorType == "ZooError")
        #expect(reply.errorMessage == "zoo says no")
    }

    @Test func logsAsMuchAsAskedFor() async {
        let reply = await host.invoke("big-log", .http(.get, "/?bytes=4096"))
        #expect(reply.log.count == 4)
    }

    @Test func attemptsSayWhatTheSystemSaid() async throws {
        let absent = try await host.invoke("escape-open", .http(.get, "/?path=/no/such/file"))
            .decode(Attempt.self)
        #expect(absent.result == -1)
        #expect(absent.errno == 2)
        #expect(absent.error == "No such file or directory")
        let refused = try await host.invoke("escape-connect", .http(.get, "/?path=/no/such/socket"))
            .decode(Attempt.self)
        #expect(refused.errno == 2)
    }

    @Test func everyFaultRestartsAtOnce() {
        #expect(host.functionNames.count > 40)
        let restarts = host.manifest.components("\"onCrash\":\"restart\"")
        #expect(restarts == host.functionNames.count)
    }
}

extension String {
    fileprivate func components(_ text: String) -> Int { ranges(of: text).count }
}
