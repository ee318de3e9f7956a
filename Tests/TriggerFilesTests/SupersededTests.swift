import Foundation
import FunctionModel
import Testing

@testable import TriggerFiles

/// Files that change, go or grow between their event and its end: nothing unhandled counts as handled.
@Suite(.serialized)
struct SupersededTests {
    private func bench(
        _ kinds: [String],
        _ action: String = "delete",
        largest: Int? = nil
    ) throws -> WatchBench {
        try WatchBench { _ in
        } _: {
            $0.kinds = kinds
            $0.afterwards = action
            $0.largestBytes = largest
            $0.stableForMilliseconds = 5
        }
    }

    private func isThere(_ bench: WatchBench, _ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(bench.directory)/\(name)")
    }

    @Test(arguments: [["added"], ["added", "removed"], ["added", "changed"], []])
    func whatChangesBeforeItIsOpenedIsToldAnew(kinds: [String]) async throws {
        let bench = try bench(kinds)
        try bench.write("one", to: "a")
        let first = try await bench.claim()[0]
        try bench.append(" two", to: "a")
        #expect(try await bench.open(first) == 410)
        // As functions do that have nothing left to do.
        try await bench.settle(first)
        let second = try await bench.claim()[0]
        #expect(try WatchBench.events(of: second)[0].size == 7)
        #expect(try await bench.open(second) == 200)
        #expect(isThere(bench, "a"))
        try await bench.settle(second)
        let row = try await bench.row("a") { $0.state == .done && !$0.isPresent }
        #expect(row.note == "deleted")
        await bench.end()
    }

    @Test(arguments: ["delete", "move", "leave"])
    func whatChangesAfterItWasOpenedStays(action: String) async throws {
        let bench = try bench(["added"], action)
        try bench.write("one", to: "a")
        let first = try await bench.claim()[0]
        #expect(try await bench.open(first) == 200)
        try bench.append(" two", to: "a")
        // The look at that comes before the end.
        try bench.write("x", to: "b")
        let other = try await bench.claim()[0]
        try await bench.settle(other)
        try await bench.settle(first)
        let row = try await bench.row("a") { $0.state == .done }
        #expect(row.isPresent)
        #expect(try await bench.onlyEvents(0) == [])
        #expect(isThere(bench, "a"))
        await bench.end()
    }

    @Test(arguments: [["added"], []])
    func whatGrowsBeyondTheCapIsNotHandled(kinds: [String]) async throws {
        let bench = try bench(kinds, largest: 5)
        try bench.write("one", to: "a")
        let first = try await bench.claim()[0]
        try bench.append(" and two", to: "a")
        #expect(try await bench.open(first) == 410)
        try await bench.settle(first)
        let row = try await bench.row("a") { $0.state == .ignored }
        #expect(row.note == "11 bytes, and no more than 5 are told of")
        #expect(isThere(bench, "a"))
        await bench.end()
    }

    @Test(arguments: [["added"], ["added", "removed"], ["added", "changed"]])
    func whatGoesAndComesBackIsToldAnew(kinds: [String]) async throws {
        let bench = try bench(kinds, "leave")
        try bench.write("one", to: "a")
        let first = try await bench.claim()[0]
        try bench.remove("a")
        #expect(try await bench.open(first) == 410)
        try bench.write("another", to: "a")
        try await bench.settle(first)
        while true {
            let next = try await bench.claim()[0]
            let event = try WatchBench.events(of: next)[0]
            // Where removals are told, that comes first unless it had come back by then.
            guard event.kind != "removed" else {
                try await bench.settle(next)
                continue
            }
            #expect(event.size == 7)
            #expect(try await bench.open(next) == 200)
            try await bench.settle(next)
            break
        }
        await bench.end()
    }

    @Test func aDeadLetterWhoseFileHasChangedIsHandledAnew() async throws {
        let bench = try bench(["added"], "leave")
        try bench.write("one", to: "a")
        let first = try await bench.claim()[0]
        try await bench.settle(first, .dead(.attemptsExhausted))
        _ = try await bench.row("a") { $0.state == .failed }
        try bench.append(" two", to: "a")
        let redriven = try await bench.store.redrive(.ids([first.invocation.id]), Redrive())
        #expect(redriven == 1)
        let again = try await bench.claim()[0]
        #expect(again.invocation.id == first.invocation.id)
        #expect(try await bench.open(again) == 410)
        try await bench.settle(again)
        let second = try await bench.claim()[0]
        #expect(try WatchBench.events(of: second)[0].size == 7)
        await bench.end()
    }

    @Test func aDeadLetterThatSucceedsWhenItIsRedrivenLeaves() async throws {
        let bench = try bench([])
        try bench.write("one", to: "a")
        let first = try await bench.claim()[0]
        try await bench.settle(first, .dead(.attemptsExhausted))
        _ = try await bench.row("a") { $0.state == .failed }
        let redriven = try await bench.store.redrive(.ids([first.invocation.id]), Redrive())
        #expect(redriven == 1)
        let again = try await bench.claim()[0]
        #expect(try await bench.open(again) == 200)
        try await bench.settle(again)
        let row = try await bench.row("a") { $0.state == .done }
        #expect(row.note == "deleted")
        await bench.end()
    }

    @Test func filesAreOpenedWhileAPlanChangesAndRefusedWhenNobodyWatches() async throws {
        let bench = try bench([], "leave")
        try bench.write("one", to: "a")
        let first = try await bench.claim()[0]
        #expect(try await bench.open(first) == 200)
        var changed = bench.definition
        changed.triggers = changed.triggers.map { trigger in
            var trigger = trigger
            trigger.files?.stableForMilliseconds = 6
            return trigger
        }
        for round in 0..<20 {
            bench.trigger.serve([round.isMultiple(of: 2) ? changed : bench.definition])
            #expect(try await bench.open(first) == 200)
        }
        bench.trigger.serve([])
        // No reason to say that there was nothing to do.
        #expect(try await bench.open(first) == 503)
        await bench.end()
    }
}
