import Foundation
import FunctionModel
import Platform
import Testing

@testable import TriggerFiles

/// Real directories, with the kernel telling and without.
@Suite(.serialized)
struct WatchTests {
    @Test(arguments: [true, false])
    func tellsWhatIsThereAtTheStartOnce(usesInotify: Bool) async throws {
        let bench = try WatchBench(usesInotify: usesInotify) { directory in
            for name in ["a", "b", ".hidden", "c~"] {
                try WatchBench.write(name, to: "\(directory)/\(name)")
            }
            symlink("/etc/passwd", "\(directory)/link")
            mkdir("\(directory)/below", 0o755)
        }
        #expect(try await bench.onlyEvents(2) == ["added a", "added b"])
        await bench.end()
    }

    @Test(arguments: [true, false])
    func tellsAFileThatIsWrittenAndOneThatIsWrittenAgain(usesInotify: Bool) async throws {
        let bench = try WatchBench(usesInotify: usesInotify)
        try bench.write("one", to: "a")
        #expect(try await bench.events(1) == ["added a"])
        try bench.write("two!", to: "a")
        #expect(try await bench.onlyEvents(1) == ["changed a"])
        await bench.end()
    }

    @Test func tellsNothingBeforeTheWriterHasClosed() async throws {
        let bench = try WatchBench { _ in
        } _: {
            $0.stableForMilliseconds = 1
        }
        let file = open("\(bench.directory)/a", O_WRONLY | O_CREAT, 0o644)
        try #require(Glibc.write(file, "half", 4) == 4)
        try bench.write("x", to: "b")
        #expect(try await bench.events(1) == ["added b"])
        // A rescan doesn't make it whole either: the kernel knows that somebody writes.
        for runner in bench.trigger.runners { runner.inbox.lookAtEverything() }
        try bench.write("x", to: "c")
        #expect(try await bench.events(1) == ["added c"])
        try #require(Glibc.write(file, "whole", 5) == 5)
        close(file)
        let claimed = try await bench.claim()
        #expect(try claimed.flatMap(WatchBench.events).map(\.size) == [9])
        await bench.end()
    }

    @Test func tellsAnEditorsWritesOnce() async throws {
        let bench = try WatchBench { _ in
        } _: {
            // Longer than an editor takes, on a machine that stalls as well.
            $0.stableForMilliseconds = 500
        }
        try bench.write("1", to: "doc")
        #expect(try await bench.events(1) == ["added doc"])
        // Written beside and renamed over it.
        try bench.write("22", to: ".doc.swp")
        try bench.rename(".doc.swp", to: "doc")
        #expect(try await bench.events(1) == ["changed doc"])
        // The old one kept as a backup, the new one written in its place.
        try bench.rename("doc", to: "doc~")
        try bench.write("333", to: "doc")
        #expect(try await bench.events(1) == ["changed doc"])
        // Truncated and written.
        try bench.write("4444", to: "doc")
        #expect(try await bench.onlyEvents(1) == ["changed doc"])
        await bench.end()
    }

    @Test func tellsWhatWasRemovedAndNotWhatWasReplaced() async throws {
        let bench = try WatchBench { _ in
        } _: {
            $0.kinds = ["added", "changed", "removed"]
            // Longer than the replacement takes, on a machine that stalls as well.
            $0.stableForMilliseconds = 500
        }
        try bench.write("1", to: "a")
        try bench.write("1", to: "b")
        _ = try await bench.events(2)
        try bench.remove("a")
        try bench.remove("b")
        try bench.write("22", to: "b")
        #expect(try await bench.onlyEvents(2) == ["changed b", "removed a"])
        await bench.end()
    }

    @Test func takesHardLinksAndTheSameContentTwiceAsFilesOfTheirOwn() async throws {
        let bench = try WatchBench()
        try bench.write("same", to: "a")
        #expect(try await bench.events(1) == ["added a"])
        #expect(link("\(bench.directory)/a", "\(bench.directory)/b") == 0)
        #expect(try await bench.events(1) == ["added b"])
        try bench.write("same", to: "c")
        #expect(try await bench.onlyEvents(1) == ["added c"])
        await bench.end()
    }

