import Foundation
import Testing

/// Very many files as fast as they can be made, while the host doesn't get to hear of them.
@Suite("A storm of files", .serialized)
struct FileStormTests {
    /// 50,000 in the campaign; the kernel's queue holds 16,384 events.
    private var count: Int {
        ProcessInfo.processInfo.environment["ROOST_TEST_FILES"].flatMap { Int($0) } ?? 12_000
    }

    @Test func isHandledOnceEachThoughTheKernelsQueueOverflows() async throws {
        let count = count
        let ledger = try Ledger()
        defer { ledger.close() }
        let host = try await RoostProcess.start(
            plugins: ["FileLedgerPlugin"],
            settings: ledger.settings
        )
        let directory = host.home.appending(path: "files/fileledger/in").path
        _ = try await eventually("it watches") {
            try await host.fileWatches().first { $0.mode == "watching" && $0.looks > 0 }
        }
        let begun = ContinuousClock.now
        // What the kernel tells while the host stands still has no room.
        kill(host.processIdentifier, SIGSTOP)
        try await onThread { try Self.write(count, into: directory) }
        let written = ContinuousClock.now - begun
        kill(host.processIdentifier, SIGCONT)
        _ = try await eventually("all are handled", within: .seconds(600)) {
            ledger.runs.count >= count ? true : nil
        }
        _ = try await eventually("the index knows it", within: .seconds(60)) {
            try await host.fileWatches().first { $0.files["done"] == count }
        }
        let watch = try #require(try await host.fileWatches().first)
        let runs = ledger.runs
        let torn = runs.keys.filter { !$0.contains(" whole ") }
        let paths = Set(runs.keys.map { $0.prefix { $0 != " " } })
        print(
            "\(count) files written in \(written), handled after \(ContinuousClock.now - begun); "
                + "the kernel's queue was full \(watch.overflows) times"
        )
        #expect(watch.overflows > 0)
        #expect(torn == [])
        #expect(paths.count == count)
        // The line holds the time of its run, so two runs of a file are two lines.
        #expect(runs.count == count)
        #expect(runs.values.allSatisfy { $0 == 1 })
        #expect(await host.stop() == 0)
    }

    /// Writes files in two steps each; every hundredth stays open until all others are there.
    private static func write(_ count: Int, into directory: String) throws {
        var late: [Int32] = []
        for number in 0..<count {
            let file = open("\(directory)/\(number)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            guard file >= 0 else { throw TransportError("open: \(errno)") }
            _ = Glibc.write(file, "begin\n", 6)
            if number % 100 == 0, late.count < 200 {
                late.append(file)
                continue
            }
            _ = Glibc.write(file, "end\n", 4)
            close(file)
        }
        for file in late {
            _ = Glibc.write(file, "end\n", 4)
            close(file)
        }
    }
}

/// A watched directory as the admin API shows it.
struct WatchState: Decodable, Sendable {
    var function: String
    var directory: String
    var mode: String
    var reason: String?
    var looks: Int
    var lookSeconds: Double
    var overflows: Int
    var files: [String: Int]
}

extension RoostProcess {
    /// The watched directories.
    func fileWatches() async throws -> [WatchState] {
        struct Watches: Decodable { var watches: [WatchState] }
        return try await ask("/v1/files", Watches.self).watches
    }
}
