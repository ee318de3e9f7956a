import Foundation
import Testing

/// A whole host whose disk fills up, fails, or is found damaged.
@Suite("A host whose disk fails", .serialized)
struct DiskTests {
    @Test(arguments: [FailingDisk.Fault.full, .io, .short, .sync])
    func acknowledgesNothingServesOnAndRecovers(fault: FailingDisk.Fault) async throws {
        let disk = try await FailingDisk.build()
        let home = try RoostProcess.makeHome()
        let host = try await RoostProcess.start(
            plugins: ["Hello"],
            home: home,
            environment: disk.environment
        )
        try await host.awaitService("/hello")
        let client = try HTTPConnection(host.functions)
        let body = #"{"name":"Ada"}"#
        var accepted: [String] = []
        func enqueue() throws -> Reply {
            let reply = try client.enqueue("/hello", body)
            if reply.status == 202, let place = reply.headers["location"] { accepted.append(place) }
            return reply
        }
        for _ in 0..<20 { #expect(try enqueue().status == 202) }
        try disk.fail(with: fault)
        for _ in 0..<30 {
            let reply = try enqueue()
            #expect(reply.status == 503, "\(reply)")
            #expect(reply.headers["retry-after"] != nil, "\(reply)")
            #expect(try client.request("POST", "/hello", body: body).status == 200)
        }
        try disk.fail(with: .none)
        _ = try await eventually("it accepts again") {
            try enqueue().status == 202 ? true : nil
        }
        for place in accepted { #expect(try client.end(place).state == "succeeded") }
        try disk.fail(with: fault)
        #expect(try enqueue().status == 503)
        kill(host.processIdentifier, SIGKILL)
        _ = await host.exitStatus()
        let next = try await RoostProcess.start(home: home)
        let after = try HTTPConnection(next.functions)
        for place in accepted { #expect(try after.end(place).state == "succeeded") }
        #expect(await next.stop() == 0)
        try disk.remove()
    }

    @Test func findsAFlippedByteByItselfAndWhenAsked() async throws {
        let home = try RoostProcess.makeHome()
        let host = try await RoostProcess.start(plugins: ["Hello"], home: home)
        try await host.awaitService("/hello")
        let client = try HTTPConnection(host.functions)
        let mark = "a-payload-that-is-kept-with-its-dead-letter"
        let place = try #require(client.enqueue("/hello", mark).headers["location"])
        #expect(try client.end(place).state == "dead")
        #expect(await host.stop(removeHome: false) == 0)

        let file = home.appending(path: "roost.sqlite")
        var bytes = try Data(contentsOf: file)
        let range = try #require(bytes.range(of: Data(mark.utf8)))
        bytes[range.lowerBound] ^= 1
        try bytes.write(to: file)
        let next = try await RoostProcess.start(home: home)
        let check = try await next.command("check")
        #expect(check.output.contains("is damaged in 1 places"), "\(check)")
        _ = try await eventually("the host finds it by itself") {
            next.output.contains("the store is damaged") ? true : nil
        }
        #expect(await next.stop() == 0)
    }
}
