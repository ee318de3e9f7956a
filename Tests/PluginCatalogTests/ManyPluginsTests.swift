import Foundation
import FunctionModel
import Synchronization
import Testing

@testable import PluginCatalog

/// The catalog's own share of dropping and restarting with many plugins; probing and installing are
/// fakes that take no time.
@Suite(.timeLimit(.minutes(5)), .serialized)
struct ManyPluginsTests {
    /// The bytes of a plugin of any name, made of one compiled once: all names are of one length.
    private static func plugins(_ count: Int) throws -> [[UInt8]] {
        let model = try PluginFactory.plugin("p00000")
        let name = Array("\(PluginFactory.marker)p00000".utf8)
        let place = try #require(
            (0..<(model.count - name.count)).first {
                model[$0..<($0 + name.count)].elementsEqual(name)
            }
        )
        return (0..<count).map { index in
            var bytes = model
            let digits = Array(String(100_000 + index).utf8.dropFirst())
            bytes.replaceSubrange((place + name.count - 5)..<(place + name.count), with: digits)
            return bytes
        }
    }

    @Test(arguments: [ProcessInfo.processInfo.environment["ROOST_MANY"].flatMap { Int($0) } ?? 200])
    func servesThemAllAndAgainAfterARestart(_ count: Int) async throws {
        let fixture = try CatalogFixture()
        let images = try Self.plugins(count)
        try await fixture.run { catalog in
            let start = ContinuousClock.now
            for (index, bytes) in images.enumerated() { try fixture.drop("p\(index).so", bytes) }
            try await until(fixture, count)
            print("\(count) plugins dropped and served in \(ContinuousClock.now - start)")
            #expect(await catalog.plugins().allSatisfy { $0.state != .refused })
        }
        let next = fixture.restarted()
        let start = ContinuousClock.now
        try await next.run { catalog in
            try await until(next, count)
            print("\(count) plugins served after a restart in \(ContinuousClock.now - start)")
            while await !catalog.isReady { try await Task.sleep(for: .milliseconds(1)) }
            print("all looked at after \(ContinuousClock.now - start)")
        }
        #expect(next.workers.probes.withLock { $0.isEmpty })
    }

    @Test func takesAFewMillisecondsBeyondTheProbe() async throws {
        let fixture = try CatalogFixture()
        let images = try Self.plugins(41)
        try await fixture.run { catalog in
            var times: [Duration] = []
            for (index, bytes) in images.enumerated() {
                let hash = ContentHash.of(bytes)
                let name = "p0000\(index)".replacing("p0000", with: index < 10 ? "p0000" : "p000")
                try fixture.drop("p.so", bytes)
                let start = ContinuousClock.now
                while fixture.installer.hash(name) != hash { await Task.yield() }
                times.append(ContinuousClock.now - start)
            }
            print("drop to installed, median of \(times.count): \(times.sorted()[times.count / 2])")
        }
    }

    private func until(_ fixture: CatalogFixture, _ count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(240)
        while fixture.installer.services.withLock({ $0.versions.count }) < count {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