    @Test func tellsNamesThatAreNoText() async throws {
        let bench = try WatchBench()
        let name: [UInt8] = [0x66, 0xff, 0xfe]
        let path = Array(bench.directory.utf8) + [UInt8(ascii: "/")] + name + [0]
        let file = path.withUnsafeBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { open($0, O_WRONLY | O_CREAT, 0o600) }
                ?? -1
        }
        #expect(file >= 0)
        close(file)
        let claimed = try await bench.claim()
        let event = try #require(try claimed.flatMap(WatchBench.events).first)
        #expect(event.rawPath == "66fffe")
        #expect(event.path == "f\u{fffd}\u{fffd}")
        let answer = await bench.trigger.answer(.open(event.id), from: .of(claimed[0]))
        #expect(answer.status == 200)
        await bench.end()
    }

    @Test(arguments: [true, false])
    func followsDirectoriesThatComeMoveAndGo(usesInotify: Bool) async throws {
        let bench = try WatchBench(usesInotify: usesInotify) { _ in
        } _: {
            $0.recursive = true
            $0.kinds = ["added", "removed"]
        }
        try bench.makeDirectory("in/deep")
        try bench.write("1", to: "in/deep/a")
        #expect(try await bench.events(1) == ["added in/deep/a"])
        try bench.rename("in", to: "out")
        #expect(Set(try await bench.events(2)) == ["removed in/deep/a", "added out/deep/a"])
        try bench.write("2", to: "out/deep/b")
        #expect(try await bench.events(1) == ["added out/deep/b"])
        try bench.remove("out")
        #expect(
            Set(try await bench.onlyEvents(2)) == ["removed out/deep/a", "removed out/deep/b"]
        )
        await bench.end()
    }

    @Test func findsTheDirectoryAgainThatWasDeletedAndRemade() async throws {
        let bench = try WatchBench()
        try bench.write("1", to: "a")
        #expect(try await bench.events(1) == ["added a"])
        try FileManager.default.removeItem(atPath: bench.directory)
        try await bench.eventually("it says so") {
            bench.logged.contains { $0.contains("can't be watched yet") }
        }
        mkdir(bench.directory, 0o755)
        try bench.write("1", to: "a")
        try bench.write("2", to: "b")
        // Whether the first file was seen to go depends on which of the two was noticed first.
        let files = try await bench.events(2).compactMap { $0.split(separator: " ").last }
        #expect(files.sorted() == ["a", "b"], "\(bench.logged)")
        await bench.end()
    }

    /// It would wake at once, again and again, for a look that can't be taken.
    @Test func waitsForADirectoryThatIsNotThereAsLongAsForItsPath() async throws {
        let directory = try WatchBench.makeDirectory()
        let bench = try WatchBench(directory: directory + "/none")
        try await bench.eventually("it says so") {
            bench.logged.contains { $0.contains("can't be watched yet") }
        }
        let runner = try #require(bench.trigger.runners.first)
        let (due, rootCheck, mode) = await runner.waiting
        #expect(due == rootCheck)
        #expect(mode != .watching)
        mkdir(bench.directory, 0o755)
        try bench.write("1", to: "a")
        #expect(try await bench.events(1) == ["added a"])
        await bench.end()
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func anotherDirectoryInItsPlaceIsLookedAt() async throws {
        let bench = try WatchBench()
        try bench.write("1", to: "a")
        #expect(try await bench.events(1) == ["added a"])
        let other = bench.directory + ".other"
        mkdir(other, 0o755)
        try WatchBench.write("22", to: other + "/b")
        let old = bench.directory + ".old"
        #expect(Glibc.rename(bench.directory, old) == 0)
        #expect(Glibc.rename(other, bench.directory) == 0)
        #expect(try await bench.events(1) == ["added b"])
        try FileManager.default.removeItem(atPath: old)
        await bench.end()
    }

    @Test func anOverflowLosesNothingAndTellsNothingTwice() async throws {
        let bench = try WatchBench()
        try bench.write("1", to: "a")
        #expect(try await bench.events(1) == ["added a"])
        let runner = try #require(bench.trigger.runners.first)
        let notice = (
            Inotify.Notice(watch: -1, what: .overflowed, isDirectory: false, name: []),
            directory: [UInt8]()
        )
        runner.inbox.note([notice])
        try bench.write("2", to: "b")
        #expect(try await bench.onlyEvents(1) == ["added b"])
        #expect(bench.logged.contains { $0.contains("the kernel's queue was full") })
        await bench.end()
    }

    @Test func afterARestartTellsWhatHasChangedMeanwhile() async throws {
        let first = try WatchBench()
        for name in ["a", "b", "c"] { try first.write(name, to: name) }
        _ = try await first.events(3)
        await first.end(removing: false)
        try first.write("changed", to: "b")
        try first.remove("c")
        try first.write("new", to: "d")
        let second = try WatchBench(store: first.store, directory: first.directory)
        #expect(try await second.onlyEvents(2) == ["added d", "changed b"])
        await second.end()
    }
}

extension WatchRunner {
    fileprivate var waiting:
        (due: ContinuousClock.Instant, rootCheck: ContinuousClock.Instant, Mode)
    {
        (due, rootCheck, mode)
    }
}
