import Foundation
import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import PluginCatalog

@Suite(.timeLimit(.minutes(2)))
struct CatalogTests {
    @Test func servesADroppedFile() async throws {
        let fixture = try CatalogFixture()
        let bytes = try PluginFactory.plugin()
        try await fixture.run { catalog in
            try fixture.drop("p.so", bytes)
            let view = try await fixture.serving(catalog)
            #expect(view.version == ContentHash.of(bytes))
            #expect(view.plugin == "hello")
            #expect(view.functions.map(\.description) == ["hello.run"])
            #expect(view.loadSeconds == 0.000_15)
            let version = fixture.installer.services.withLock { $0.versions["hello"] }
            #expect(version?.entrySymbol == "roost_plugin_main")
            let stored = try Data(contentsOf: URL(fileURLWithPath: version?.imagePath ?? ""))
            #expect([UInt8](stored) == bytes)
        }
    }

    @Test func servesFilesThatWereThereBefore() async throws {
        let fixture = try CatalogFixture()
        for index in 0..<5 {
            try fixture.drop("p\(index).so", try PluginFactory.plugin("p\(index)"))
        }
        try await fixture.run { catalog in
            for index in 0..<5 { try await fixture.serving(catalog, "p\(index).so") }
        }
    }

    @Test func replacesAVersion() async throws {
        let fixture = try CatalogFixture()
        let second = try PluginFactory.plugin(version: 2)
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin(version: 1))
            let before = try await fixture.serving(catalog)
            try fixture.drop("p.so", second)
            let after = try await fixture.serving(catalog, hash: ContentHash.of(second))
            #expect(after.earlier == [before.version])
            #expect(fixture.installer.services.withLock { $0.log.contains("-hello") } == false)
        }
    }

    @Test func endsWithTheLastOfTwoQuickReplacements() async throws {
        let fixture = try CatalogFixture()
        let last = try PluginFactory.plugin(version: 3)
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin(version: 1))
            try await fixture.serving(catalog)
            try fixture.drop("p.so", try PluginFactory.plugin(version: 2))
            try fixture.drop("p.so", last)
            try await fixture.serving(catalog, hash: ContentHash.of(last))
            #expect(fixture.installer.hash("hello") == ContentHash.of(last))
        }
    }

    @Test func takesAFileOverwrittenInPlaceAndKeepsTheStoredImageWhole() async throws {
        let fixture = try CatalogFixture()
        let first = try PluginFactory.plugin(version: 1)
        let second = try PluginFactory.plugin(version: 2)
        try await fixture.run { catalog in
            try fixture.drop("p.so", first)
            let before = try await fixture.serving(catalog)
            try fixture.write(second, to: "\(fixture.plugins)/p.so")
            try await fixture.serving(catalog, hash: ContentHash.of(second))
            let stored = fixture.root.file("images/\(try #require(before.version)).so")
            #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: stored))) == first)
        }
    }

    @Test func keepsServingWhileTheNewFileIsCutShort() async throws {
        let fixture = try CatalogFixture()
        let second = try PluginFactory.plugin(version: 2)
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin(version: 1))
            let before = try await fixture.serving(catalog)
            try fixture.drop("p.so", Array(second.prefix(second.count / 2)))
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "truncated")
            let view = await catalog.plugins().first
            #expect(view?.state == .serving)
            #expect(view?.version == before.version)
            #expect(fixture.installer.hash("hello") == before.version)
            try fixture.drop("p.so", second)
            try await fixture.serving(catalog, hash: ContentHash.of(second))
        }
    }

    @Test func looksAgainWhenAWriterHasFinished() async throws {
        let fixture = try CatalogFixture()
        let bytes = try PluginFactory.plugin()
        try await fixture.run { catalog in
            let file = open("\(fixture.plugins)/p.so", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, 1_000) }
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "beingWritten")
            _ = bytes.withUnsafeBytes { write(file, $0.baseAddress! + 1_000, $0.count - 1_000) }
            close(file)
            try await fixture.serving(catalog, hash: ContentHash.of(bytes))
        }
    }

    @Test func retiresAPluginWhoseFileIsRemoved() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin())
            try await fixture.serving(catalog)
            unlink("\(fixture.plugins)/p.so")
            _ = try await fixture.wait(catalog, "nothing") { $0 == nil }
            try await fixture.withdrawn(catalog)
            _ = try await fixture.wait(catalog, "no image") { _ in (try? fixture.images()) == [] }
        }
    }

    @Test func keepsAnImageUntilItsPluginHasDrained() async throws {
        let fixture = try CatalogFixture()
        let (draining, drain) = AsyncStream.makeStream(of: Void.self)
        fixture.installer.draining.withLock { $0 = draining }
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin())
            try await fixture.serving(catalog)
            unlink("\(fixture.plugins)/p.so")
            _ = try await fixture.wait(catalog, "nothing") { $0 == nil }
            // Another errand comes and goes meanwhile.
            try fixture.drop("q.so", try PluginFactory.plugin("other"))
            try await fixture.serving(catalog, "q.so")
            #expect(try fixture.images().count == 2)
            drain.finish()
            _ = try await fixture.wait(catalog, "one image") { _ in
                (try? fixture.images().count) == 1
            }
        }
    }

    @Test func followsARenamedFileWithoutInterruption() async throws {
        var fixture = try CatalogFixture()
        fixture.configuration.settleRemoved = .seconds(5)
        let renaming = fixture
        try await renaming.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin())
            try await fixture.serving(catalog)
            rename("\(fixture.plugins)/p.so", "\(fixture.plugins)/q.so")
            try await fixture.serving(catalog, "q.so")
            _ = try await fixture.wait(catalog, "no p.so") { $0 == nil }
            #expect(fixture.installer.services.withLock { $0.log.contains("-hello") } == false)
        }
    }

    @Test func retiresTheOldNameOfAPluginThatCallsItselfAnew() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin("old"))
            try await fixture.serving(catalog)
            try fixture.drop("p.so", try PluginFactory.plugin("new"))
            _ = try await fixture.wait(catalog, "new") { $0?.plugin == "new" }
            _ = try await fixture.wait(catalog, "the end of the old name") { _ in
                fixture.installer.hash("old") == nil
            }
            #expect(fixture.installer.hash("new") != nil)
        }
    }

    @Test func refusesTheSecondFileOfAPluginUntilTheFirstIsGone() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            try fixture.drop("a.so", try PluginFactory.plugin(version: 1))
            try await fixture.serving(catalog, "a.so")
            try fixture.drop("b.so", try PluginFactory.plugin(version: 2))
            let refusal = try await fixture.refusal(catalog, of: "b.so")
            #expect(refusal.kind == "duplicatePlugin")
            #expect(refusal.message.contains("a.so"))
            unlink("\(fixture.plugins)/a.so")
            try await fixture.serving(catalog, "b.so")
        }
    }

    @Test func findsADirectoryThatWasMadeAnew() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin())
            try await fixture.serving(catalog)
            try FileManager.default.removeItem(atPath: fixture.plugins)
            _ = try await fixture.wait(catalog, "nothing") { $0 == nil }
            _ = try fixture.root.directory("plugins")
            try fixture.drop("p.so", try PluginFactory.plugin(version: 2))
            try await fixture.serving(catalog)
        }
    }

    @Test func ignoresNamesThatAreNoPlugins() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            try fixture.drop(".hidden.so", try PluginFactory.plugin("hidden"))
            try fixture.drop("notes.txt", [1, 2, 3])
            try fixture.drop("p.so", try PluginFactory.plugin())
            try await fixture.serving(catalog)
            #expect(await catalog.plugins().map(\.file) == ["p.so"])
        }
    }

    @Test func triesAgainWhenTheInstallersReasonHasGone() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            try fixture.drop("a.so", try PluginFactory.plugin("a"))
            try await fixture.serving(catalog, "a.so")
            fixture.installer.services.withLock {
                $0.refusal = PluginRefusal(kind: "routeConflict", message: "taken")
            }
            try fixture.drop("b.so", try PluginFactory.plugin("b"))
            let refusal = try await fixture.refusal(catalog, of: "b.so")
            #expect(refusal.kind == "routeConflict")
            fixture.installer.services.withLock { $0.refusal = nil }
            unlink("\(fixture.plugins)/a.so")
            try await fixture.serving(catalog, "b.so")
        }
    }

    @Test func worksWithoutInotify() async throws {
        var fixture = try CatalogFixture()
        fixture.configuration.usesInotify = false
        let second = try PluginFactory.plugin(version: 2)
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin())
            try await fixture.serving(catalog)
            try fixture.drop("p.so", second)
            try await fixture.serving(catalog, hash: ContentHash.of(second))
            unlink("\(fixture.plugins)/p.so")
            _ = try await fixture.wait(catalog, "nothing") { $0 == nil }
        }
    }
}
