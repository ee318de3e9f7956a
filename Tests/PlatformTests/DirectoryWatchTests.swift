import Foundation
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1)))
struct DirectoryWatchTests {
    private let root: ScratchDirectory

    init() throws { root = try ScratchDirectory() }

    /// Waits until the watch has told of every one of these changes.
    private func expect(
        _ wanted: Set<DirectoryChange>,
        from watch: DirectoryWatch,
        after act: () throws -> Void = {}
    ) async throws {
        try act()
        var missing = wanted
        missing.subtract(watch.take())
        if missing.isEmpty { return }
        for await _ in watch.wakeups {
            missing.subtract(watch.take())
            if missing.isEmpty { return }
        }
        Issue.record("the watch ended without telling of \(missing)")
    }

    /// Writes into the directory until the watch hears of it; what is written while the watch is being
    /// set up is covered by its rescan.
    private func expectLife(in path: String, _ watch: DirectoryWatch) async throws {
        for await _ in watch.wakeups {
            let changes = watch.take()
            if changes.contains(.completed("a")) { return }
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(path)/a"))
        }
        Issue.record("the watch ended")
    }

    @Test func beginsWithARescan() async throws {
        let watch = try DirectoryWatch(path: root.path)
        try await expect([.rescan], from: watch)
    }

    @Test func tellsWhatHappensToNames() async throws {
        let watch = try DirectoryWatch(path: root.path)
        try await expect([.rescan], from: watch)
        try await expect([.completed("a")], from: watch) {
            try Data("x".utf8).write(to: URL(fileURLWithPath: root.file("a")))
        }
        try await expect([.gone("a"), .completed("b")], from: watch) {
            rename(root.file("a"), root.file("b"))
        }
        try await expect([.appeared("b")], from: watch) { chmod(root.file("b"), 0o600) }
        try await expect([.appeared("l")], from: watch) { symlink("b", root.file("l")) }
        try await expect([.gone("b")], from: watch) { unlink(root.file("b")) }
        try await expect([.rescan], from: watch) { chmod(root.path, 0o700) }
    }

    @Test func findsADirectoryThatWasMadeAnew() async throws {
        let path = try root.directory("d")
        let watch = try DirectoryWatch(path: path)
        try await expect([.rescan], from: watch)
        try await expect([.rescan], from: watch) { rmdir(path) }
        _ = try root.directory("d")
        try await expectLife(in: path, watch)
    }

    @Test func followsThePathWhenItsDirectoryIsSwapped() async throws {
        let path = try root.directory("d")
        let watch = try DirectoryWatch(path: path)
        try await expect([.rescan], from: watch)
        rename(path, root.file("old"))
        _ = try root.directory("d")
        try await expectLife(in: path, watch)
    }

    @Test func comparesListingsWithoutInotify() async throws {
        let watch = try DirectoryWatch(
            path: root.path,
            pollInterval: .milliseconds(5),
            usesInotify: false
        )
        try await expect([.rescan], from: watch)
        for text in ["x", "xy"] {
            try await expect([.rescan], from: watch) {
                try Data(text.utf8).write(to: URL(fileURLWithPath: root.file("a")))
            }
        }
        try await expect([.rescan], from: watch) { unlink(root.file("a")) }
    }

    @Test func endsItsStreamWhenItIsEnded() async throws {
        let watch = try DirectoryWatch(path: root.path)
        watch.end()
        for await _ in watch.wakeups {}
    }
}

struct PendingChangesTests {
    @Test func keepsOneChangePerName() {
        var pending = PendingChanges()
        pending.note(.appeared("a"))
        pending.note(.completed("a"))
        pending.note(.appeared("a"))
        #expect(pending.take() == [.completed("a")])
        #expect(pending.take().isEmpty)
        pending.note(.completed("a"))
        pending.note(.gone("a"))
        #expect(pending.take() == [.gone("a")])
    }

    @Test func asksForARescanBeyondItsBound() {
        var pending = PendingChanges(limit: 3)
        for name in ["a", "b", "c", "d", "e"] { pending.note(.completed(name)) }
        #expect(pending.take() == [.rescan])
        pending.note(.completed("a"))
        #expect(pending.take() == [.completed("a")])
    }
}

struct InotifyEventsTests {
    private func record(_ mask: UInt32, _ name: String, padding: Int) -> [UInt8] {
        var bytes: [UInt8] = [1, 0, 0, 0]
        for value in [mask, 0, UInt32(name.utf8.count + padding)] {
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
        }
        return bytes + Array(name.utf8) + [UInt8](repeating: 0, count: padding)
    }

    @Test func readsSeveralRecords() {
        let bytes =
            record(UInt32(IN_CLOSE_WRITE), "a.so", padding: 12)
            + record(UInt32(IN_DELETE), "b", padding: 1)
        let events = InotifyEvents(bytes.span.bytes)
        #expect(events.changes == [.completed("a.so"), .gone("b")])
        #expect(!events.directoryIsGone)
    }

    @Test func asksForARescanWhenTheQueueRanOver() {
        let events = InotifyEvents(record(UInt32(IN_Q_OVERFLOW), "", padding: 0).span.bytes)
        #expect(events.changes == [.rescan])
    }

    @Test func noticesTheEndOfTheDirectory() {
        for mask in [IN_DELETE_SELF, IN_MOVE_SELF, IN_IGNORED, IN_UNMOUNT] {
            let events = InotifyEvents(record(UInt32(mask), "", padding: 0).span.bytes)
            #expect(events.directoryIsGone)
        }
    }

    @Test func asksForARescanWhenARecordIsCutShort() {
        let whole = record(UInt32(IN_CREATE), "name", padding: 4)
        for count in 1..<whole.count {
            let events = InotifyEvents(Array(whole.prefix(count)).span.bytes)
            #expect(events.changes == [.rescan])
        }
    }
}
