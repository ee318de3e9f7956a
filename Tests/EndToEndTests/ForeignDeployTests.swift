import Foundation
import Testing

/// A signature file and its library are sent and switched to as one.
@Suite("Deploying a library with its signatures", .serialized)
struct ForeignDeployTests {
    private static func write(_ version: Int, to workshop: Workshop) async throws {
        try workshop.write("int version_\(version)(void) { return \(version); }\n", to: "pair.c")
        try await workshop.make(
            "/usr/bin/cc",
            ["-shared", "-fPIC", "-o", "libpair.so.1", "pair.c"]
        )
        // Only this file fits only this library.
        try workshop.write(
            """
            library: { file: libpair.so.1 }
            functions:
              - { name: version, symbol: version_\(version), result: int }
            """,
            to: "pair.functions.yaml"
        )
    }

    private static func answer(_ host: RoostProcess) async throws -> String {
        try await curl("\(host.functions)/functions/pair.version", "-d", "{}").body
    }

    @Test func neverShowsOneHalfWithTheOther() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let host = try await RoostProcess.start()
        let file = workshop.directory.appending(path: "pair.functions.yaml").path
        for version in 1...8 {
            try await Self.write(version, to: workshop)
            let deployed = try await host.command("deploy", file)
            #expect(deployed.status == 0, "\(deployed.errors)")
            #expect(deployed.output.contains("serves pair.version"), "\(deployed.output)")
            #expect(try await Self.answer(host) == "{\"result\":\(version)}")
        }
        #expect(!host.output.contains("Plugin refused"), "\(host.output)")
        let back = try await host.command("rollback", "pair")
        #expect(back.status == 0, "\(back.errors)")
        #expect(try await Self.answer(host) == #"{"result":7}"#)
        // Half of the next one is refused in words, and serves nothing new.
        try workshop.write("int other(void) { return 0; }\n", to: "pair.c")
        try await workshop.make(
            "/usr/bin/cc",
            ["-shared", "-fPIC", "-o", "libpair.so.1", "pair.c"]
        )
        let bad = try await host.command("deploy", file)
        #expect(bad.status != 0)
        #expect(bad.errors.contains("has no function 'version_8'"), "\(bad.errors)")
        #expect(try await Self.answer(host) == #"{"result":7}"#)
        #expect(await host.stop() == 0)
    }

    /// A library whose name doesn't end in `.so` is watched too.
    @Test func itsLibraryAloneMayBeReplaced() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        try await Self.write(1, to: workshop)
        let host = try await RoostProcess.start()
        let file = workshop.directory.appending(path: "pair.functions.yaml").path
        #expect(try await host.command("deploy", file).status == 0)
        try workshop.write("int version_1(void) { return 11; }\n", to: "pair.c")
        try await workshop.make(
            "/usr/bin/cc",
            ["-shared", "-fPIC", "-o", "libpair.so.1", "pair.c"]
        )
        try RoostProcess.drop(
            file: workshop.directory.appending(path: "libpair.so.1"),
            into: host.plugins
        )
        _ = try await eventually("the new library is served", within: .seconds(30)) {
            try await Self.answer(host) == #"{"result":11}"# ? true : nil
        }
        #expect(await host.stop() == 0)
    }

    @Test func aServedPluginIsNoLibrary() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let host = try await RoostProcess.start(plugins: ["Hello"])
        _ = try await eventually("hello is served", within: .seconds(30)) {
            try await curl("\(host.functions)/hello", "-d", #"{"name":"A"}"#).status == 200
                ? true : nil
        }
        try await Self.write(1, to: workshop)
        let library = workshop.directory.appending(path: "libpair.so.1")
        try FileManager.default.copyItem(
            at: library,
            to: workshop.directory.appending(path: "libHello.so")
        )
        try workshop.write(
            #"{"library":{"file":"libHello.so"},"functions":[{"name":"version_1","result":"int"}]}"#,
            to: "pair.functions.json"
        )
        let file = workshop.directory.appending(path: "pair.functions.json").path
        let deployed = try await host.command("deploy", file)
        #expect(deployed.status != 0)
        #expect(deployed.errors.contains("is the plugin 'hello' here"), "\(deployed.errors)")
        #expect(
            try await curl("\(host.functions)/hello", "-d", #"{"name":"A"}"#).status == 200
        )
        #expect(await host.stop() == 0)
    }
}
