import Foundation
import FunctionModel
import Synchronization
import Testing

@testable import PluginCatalog

/// Each file that a host must not serve, as a real file.
@Suite(.timeLimit(.minutes(2)))
struct RefusalTests {
    /// A file, how it is refused, and what its sentence must name.
    struct Case: Sendable, CustomTestStringConvertible {
        var kind: String
        var names: [String]
        var bytes: @Sendable () throws -> [UInt8]

        var testDescription: String { "\(kind) \(names)" }
    }

    static let own = ELFMachine.name(ELFMachine.host)

    static let cases: [Case] = [
        Case(kind: "notELF", names: ["p.so"]) { Array("#!/bin/sh\necho no plugin\n".utf8) },
        Case(kind: "truncated", names: ["0 bytes"]) { [] },
        Case(kind: "truncated", names: ["cut short"]) {
            try PluginFactory.plugin().dropLast(1)
        },
        Case(kind: "truncated", names: ["40 bytes"]) {
            Array(try PluginFactory.plugin().prefix(40))
        },
        Case(kind: "wrongArchitecture", names: ["riscv", own]) {
            var bytes = try PluginFactory.plugin()
            bytes[18] = 243
            bytes[19] = 0
            return bytes
        },
        Case(kind: "wrongArchitecture", names: ["32-bit arm", own]) {
            var bytes = try PluginFactory.plugin()
            bytes[4] = 1
            bytes[18] = 40
            bytes[19] = 0
            return bytes
        },
        Case(kind: "notSharedLibrary", names: ["an executable"]) {
            try PluginFactory.compile("int main() { return 0; }", flags: ["-pie", "-fPIE"])
        },
        Case(kind: "notSharedLibrary", names: ["an executable"]) {
            try PluginFactory.compile("int main() { return 0; }", flags: ["-no-pie", "-fno-pie"])
        },
        Case(kind: "notSharedLibrary", names: ["an object file"]) {
            try PluginFactory.compile("int f() { return 0; }", flags: ["-c"])
        },
        Case(kind: "noEntry", names: ["roost_plugin"]) { try PluginFactory.plugin(entry: "") },
        Case(kind: "noEntry", names: ["roost_plugin"]) {
            try PluginFactory.plugin(
                entry: "__attribute__((visibility(\"hidden\"))) void roost_plugin_x(void) {}"
            )
        },
        Case(kind: "noEntry", names: ["roost_plugin"]) {
            try PluginFactory.plugin(entry: "int roost_plugin_count = 7;")
        },
        Case(kind: "severalEntries", names: ["roost_plugin_a, roost_plugin_b"]) {
            try PluginFactory.plugin(
                entry: "void roost_plugin_b(void) {} void roost_plugin_a(void) {}"
            )
        },
        Case(kind: "noStamp", names: ["ROOST_STAMP"]) { try PluginFactory.plugin(stamp: "") },
        Case(kind: "wrongABI", names: ["version 77", "version 1", "Update the host"]) {
            try PluginFactory.plugin(stamp: stamp(contract: 77))
        },
        Case(kind: "wrongABI", names: ["version 0", "version 1", "Rebuild"]) {
            try PluginFactory.plugin(stamp: stamp(contract: 0))
        },
        Case(
            kind: "wrongSwiftVersion",
            names: ["Swift 5.10", "Swift \(HostRelease.current.swiftVersion)", "Rebuild"]
        ) {
            try PluginFactory.plugin(stamp: "ROOST_STAMP(\"5.10\");")
        },
        Case(kind: "ownSwiftRuntime", names: ["-static-stdlib"]) {
            try PluginFactory.plugin(extra: "void swift_retain(void) {}")
        },
        Case(kind: "missingLibrary", names: ["libroost_is_nowhere.so"]) {
            let directory = try TemporaryDirectory()
            let library = directory.file("libroost_is_nowhere.so")
            try PluginFactory.run(
                "cc",
                [
                    "-shared", "-o", library, "-Wl,-soname,libroost_is_nowhere.so", "-x", "c",
                    "/dev/null",
                ]
            )
            return try PluginFactory.plugin(flags: ["-Wl,--no-as-needed", library])
        },
        Case(kind: "test", names: ["no marker"]) {
            try PluginFactory.compile(
                """
                #include "roost.h"
                ROOST_STAMP("");
                const roost_plugin *roost_plugin_x(const roost_host_api *h) { return 0; }
                """,
                flags: ["-shared", "-fPIC"]
            )
        },
        Case(kind: "invalidManifest", names: ["'Bad Name' is not a valid name"]) {
            try PluginFactory.plugin("Bad Name")
        },
    ]

