import Foundation
import FunctionModel
import NIOCore
import Platform
import Synchronization
import Testing

@testable import TriggerFiles

/// What can be said about a watch, and opening files.
@Suite(.serialized)
struct WatchOptionTests {
    @Test func opensWhatTheEventToldOfAndNothingElse() async throws {
        let bench = try WatchBench()
        try bench.write("hello", to: "a")
        let claimed = try await bench.claim()[0]
        let id = try WatchBench.events(of: claimed)[0].id
        let answer = await bench.trigger.answer(.open(id), from: .of(claimed))
        #expect(answer.status == 200)
        let file = try #require(answer.attachment as? Descriptor)
        var bytes = [UInt8](repeating: 0, count: 9)
        #expect(read(file.rawValue, &bytes, 9) == 5)
        // Reading only, and beneath nothing else.
        #expect(Glibc.write(file.rawValue, bytes, 1) == -1)
        #expect(await bench.trigger.answer(.open("other"), from: .of(claimed)).status == 404)
        var stranger = HostCaller.of(claimed)
        stranger.id = InvocationID()
        #expect(await bench.trigger.answer(.open(id), from: stranger).status == 404)
        try bench.write("another", to: "a")
        #expect(await bench.trigger.answer(.open(id), from: .of(claimed)).status == 410)
        try await bench.settle(claimed)
        #expect(try await bench.events(1) == ["changed a"])
        await bench.end()
    }

    @Test func opensThroughNoLink() async throws {
        let bench = try WatchBench { _ in
        } _: {
            $0.recursive = true
        }
        try bench.makeDirectory("d")
        try bench.write("hello", to: "d/a")
        let claimed = try await bench.claim()[0]
        let id = try WatchBench.events(of: claimed)[0].id
        // The same file by another way: through a link in the place of the directory.
        try bench.rename("d", to: "e")
        symlink("e", "\(bench.directory)/d")
        #expect(await bench.trigger.answer(.open(id), from: .of(claimed)).status == 410)
        await bench.end()
    }

    @Test func handsManyFilesToOneInvocation() async throws {
        let bench = try WatchBench { directory in
            for number in 0..<25 { try WatchBench.write("x", to: "\(directory)/\(number)") }
        } _: {
            $0.batch = 10
            // All are found by the first look, none later by itself.
            $0.stableForMilliseconds = 0
        }
        var sizes: [Int] = []
        while sizes.reduce(0, +) < 25 {
            for one in try await bench.claim() {
                sizes.append(try WatchBench.events(of: one).count)
                try await bench.settle(one)
            }
        }
        #expect(sizes == [10, 10, 5])
        await bench.end()
    }

    @Test(arguments: [("name", "a b c"), ("oldest", "c a b"), ("newest", "b a c")])
    func keepsTheOrderThatIsAskedFor(order: String, expected: String) async throws {
        let bench = try WatchBench { directory in
            for (name, age) in [("a", 200), ("b", 100), ("c", 300)] {
                let path = "\(directory)/\(name)"
                try WatchBench.write("x", to: path)
                var times = [timeval(), timeval()]
                let then = Int(Date().timeIntervalSince1970) - age
                for index in times.indices { times[index].tv_sec = then }
                #expect(utimes(path, times) == 0)
            }
        } _: {
            $0.order = order
            $0.parallelism = 1
            // All are found by the first look, none later by itself.
            $0.stableForMilliseconds = 0
        }
        var names: [String] = []
        for _ in 0..<3 {
            let claimed = try await bench.claim()
            // No more than one at a time.
            #expect(claimed.count == 1)
            names += try claimed.flatMap(WatchBench.events).map(\.path)
            for one in claimed { try await bench.settle(one) }
        }
        #expect(names.joined(separator: " ") == expected)
        await bench.end()
    }

    @Test func handlesOneOrAllOnceMoreButNotWhatIsTooLarge() async throws {
        let bench = try WatchBench { _ in
        } _: {
            $0.largestBytes = 4
            $0.order = "name"
        }
        for (name, text) in [("a", "1"), ("b", "2"), ("large", "12345")] {
            try bench.write(text, to: name)
        }
        #expect(Set(try await bench.events(2)) == ["added a", "added b"])
        _ = try await bench.row("large") { $0.state == .ignored }
        func again(_ name: String?) async throws -> Int {
            let path = name.map { FilePath(Array($0.utf8)) }
            return try await bench.trigger.reprocess(path, of: .sample)
        }
        for name in ["a", "b"] { _ = try await bench.row(name) { $0.state == .done } }
        #expect(try await again("b") == 1)
        #expect(try await bench.events(1) == ["added b"])
        _ = try await bench.row("b") { $0.state == .done }
        #expect(try await again(nil) == 2)
        #expect(try await bench.events(2) == ["added a", "added b"])
        // Whoever names it means it.
        #expect(try await again("large") == 1)
        #expect(try await bench.events(1) == ["added large"])
        func problem(_ name: String) async -> String? {
            await #expect(throws: HostOperationError.self) { _ = try await again(name) }?.message
        }
        #expect(await problem("none")?.contains("No file 'none' is known there") == true)
        try bench.remove("a")
        _ = try await bench.row("a") { !$0.isPresent }
        #expect(await problem("a")?.contains("put it back") == true)
        await bench.end()
    }

