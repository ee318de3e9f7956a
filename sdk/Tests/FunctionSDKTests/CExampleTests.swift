import Foundation
import FunctionSDK
import FunctionTesting
import Glibc
import Testing

/// Builds `Examples/C` with the C compiler alone and runs it: the header suffices.
@Suite struct CExampleTests {
    private typealias Entry = @convention(c) (HostAPI?) -> PluginPointer?

    private static let example = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../../Examples/C").standardizedFileURL

    private func buildAndLoad() throws -> TestHost {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-c-example-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: directory) } catch { Issue.record(error) }
        }
        let make = Process()
        make.executableURL = URL(filePath: "/usr/bin/env")
        make.arguments = ["make", "-s", "-C", Self.example.path, "OUT=\(directory.path)"]
        try make.run()
        make.waitUntilExit()
        try #require(make.terminationStatus == 0)
        let library = directory.appending(path: "libshout.so").path
        let handle = try #require(dlopen(library, RTLD_NOW | RTLD_LOCAL), "it has to load")
        let symbol = try #require(dlsym(handle, "roost_plugin_shout"))
        let entry = unsafeBitCast(symbol, to: Entry.self)
        return try TestHost(entry: { entry($0) })
    }

    @Test func answersInCapitals() async throws {
        let host = try buildAndLoad()
        #expect(host.functionNames == ["shout"])
        let reply = await host.invoke("shout", TestEvent().text("good morning"))
        #expect(reply.text == "GOOD MORNING")
        #expect(reply.log.map(\.message) == ["shouting"])
        #expect(reply.violations == [])
    }

    @Test func readsTheRestOfABodyAndRefusesNone() async throws {
        let host = try buildAndLoad()
        let pieces = ["ab", "cd", "e"].map { Array($0.utf8) }
        #expect(await host.invoke("shout", TestEvent().stream(pieces)).text == "ABCDE")
        let refused = await host.invoke("shout")
        #expect(refused.failed)
        #expect(refused.status == 400)
        #expect(refused.errorMessage == "Send some text.")
    }
}
