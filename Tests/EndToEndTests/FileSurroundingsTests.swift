import Foundation
import Testing

/// Directories that are mounted over, too many for the kernel, or on file systems that tell nothing.
///
/// Nothing is missed, and the host says how it looks.
@Suite("Files in bad surroundings", .serialized)
struct FileSurroundingsTests {
    /// Whether this machine lets a test have a mount, or a user, namespace of its own.
    private static func offers(_ flags: [String]) -> Bool {
        let isThere = run(["unshare"] + flags + ["true"]) == 0
        if !isThere {
            print("left out: `unshare \(flags.joined(separator: " "))` isn't allowed here")
        }
        return isThere
    }

    static let hasMounts = offers(["-m"])
    static let hasUsers = offers(["-U", "-r"])
    static let silentMount = ReadmeTests.root.appending(path: "Tests/Surroundings/silent_mount.py")
        .path

    @discardableResult
    private static func run(_ command: [String]) -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }

    private func host(
        _ ledger: Ledger,
        within wrapper: [String]
    ) async throws -> (RoostProcess, String) {
        let host = try await RoostProcess.start(
            plugins: ["FileLedgerPlugin"],
            settings: ledger.settings,
            within: wrapper
        )
        _ = try await eventually("it has looked") {
            try await host.fileWatches().first { $0.looks > 0 }
        }
        return (host, host.home.appending(path: "files/fileledger/in").path)
    }

    private func write(_ names: [String], into directory: String) throws {
        for name in names {
            try Data("end\n".utf8).write(to: URL(filePath: "\(directory)/\(name)"))
        }
    }

    /// Waits until functions have seen files of these names, and says how often each was told.
    private func told(_ names: [String], _ ledger: Ledger) async throws -> [String: Int] {
        try await eventually("\(names) are handled") { () -> [String: Int]? in
            let runs = ledger.runs.keys.map { String($0.prefix { $0 != " " }) }
            guard Set(names).isSubset(of: runs) else { return nil }
            return runs.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    @Test(.enabled(if: hasMounts, "mount namespaces need root"))
    func whatIsMountedOverTheDirectoryIsWatchedAndWhatItHidHasNotGone() async throws {
        let ledger = try Ledger()
        defer { ledger.close() }
        let (host, directory) = try await host(ledger, within: ["unshare", "-m"])
        let inside = ["nsenter", "-t", "\(host.processIdentifier)", "-m"]
        try write(["before"], into: directory)
        #expect(try await told(["before"], ledger) == ["before": 1])

        #expect(Self.run(inside + ["mount", "-t", "tmpfs", "none", directory]) == 0)
        let end = "printf 'end\\n' > "
        #expect(Self.run(inside + ["sh", "-c", end + "\(directory)/above"]) == 0)
        #expect(try await told(["above"], ledger) == ["before": 1, "above": 1])
        // Below, where the host doesn't see it now.
        try write(["below"], into: directory)

        #expect(Self.run(inside + ["umount", directory]) == 0)
        #expect(try await told(["below"], ledger) == ["before": 1, "above": 1, "below": 1])
        try write(["after"], into: directory)
        let all = try await told(["after"], ledger)
        #expect(all == ["before": 1, "above": 1, "below": 1, "after": 1])
        #expect(await host.stop() == 0)
    }

    @Test(.enabled(if: hasMounts, "mount namespaces need root"))
    func whatIsMountedOverADirectoryBelowIsLookedAt() async throws {
        let ledger = try Ledger()
        defer { ledger.close() }
        let (host, directory) = try await host(ledger, within: ["unshare", "-m"])
        let inside = ["nsenter", "-t", "\(host.processIdentifier)", "-m"]
        let below = "\(directory)/a b"
        mkdir(below, 0o755)
        try write(["a b/1"], into: directory)
        let end = "printf 'end\\n' > "
        _ = try await eventually("the first is handled") { ledger.runs.isEmpty ? nil : true }
        // Nothing tells of a mount, and what is there already is told by nothing either.
        let mounted = "mount -t tmpfs none '\(below)' && \(end)'\(below)/2'"
        #expect(Self.run(inside + ["sh", "-c", mounted]) == 0)
        _ = try await eventually("what came with the mount is handled") {
            ledger.runs.count == 2 ? true : nil
        }
        #expect(Self.run(inside + ["sh", "-c", "\(end)'\(below)/3'"]) == 0)
        _ = try await eventually("what comes later is handled") {
            ledger.runs.count == 3 ? true : nil
        }
        #expect(Self.run(inside + ["umount", below]) == 0)
        try write(["a b/4"], into: directory)
        _ = try await eventually("what it hid goes on") { ledger.runs.count == 4 ? true : nil }
        #expect(await host.stop() == 0)
    }

    /// Each ends in polling, says why, and names what the operator can change.
    @Test(
        .enabled(if: hasUsers, "user namespaces aren't allowed here"),
        arguments: [
            ("max_inotify_watches", "3", "the kernel has no more watches to give"),
            ("max_inotify_instances", "0", "the kernel has no queue of events to give"),
        ]
    )
    func withoutWhatTheKernelGivesItPolls(limit: String, count: String, words: String) async throws
    {
        let lowered = "echo \(count) > /proc/sys/user/\(limit) && exec \"$0\" \"$@\""
        let host = try await RoostProcess.start(
            plugins: ["FilePlugin"],
            settings: """
                functions:
                  filing.read: { triggers: [{ files: { directory: in, recursive: true } }] }

                """,
            within: ["unshare", "-U", "-r", "sh", "-c", lowered]
        )
        let read = "/in"
        func watch() async throws -> WatchState? {
            try await host.fileWatches().first { $0.directory.hasSuffix(read) && $0.looks > 0 }
        }
        _ = try await eventually("it has looked") { try await watch() }
        let directory = host.home.appending(path: "files/filing/in").path
        for name in ["a", "b", "c", "d"] {
            mkdir("\(directory)/\(name)", 0o755)
            try write(["\(name)/1.txt"], into: directory)
        }
        let polling = try await eventually("it says that it polls") {
            try await watch().flatMap { $0.mode == "polling" ? $0 : nil }
        }
        #expect(polling.reason?.contains(words) == true, "\(polling)")
        #expect(polling.reason?.contains(limit) == true, "\(polling)")
        // What became of them is in the index, whether or not a cell can start here.
        _ = try await eventually("all are known") {
            try await watch().flatMap { $0.files.values.reduce(0, +) == 4 ? true : nil }
        }
        try write(["a/2.txt"], into: directory)
        _ = try await eventually("one more is known") {
            try await watch().flatMap { $0.files.values.reduce(0, +) == 5 ? true : nil }
        }
        try await host.awaitWords(words)
        await host.stop()
    }

    /// FUSE, as of a network: nothing tells what others change there.
    @Test(
        .enabled(
            if: hasMounts && FileManager.default.fileExists(atPath: "/dev/fuse"),
            "no FUSE here"
        )
    )
    func aFileSystemThatTellsNothingIsLookedAtAgainAndAgain() async throws {
        let ledger = try Ledger()
        defer { ledger.close() }
        let scratch = try RoostProcess.makeHome()
        defer { do { try FileManager.default.removeItem(at: scratch) } catch { print("\(error)") } }
        let backing = scratch.appending(path: "backing").path
        let place = scratch.appending(path: "place").path
        for directory in [backing, place, backing + "/below"] { mkdir(directory, 0o755) }
        try write(["first", "below/second"], into: backing)
        let host = try await RoostProcess.start(
            plugins: ["FileLedgerPlugin"],
            settings: ledger.settings + """
                functions:
                  fileledger.note:
                    triggers: [{ files: { directory: '\(place)', recursive: true, stableFor: 100ms } }]

                """,
            within: ["unshare", "-m", "python3", Self.silentMount, backing, place]
        )
        let names = ["first", "below/second"]
        #expect(try await told(names, ledger) == ["first": 1, "below/second": 1])
        let watch = try #require(try await host.fileWatches().first)
        #expect(watch.mode == "polling")
        #expect(watch.reason?.contains("doesn't tell of changes") == true)
        try write(["third", "below/fourth"], into: backing)
        try Data("changed\nend\n".utf8).write(to: URL(filePath: backing + "/first"))
        let all = try await told(["third", "below/fourth"], ledger)
        #expect(all["third"] == 1 && all["below/fourth"] == 1)
        _ = try await eventually("the changed one is handled again") {
            try await told(["first"], ledger)["first"] == 2 ? true : nil
        }
        #expect(ledger.runs.keys.allSatisfy { $0.contains(" whole ") })
        #expect(await host.stop() == 0)
    }
}
