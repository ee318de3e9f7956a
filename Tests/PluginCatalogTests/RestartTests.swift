import Foundation
import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import PluginCatalog

@Suite(.timeLimit(.minutes(2)))
struct RestartTests {
    @Test func probesNothingAfterARestart() async throws {
        let fixture = try CatalogFixture()
        for index in 0..<20 {
            try fixture.drop("p\(index).so", try PluginFactory.plugin("p\(index)"))
        }
        try await fixture.run { catalog in
            for index in 0..<20 { try await fixture.serving(catalog, "p\(index).so") }
        }
        let probes = fixture.workers.probes.withLock { $0.count }
        #expect(probes == 20)
        let next = fixture.restarted()
        try await next.run { catalog in
            for index in 0..<20 { try await next.serving(catalog, "p\(index).so") }
        }
        #expect(next.workers.probes.withLock { $0 }.isEmpty)
        #expect(next.installer.services.withLock { $0.log.count } == 20)
        #expect(next.installer.services.withLock { $0.warmed } == 0)
    }

    @Test func servesTheLastGoodVersionWhenTheFileWasBrokenMeanwhile() async throws {
        let fixture = try CatalogFixture()
        try fixture.drop("p.so", try PluginFactory.plugin())
        try await fixture.run { try await fixture.serving($0) }
        try fixture.drop("p.so", Array("broken".utf8))
        let next = fixture.restarted()
        try await next.run { catalog in
            let refusal = try await next.refusal(catalog)
            #expect(refusal.kind == "notELF")
            #expect(await catalog.plugins().first?.state == .serving)
            #expect(next.installer.hash("hello") != nil)
        }
    }

    @Test func servesTheNewVersionWhenTheFileWasReplacedMeanwhile() async throws {
        let fixture = try CatalogFixture()
        let second = try PluginFactory.plugin(version: 2)
        try fixture.drop("p.so", try PluginFactory.plugin())
        try await fixture.run { try await fixture.serving($0) }
        try fixture.drop("p.so", second)
        let next = fixture.restarted()
        try await next.run { try await next.serving($0, hash: ContentHash.of(second)) }
    }

    @Test func forgetsAPluginWhoseFileWasRemovedMeanwhile() async throws {
        let fixture = try CatalogFixture()
        try fixture.drop("p.so", try PluginFactory.plugin())
        try fixture.drop("q.so", try PluginFactory.plugin("other"))
        try await fixture.run {
            try await fixture.serving($0)
            try await fixture.serving($0, "q.so")
        }
        unlink("\(fixture.plugins)/p.so")
        let next = fixture.restarted()
        try await next.run { catalog in
            try await next.serving(catalog, "q.so")
            #expect(await catalog.plugins().map(\.file) == ["q.so"])
        }
        #expect(next.installer.services.withLock { Array($0.versions.keys) } == ["other"])
        #expect(try next.images().count == 1)
    }

    @Test func fetchesADamagedImageAnew() async throws {
        let fixture = try CatalogFixture()
        let bytes = try PluginFactory.plugin()
        try fixture.drop("p.so", bytes)
        try await fixture.run { try await fixture.serving($0) }
        let image = "\(fixture.root.path)/images/\(try #require(ContentHash.of(bytes))).so"
        let before = try #require(FileAttributes(image))
        // Damaged behind everybody's back: same size, same time.
        chmod(image, 0o600)
        let file = open(image, O_WRONLY | O_CLOEXEC)
        pwrite(file, "XXXX", 4, bytes.count / 2)
        close(file)
        before.restore(image)
        let next = fixture.restarted()
        try await next.run { catalog in
            try await next.serving(catalog)
            let deadline = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < deadline, try next.content(image) != bytes {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(try next.content(image) == bytes)
        }
    }

    @Test func fetchesAnImageThatIsGoneAnew() async throws {
        let fixture = try CatalogFixture()
        let bytes = try PluginFactory.plugin()
        try fixture.drop("p.so", bytes)
        try await fixture.run { try await fixture.serving($0) }
        let image = "\(fixture.root.path)/images/\(try #require(ContentHash.of(bytes))).so"
        unlink(image)
        let next = fixture.restarted()
        try await next.run { catalog in
            try await next.serving(catalog)
            #expect(try next.content(image) == bytes)
        }
    }

    @Test func believesNothingThatAHostOfAnotherReleaseFound() async throws {
        var fixture = try CatalogFixture()
        try fixture.drop("p.so", try PluginFactory.plugin(stamp: "ROOST_STAMP(\"6.3\");"))
        fixture.configuration.host.swiftVersion = "6.3"
        try await fixture.run { try await fixture.serving($0) }
        var next = fixture.restarted()
        next.configuration.host.swiftVersion = "6.4"
        try await next.run { catalog in
            let refusal = try await next.refusal(catalog)
            #expect(refusal.kind == "wrongSwiftVersion")
            #expect(next.installer.hash("hello") == nil)
        }
    }
}

/// What a damaging hand puts back to go unnoticed.
private struct FileAttributes {
    private let times: [timespec]

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        times = [status.st_atim, status.st_mtim]
    }

    func restore(_ path: String) { utimensat(AT_FDCWD, path, times, 0) }
}
