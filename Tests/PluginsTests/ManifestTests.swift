import Airports
import Counter
import Events
import Foundation
import FunctionModel
import FunctionSDK
import FunctionTesting
import Hello
import Orders
import Testing
import Thumbnail
import Users
import WordCount
import Zoo

/// The examples' manifests against the host's own type.
@Suite struct ManifestTests {
    private func manifest(_ entry: (HostAPI) -> PluginPointer?) throws -> Manifest {
        let text = try TestHost(entry: entry).manifest
        return try JSONDecoder().decode(Manifest.self, from: Data(text.utf8))
    }

    @Test func everyExampleHasAManifestWithValidNames() throws {
        let entries = [
            Airports.entry, Counter.entry, Events.entry, Hello.entry, Orders.entry,
            Thumbnail.entry, Users.entry, WordCount.entry, Zoo.entry,
        ]
        let names = try entries.map { entry in
            let manifest = try manifest(entry)
            for function in manifest.functions {
                _ = try FunctionName(plugin: manifest.plugin, function: function.name)
            }
            #expect(Set(manifest.functions.map(\.name)).count == manifest.functions.count)
            return manifest.plugin
        }
        #expect(
            names == [
                "airports", "counter", "events", "hello", "orders", "thumbnail", "users",
                "wordcount", "zoo",
            ]
        )
    }

    @Test func theHostUnderstandsEveryMember() throws {
        let plugin = Self.everyMember
        let manifest = try manifest { plugin.export(to: $0) }
        var limits = QuotaOverrides()
        limits.timeoutMilliseconds = 1_000
        limits.cpuMilliseconds = 2_000
        limits.memoryBytes = 3 << 20
        limits.concurrency = 4
        limits.ratePerMinute = 120
        limits.burst = 4
        limits.errorPercent = 40
        limits.queueLength = 5
        limits.queueWaitMilliseconds = 6_000
        limits.requestBytes = 7
        limits.responseBytes = 8
        limits.logBytes = 9
        limits.startMilliseconds = 10_000
        limits.idleMilliseconds = 11_000
        let function = try #require(manifest.functions.first)
        #expect(function.limits == limits)
        #expect(
            function.triggers?.first?.http == HTTPTriggerDeclaration(method: "PUT", path: "/a/{b}")
        )
        #expect(function.isolation == .process)
        #expect(function.onCrash == .backoff)
        #expect(function.streaming == FunctionModel.Streaming(request: true, response: true))
        #expect(function.idempotent == true)
        #expect(function.public == true)
        #expect(function.summary == "t")
        let cron = try #require(manifest.functions[1].triggers?.first?.cron)
        #expect(cron.catchUp == "all(3)")
        #expect(cron.overlap == "queue")
        let files = try #require(manifest.functions[2].triggers?.first?.files)
        #expect(files.matching == ["*.a", "*.b"])
        #expect(files.recursive == true)
        #expect(manifest.functions[3].triggers?.first?.internal != nil)
    }

    /// A plugin that declares everything that can be declared.
    private static let everyMember = Plugin("all", version: "1", summary: "s") {
        Function(
            "f",
            .http(.put, "/a/{b}"),
            summary: "t",
            limits: Limits(
                timeout: .seconds(1),
                cpu: .seconds(2),
                memory: .mebibytes(3),
                concurrency: 4,
                rate: .perSecond(2),
                burst: 4,
                errorPercent: 40,
                queueLength: 5,
                queueWait: .seconds(6),
                requestSize: .bytes(7),
                responseSize: .bytes(8),
                logSize: .bytes(9),
                start: .seconds(10),
                idle: .seconds(11)
            ),
            isolation: .process,
            onCrash: .backoff,
            streaming: [.request, .response],
            idempotent: true,
            public: true
        ) { (body: RawRequest, context) in }
        Function("c", .cron("@hourly", timeZone: "UTC", catchUp: .all(3), overlap: .queue)) {
            _,
            _ in
        }
        Function("w", .files("in", matching: "*.a", "*.b", recursive: true)) { _, _ in }
        Function("i", .internal) { (body: RawRequest, context) in }
    }
}