    @Test func knowsWhatBecameOfFilesThatItWatchesNoLonger() async throws {
        let bench = try WatchBench { _ in
        } _: {
            $0.recursive = true
        }
        try bench.makeDirectory("d")
        for name in ["d/a", "d/b"] { try bench.write("1", to: name) }
        _ = try await bench.events(2)
        for name in ["d/a", "d/b"] { _ = try await bench.row(name) { $0.state == .done } }
        bench.trigger.serve([])
        try bench.remove("d/b")
        var declaration = FilesTriggerDeclaration(directory: bench.directory)
        declaration.recursive = false
        bench.trigger.serve([.sample(declaration, permissions: Permissions())])
        #expect(try await bench.row("d/b") { !$0.isPresent }.state == .done)
        #expect(try await bench.row("d/a") { _ in true }.isPresent)
        #expect(try await bench.trigger.reprocess(nil, of: .sample) == 0)
        await bench.end()
    }

    @Test func deletesWhatHasBeenHandledAndKeepsItsFate() async throws {
        let bench = try WatchBench { _ in
        } _: {
            $0.afterwards = "delete"
        }
        try bench.write("1", to: "good")
        try bench.write("2", to: "bad")
        for one in try await bench.claimBoth() {
            let isGood = try WatchBench.events(of: one)[0].path == "good"
            try await bench.settle(one, isGood ? .succeeded : .dead(.permanent))
        }
        let good = try await bench.row("good") { $0.state == .done }
        #expect(!good.isPresent)
        #expect(good.note == "deleted")
        #expect(try await bench.row("bad") { $0.state == .failed }.isPresent)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.directory) == ["bad"])
        await bench.end()
    }

    @Test func movesWhatHasBeenHandledAndSaysWhy() async throws {
        let bench = try WatchBench { _ in
        } _: {
            $0.afterwards = "move"
        }
        try bench.makeDirectory("done")
        try bench.write("earlier", to: "done/good")
        try bench.write("1", to: "good")
        try bench.write("2", to: "bad")
        for one in try await bench.claimBoth() {
            let isGood = try WatchBench.events(of: one)[0].path == "good"
            try await bench.settle(one, isGood ? .succeeded : .dead(.permanent))
        }
        #expect(try await bench.row("good") { $0.state == .done }.note == "moved to done/good.2")
        #expect(try await bench.row("bad") { $0.state == .failed }.note == "moved to failed/bad")
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(bench.directory)/\(name)", encoding: .utf8)
        }
        #expect(try text("done/good") == "earlier")
        #expect(try text("done/good.2") == "1")
        #expect(try text("failed/bad") == "2")
        #expect(try text("failed/bad.reason.txt").hasPrefix("Bad: row 3 is bad\n"))
        #expect(try await bench.onlyEvents(0) == [])
        await bench.end()
    }

    @Test func leavesAloneWhatHasChangedSinceItWasHandled() async throws {
        let bench = try WatchBench { _ in
        } _: {
            $0.afterwards = "delete"
        }
        try bench.write("1", to: "a")
        let claimed = try await bench.claim()[0]
        try bench.write("22", to: "a")
        _ = try await bench.row("a") { $0.isChangedAgain }
        try await bench.settle(claimed)
        let again = try await bench.claim()[0]
        #expect(try WatchBench.events(of: again).map(\.size) == [2])
        try await bench.settle(again)
        #expect(try await bench.row("a") { $0.state == .done }.note == "deleted")
        await bench.end()
    }

    @Test func stopsAFunctionThatWritesWhereItWatches() async throws {
        let directory = try WatchBench.makeDirectory()
        let bench = try WatchBench(
            permissions: .init(write: [directory]),
            directory: directory
        ) { _ in
        } _: {
            $0.stableForMilliseconds = 0
        }
        try bench.write("x", to: "0")
        var runs = 0
        let runner = try #require(bench.trigger.runners.first)
        let deadline = ContinuousClock.now + .seconds(60)
        while !runner.shown.withLock({ $0.isStopped }), ContinuousClock.now < deadline {
            for one in try await bench.claimNow() {
                runs += 1
                try bench.write("x", to: "\(runs)")
                _ = try await bench.row("\(runs)") { _ in true }
                try await bench.settle(one)
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(runner.shown.withLock { $0.isStopped })
        #expect(runs < 100)
        #expect(bench.logged.contains { $0.contains("writes into the directory that it watches") })
        // What waits is named: nothing has to be handled anew for that.
        #expect(
            try await bench.trigger.reprocess(FilePath(Array("\(runs)".utf8)), of: .sample) == 0
        )
        #expect(try await bench.claim().count > 0)
        let error = await #expect(throws: HostOperationError.self) {
            try await bench.trigger.letGoOn(.sample)
        }
        #expect(error?.message.contains("No watch of 'files.take' is stopped") == true)
        await bench.end()
    }
}

extension WatchBench {
    /// Claims two.
    func claimBoth() async throws -> [ClaimedInvocation] {
        var claimed = try await claim()
        if claimed.count < 2 { claimed += try await claim() }
        return claimed
    }

    /// Claims what is there.
    func claimNow() async throws -> [ClaimedInvocation] {
        let allowance = ClaimAllowance(count: 9, lease: .seconds(60))
        return try await store.claim(
            ClaimRequest(holder: "test", allowances: [.sample: allowance])
        ).claimed
    }
}

extension HostCall {
    static func open(_ id: String) -> HostCall {
        HostCall(
            number: 1,
            operation: .openFile,
            name: id,
            contentType: "",
            payload: ByteBuffer(),
            timeout: nil
        )
    }
}

extension HostCaller {
    static func of(_ claimed: ClaimedInvocation) -> HostCaller {
        HostCaller(
            id: claimed.invocation.id,
            function: claimed.invocation.function,
            trace: claimed.invocation.trace,
            depth: 0,
            remaining: .seconds(1)
        )
    }
}
