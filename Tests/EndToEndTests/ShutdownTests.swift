import Foundation
import Testing

@Suite("A host that is asked to stop", .serialized)
struct ShutdownTests {
    @Test func finishesWhatRuns() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"])
        let url = host.functions
        _ = try await eventually("the zoo is served") {
            try await curl("\(url)/functions/zoo.echo", "-d", "x").status == 200 ? true : nil
        }
        async let slow = curl("\(url)/functions/zoo.slow", "-d", #"{"milliseconds":1000}"#)
        _ = try await eventually("it runs") {
            try await host.command("invocations", "--json").output.contains("zoo.slow") ? true : nil
        }
        let cells = try await host.cells()
        #expect(!cells.isEmpty)
        let status = await host.stop()
        #expect(status == 0)
        #expect(try await slow.status == 200)
        for cell in cells { #expect(kill(cell, 0) != 0, "cell \(cell) has ended") }
    }

    @Test func endsAtOnceWhenAskedTwice() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"])
        let url = host.functions
        _ = try await eventually("the zoo is served") {
            try await curl("\(url)/functions/zoo.echo", "-d", "x").status == 200 ? true : nil
        }
        async let slow = curl("\(url)/functions/zoo.slow", "-d", #"{"milliseconds":20000}"#)
        _ = try await eventually("it runs") {
            try await host.command("invocations", "--json").output.contains("zoo.slow") ? true : nil
        }
        kill(host.processIdentifier, SIGTERM)
        _ = try await eventually("it drains") { host.output.contains("draining") ? true : nil }
        kill(host.processIdentifier, SIGTERM)
        #expect(await host.exitStatus() != 0)
        _ = try? await slow  // Its connection is cut; how curl says so does not matter here.
        host.remove()
    }

    @Test func leavesItsHomeToOneHostOnly() async throws {
        let host = try await RoostProcess.start()
        let second = try await run(
            RoostProcess.products.appending(path: "roost").path,
            ["serve", "--home", host.home.path, "--listen", "127.0.0.1:0", "--admin", "off"]
        )
        #expect(second.status != 0)
        #expect(second.errors.contains("already running"), "\(second)")
        #expect(await host.stop() == 0)
    }
}
