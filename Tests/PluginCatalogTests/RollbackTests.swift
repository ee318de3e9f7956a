import Foundation
import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import PluginCatalog

@Suite(.timeLimit(.minutes(2)))
struct RollbackTests {
    /// Drops versions one after the other and returns their hashes.
    private func drop(
        _ versions: ClosedRange<Int>,
        _ fixture: CatalogFixture,
        _ catalog: Catalog
    ) async throws -> [String] {
        var hashes: [String] = []
        for version in versions {
            let bytes = try PluginFactory.plugin(version: version)
            let hash = try #require(ContentHash.of(bytes))
            try fixture.drop("p.so", bytes)
            try await fixture.serving(catalog, hash: hash)
            hashes.append(hash)
        }
        return hashes
    }

    @Test func goesBackStepByStepAndStaysThereAcrossARestart() async throws {
        let fixture = try CatalogFixture()
        var hashes: [String] = []
        try await fixture.run { catalog in
            hashes = try await drop(1...3, fixture, catalog)
            let second = try await catalog.rollback(plugin: "hello", to: nil)
            #expect(second.version == hashes[1])
            #expect(second.warnings.count == 1)
            let first = try await catalog.rollback(plugin: "hello", to: nil)
            #expect(first.version == hashes[0])
            #expect(fixture.installer.hash("hello") == hashes[0])
            await #expect(throws: HostOperationError.self) {
                try await catalog.rollback(plugin: "hello", to: nil)
            }
        }
        let next = fixture.restarted()
        try await next.run { catalog in
            try await next.serving(catalog, hash: hashes[0])
            let forward = try await catalog.rollback(
                plugin: "hello",
                to: String(hashes[2].prefix(12))
            )
            #expect(forward.version == hashes[2])
            #expect(forward.warnings.isEmpty)
            #expect(next.workers.probes.withLock { $0 }.isEmpty)
        }
    }

    @Test func endsWithTheNextChangeOfTheFile() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            let hashes = try await drop(1...2, fixture, catalog)
            _ = try await catalog.rollback(plugin: "hello", to: nil)
            try fixture.drop("p.so", try PluginFactory.plugin(version: 2))
            let view = try await fixture.serving(catalog, hash: hashes[1])
            #expect(view.warnings.isEmpty)
        }
    }

    @Test func keepsTheLastFiveVersions() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            let hashes = try await drop(1...8, fixture, catalog)
            let view = try #require(await catalog.plugins().first)
            #expect(view.earlier == Array(hashes[3...6].reversed()))
            _ = try await fixture.wait(catalog, "five images") { _ in
                (try? fixture.images().count) == 5
            }
            let error = await #expect(throws: HostOperationError.self) {
                try await catalog.rollback(plugin: "hello", to: hashes[0])
            }
            #expect(error?.kind == .notFound)
        }
    }

    @Test func neverCollectsTheVersionInService() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            let hashes = try await drop(1...5, fixture, catalog)
            _ = try await catalog.rollback(plugin: "hello", to: hashes[0])
            fixture.installer.services.withLock {
                $0.refusal = PluginRefusal(kind: "no", message: "no")
            }
            try fixture.drop("p.so", try PluginFactory.plugin(version: 6))
            let refusal = try await fixture.refusal(catalog)
            #expect(refusal.kind == "no")
            #expect(await catalog.plugins().first?.version == hashes[0])
            #expect(try fixture.images().contains("\(hashes[0]).so"))
        }
    }

    @Test func saysWhichPluginIsNotThere() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            let error = await #expect(throws: HostOperationError.self) {
                try await catalog.rollback(plugin: "nobody", to: nil)
            }
            #expect(error?.kind == .notFound)
            #expect(error?.message.contains("'nobody'") == true)
        }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct DeployTests {
    @Test func waitsUntilTheContentIsServed() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            for version in 1...3 {
                let bytes = try PluginFactory.plugin(version: version)
                let view = try await catalog.deploy(
                    fileName: "p.so",
                    bytes: ByteBuffer(bytes: bytes)
                )
                #expect(view.version == ContentHash.of(bytes))
                #expect(fixture.installer.hash("hello") == view.version)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: fixture.plugins)
            #expect(names == ["p.so"])
        }
    }

    @Test func saysWhyTheContentIsRefused() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            let refusal = await #expect(throws: PluginRefusal.self) {
                try await catalog.deploy(fileName: "p.so", bytes: ByteBuffer(string: "no ELF"))
            }
            #expect(refusal?.kind == "notELF")
        }
    }

    @Test(arguments: ["../p.so", ".p.so", "p", "", "a/b.so", ".so"])
    func refusesNamesThatLeadElsewhere(_ name: String) async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            let error = await #expect(throws: HostOperationError.self) {
                try await catalog.deploy(fileName: name, bytes: ByteBuffer(string: "x"))
            }
            #expect(error?.kind == .invalid)
        }
    }

    @Test func clearsAwayWhatACrashLeftHalfDeployed() async throws {
        let fixture = try CatalogFixture()
        let left = "\(fixture.plugins)/.p.so.7\(Catalog.deploySuffix)"
        let others = "\(fixture.plugins)/.gitkeep"
        for path in [left, others] { try fixture.write([1], to: path) }
        try await fixture.run { catalog in
            try fixture.drop("p.so", try PluginFactory.plugin())
            try await fixture.serving(catalog)
        }
        #expect(access(left, F_OK) != 0)
        #expect(access(others, F_OK) == 0)
    }

    @Test func removesAFile() async throws {
        let fixture = try CatalogFixture()
        try await fixture.run { catalog in
            _ = try await catalog.deploy(
                fileName: "p.so",
                bytes: ByteBuffer(bytes: try PluginFactory.plugin())
            )
            try await catalog.remove(fileName: "p.so")
            _ = try await fixture.wait(catalog, "nothing") { $0 == nil }
            try await fixture.withdrawn(catalog)
            let error = await #expect(throws: HostOperationError.self) {
                try await catalog.remove(fileName: "p.so")
            }
            #expect(error?.kind == .notFound)
        }
    }
}
