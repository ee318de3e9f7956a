import Foundation
import FunctionModel
import Synchronization
import Testing

@testable import TriggerFiles

/// A kernel that has no more watches to give, and some later.
struct WatchLimitTests {
    private final class Limit: Sendable {
        private let count: Mutex<Int>

        init(_ count: Int) { self.count = Mutex(count) }

        var value: Int { count.withLock { $0 } }

        func set(_ value: Int) { count.withLock { $0 = value } }
    }

    private func bench(
        _ limit: Limit,
        _ prepare: (String) throws -> Void = { _ in }
    ) throws -> WatchBench {
        var settings = FilesSettings(home: "/nowhere")
        settings.watchLimit = { limit.value }
        settings.watchInterval = .milliseconds(10)
        return try WatchBench(settings: settings, prepare: prepare) { $0.recursive = true }
    }

    private func mode(_ bench: WatchBench) -> WatchRunner.Mode? {
        bench.trigger.runners.first?.shown.withLock { $0.mode }
    }

    private func isPolling(_ bench: WatchBench) -> Bool {
        if case .polling = mode(bench) { true } else { false }
    }

    @Test func hearsOfFilesAgainOnceThereAreWatches() async throws {
        let limit = Limit(0)
        let bench = try bench(limit)
        try await bench.eventually("it looks again and again") { isPolling(bench) }
        try bench.write("x", to: "a")
        #expect(try await bench.events(1) == ["added a"])
        limit.set(8)
        try await bench.eventually("the kernel tells") { mode(bench) == .watching }
        try await bench.eventually("it is said") {
            bench.logged.contains { $0.contains("the kernel tells of changes again") }
        }
        try bench.write("x", to: "b")
        // Neither is the other file told again.
        #expect(try await bench.onlyEvents(1) == ["added b"])
        #expect(bench.trigger.runners.first?.shown.withLock { $0.directories } == 1)
        await bench.end()
    }

    @Test func keepsNoWatchesAndSaysNothingNewWhereTheyDoNotSuffice() async throws {
        let limit = Limit(1)
        let bench = try bench(limit) { directory in
            for name in ["one", "two"] {
                let path = "\(directory)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: path,
                    withIntermediateDirectories: true
                )
            }
        }
        try await bench.eventually("it looks again and again") { isPolling(bench) }
        let before = bench.trigger.runners.first?.shown.withLock { $0.looks } ?? 0
        try await bench.eventually("it has tried again") {
            bench.trigger.runners.first?.shown.withLock { $0.looks } ?? 0 > before + 2
        }
        #expect(isPolling(bench))
        #expect(bench.trigger.runners.first?.shown.withLock { $0.directories } == 0)
        #expect(bench.logged.count { $0.contains("no more watches") } == 1, "\(bench.logged)")
        try bench.write("x", to: "two/a")
        #expect(try await bench.events(1) == ["added two/a"])
        await bench.end()
    }
}
