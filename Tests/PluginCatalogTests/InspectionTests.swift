import Foundation
import FunctionModel
import Testing

@testable import PluginCatalog

struct InspectionTests {
    private func inspect(_ bytes: [UInt8]) throws -> Inspection {
        let directory = try TemporaryDirectory()
        let path = directory.file("p.so")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try Inspection(path: path)
    }

    @Test func tellsWhatAFileHolds() throws {
        let bytes = try PluginFactory.plugin(flags: ["-Wl,--no-as-needed", "-lm"])
        let found = try inspect(bytes)
        #expect(found.refusal == nil)
        #expect(found.size == bytes.count)
        #expect(found.contentHash == ContentHash.of(bytes))
        #expect(found.architecture == ELFMachine.name(ELFMachine.host))
        #expect(found.entries == ["roost_plugin_main"])
        #expect(found.stamp?.abiVersion == 1)
        #expect(found.libraries.map(\.name).contains("libm.so.6"))
        #expect(found.libraries.allSatisfy { $0.path != nil })
        #expect(found.unresolvedSymbols.isEmpty)
        #expect(found.notes.contains { $0.contains("-g") })
        let json = try JSONEncoder().encode(found)
        #expect(try JSONDecoder().decode(Inspection.self, from: json) == found)
    }

    @Test func namesSymbolsThatNobodyOffers() throws {
        let found = try inspect(
            try PluginFactory.plugin(
                extra: """
                    extern int roost_is_nowhere(void);
                    extern int weakly(void) __attribute__((weak));
                    int f(void) { return roost_is_nowhere() + (weakly ? weakly() : 0); }
                    """
            )
        )
        #expect(found.unresolvedSymbols == ["roost_is_nowhere"])
        #expect(found.refusal?.kind == "missingSymbol")
        #expect(found.refusal?.message.contains("roost_is_nowhere") == true)
    }

    @Test func looksIntoFilesThatAreNoPlugins() throws {
        let found = try inspect(Array("hello".utf8))
        #expect(found.refusal?.kind == "notELF")
        #expect(found.architecture == nil)
    }

    @Test func saysThatThereIsNoFile() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: PluginRefusal.self) { try Inspection(path: directory.file("none.so")) }
    }
}

/// The example that the package itself builds.
struct SwiftPluginInspectionTests {
    private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".build/debug/libHello.so").path

    @Test(.enabled(if: FileManager.default.fileExists(atPath: path), "libHello.so isn't built"))
    func findsNothingAgainstTheExample() throws {
        let found = try Inspection(path: Self.path)
        #expect(found.refusal == nil)
        #expect(found.hasSwiftCode)
        #expect(!found.hasOwnSwiftRuntime)
        #expect(found.stamp?.swiftVersion == HostRelease.current.swiftVersion)
        #expect(found.entries == ["roost_plugin_hello"])
        #expect(found.unresolvedSymbols.isEmpty)
        #expect(found.libraries.contains { $0.name == "libswiftCore.so" })
    }
}
