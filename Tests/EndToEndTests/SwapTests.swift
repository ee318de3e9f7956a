import Foundation
import Testing

@Suite("Replacing a plugin", .serialized)
struct SwapTests {
    @Test func losesNoRequest() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        let url = host.functions
        let versions = try await VersionedPlugin.build(count: 4)
        try RoostProcess.drop(file: versions[0], into: host.plugins, as: "swapped.so")
        _ = try await eventually("version 0 is served") {
            try await curl("\(url)/functions/swapped.version", "-d", "").status == 200 ? true : nil
        }
        let load = Load(url, path: "/functions/swapped.version", body: "")
        for round in 1...max(rounds, 20) {
            let version = round % versions.count
            try RoostProcess.drop(file: versions[version], into: host.plugins, as: "swapped.so")
            _ = try await eventually("version \(version) answers, round \(round)") {
                let reply = try HTTPConnection(url).request("POST", "/functions/swapped.version")
                return reply.body == "version \(version)" ? true : nil
            }
        }
        let tally = await load.stop()
        #expect(tally.failures == 0, "\(tally)")
        #expect(Set(tally.bodies.keys) == Set((0..<4).map { "version \($0)" }))
        #expect(await host.stop() == 0)
    }

    @Test func brokenFileLeavesTheOldVersionServing() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        let url = host.functions
        let hello = host.plugins.appending(path: "libHello.so")
        _ = try await eventually("hello is served") {
            try await curl("\(url)/hello", "-d", #"{"name":"x"}"#).status == 200 ? true : nil
        }
        let whole = try Data(contentsOf: hello)
        let broken = host.home.appending(path: "broken.so")
        try whole.prefix(whole.count / 2).write(to: broken)
        try RoostProcess.drop(file: broken, into: host.plugins, as: "libHello.so")
        let refusal = try await eventually("the file is refused") {
            let plugins = try await host.command("plugins", "--json").output
            return plugins.contains(#""refusal""#) ? plugins : nil
        }
        #expect(refusal.contains("libHello.so"))
        #expect(try await curl("\(url)/hello", "-d", #"{"name":"x"}"#).status == 200)
        #expect(await host.stop() == 0)
    }

    @Test func removedFileRetiresThePlugin() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        let url = host.functions
        _ = try await eventually("hello is served") {
            try await curl("\(url)/hello", "-d", #"{"name":"x"}"#).status == 200 ? true : nil
        }
        try FileManager.default.removeItem(at: host.plugins.appending(path: "libHello.so"))
        _ = try await eventually("hello is gone") {
            try await curl("\(url)/hello", "-d", #"{"name":"x"}"#).status == 404 ? true : nil
        }
        #expect(await host.stop() == 0)
    }
}