    static func stamp(contract: Int) -> String {
        """
        __attribute__((used, section(".note.roost"), aligned(4))) static const roost_stamp \
        s = {6, 36, 1, "roost", \(contract), "9.9.9", ""};
        """
    }

    @Test(arguments: cases)
    func refusesInWordsAndKeepsServing(_ refused: Case) async throws {
        let fixture = try CatalogFixture()
        let bytes = try refused.bytes()
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin())
            let before = try await fixture.serving(catalog)
            try fixture.drop("p.so", bytes)
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == refused.kind, "\(refusal)")
            for name in refused.names { #expect(refusal.message.contains(name), "\(refusal)") }
            #expect(await catalog.plugins().first?.state == .serving)
            #expect(fixture.installer.hash("hello") == before.version)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: fixture.root.file("images"))
        #expect(left.filter { $0.hasSuffix(".so") || $0.hasSuffix(".part") }.count == 1)
    }

    @Test func namesTheSymbolForWantOfWhichAProbeFailed() async throws {
        let fixture = try CatalogFixture()
        fixture.workers.refusal.withLock {
            $0 = PluginRefusal(kind: "loadFailed", message: "the loader's words")
        }
        try fixture.drop(
            "p.so",
            try PluginFactory.plugin(
                extra: "extern int nowhere(void); int f(void) { return nowhere(); }"
            )
        )
        try fixture.drop("q.so", try PluginFactory.plugin("other"))
        try await fixture.run { catalog in
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "missingSymbol")
            #expect(refusal.message.contains("nowhere"))
            let other = try await fixture.refusal(catalog, of: "q.so")
            #expect(other.kind == "loadFailed")
        }
    }

    @Test func refusesALink() async throws {
        let fixture = try CatalogFixture()
        try fixture.write(try PluginFactory.plugin(), to: fixture.root.file("real.so"))
        symlink(fixture.root.file("real.so"), "\(fixture.plugins)/p.so")
        try await fixture.run { catalog in
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "symbolicLink")
        }
    }

    @Test func refusesAPipeWithoutWaitingForIt() async throws {
        let fixture = try CatalogFixture()
        mkfifo("\(fixture.plugins)/p.so", 0o600)
        try await fixture.run { catalog in
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "notRegular")
        }
    }

    @Test func refusesAFileBeyondTheLimit() async throws {
        var fixture = try CatalogFixture()
        fixture.configuration.imageLimit = 1_000
        try fixture.drop("p.so", try PluginFactory.plugin())
        try await fixture.run { catalog in
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "tooLarge")
            #expect(refusal.message.contains("1000"))
        }
    }

    @Test func refusesMorePluginsThanTheLimit() async throws {
        var fixture = try CatalogFixture()
        fixture.configuration.pluginLimit = 1
        try await fixture.run { catalog in
            try fixture.drop("a.so", try PluginFactory.plugin("a"))
            try await fixture.serving(catalog, "a.so")
            try fixture.drop("b.so", try PluginFactory.plugin("b"))
            let refusal = try await fixture.refusal(catalog, of: "b.so")
            #expect(refusal.kind == "tooManyPlugins")
        }
    }

    @Test(arguments: ["file", "directory", "ancestor"])
    func refusesWhatOthersMayWriteUntilTheyMayNot(_ which: String) async throws {
        let fixture = try CatalogFixture()
        let path =
            switch which {
            case "file": "\(fixture.plugins)/p.so"
            case "directory": fixture.plugins
            default: fixture.root.path
            }
        let mode = which == "file" ? mode_t(0o644) : 0o755
        try fixture.drop("p.so", try PluginFactory.plugin())
        chmod(path, mode | 0o002)
        try await fixture.run { catalog in
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "untrusted")
            #expect(refusal.message.contains(path))
            #expect(refusal.message.contains("mode 0\(String(mode | 0o002, radix: 8))"))
            #expect(refusal.message.contains("chmod go-w '\(path)'"))
            #expect(fixture.workers.probes.withLock { $0.isEmpty })
            chmod(path, mode)
            try await fixture.serving(catalog)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func refusesAFileOfSomebodyElse() async throws {
        let fixture = try CatalogFixture()
        try fixture.drop("p.so", try PluginFactory.plugin())
        chown("\(fixture.plugins)/p.so", 12_345, 12_345)
        try await fixture.run { catalog in
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "untrusted")
            #expect(refusal.message.contains("user id 12345"))
            #expect(refusal.message.contains("chown 0"))
        }
    }
}
