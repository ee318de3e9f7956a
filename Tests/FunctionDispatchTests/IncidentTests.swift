import FunctionModel
import NIOCore
import NIOEmbedded
import Testing

@testable import FunctionDispatch

/// Cells that end under what runs in them.
@Suite struct IncidentTests {
    let bench = TestBench()

    init() throws {
        for plugin in ["zoo", "hello"] {
            bench.install(
                version(plugin, [("run", nil)], hash: plugin) { $0.onCrash = .backoff }
            )
        }
    }

    private func suspect(_ plugin: String, hash: String? = nil) throws -> CellIncident.Suspect {
        CellIncident.Suspect(
            plugin: plugin,
            contentHash: try #require(bench.dispatcher.servingVersions()[plugin]) + (hash ?? ""),
            function: try FunctionName(plugin: plugin, function: "run")
        )
    }

    private func end(
        by cause: CellIncident.Cause = .fault(signal: 11),
        cell: Int = 1,
        isDedicated: Bool = false,
        with suspects: CellIncident.Suspect...
    ) {
        bench.dispatcher.note(
            CellIncident(cell: cell, isDedicated: isDedicated, cause: cause, suspects: suspects)
        )
        bench.loop.run()
        bench.host.readyAll()
        bench.loop.run()
    }

    private func stage(_ plugin: String) -> StandingView.Stage? {
        bench.dispatcher.standing(of: plugin)?.stage
    }

    private func runWell(_ plugin: String, _ count: Int) throws {
        for _ in 0..<count {
            _ = try bench.call("\(plugin).run")
            bench.host.readyAll()
            for worker in bench.host.workers where !worker.held.isEmpty { worker.end() }
        }
    }

    @Test func theOffenderGetsACellOfItsOwnAtOnceAndTheBystanderStays() throws {
        try runWell("hello", 100)
        end(with: try suspect("hello"), try suspect("zoo"))
        #expect(stage("zoo") == .demoted)
        #expect(stage("hello") == nil)
        let isolations = bench.dispatcher.functions().map(\.isolation)
        #expect(isolations == [.thread, .process])
    }

    @Test(arguments: [Outcome.failed, .timedOut, .memoryExceeded])
    func runsThatDidNotSucceedMakeNoGoodName(outcome: Outcome) throws {
        try runWell("hello", 100)
        for _ in 0..<200 {
            _ = try bench.call("zoo.run")
            bench.host.readyAll()
            for worker in bench.host.workers where !worker.held.isEmpty { worker.end(outcome) }
            bench.loop.run()
        }
        end(with: try suspect("hello"), try suspect("zoo"))
        #expect(stage("zoo") == .demoted)
        #expect(stage("hello") == nil)
    }

    @Test func twoThatAreAlikeAreWatchedUntilTheyHaveDoneItFiveTimes() throws {
        for _ in 0..<4 { end(with: try suspect("hello"), try suspect("zoo")) }
        #expect(stage("zoo") == .trusted)
        #expect(stage("hello") == .trusted)
        end(with: try suspect("hello"), try suspect("zoo"))
        #expect(stage("zoo") == .demoted)
    }

    @Test func whatEndsACellOfItsOwnAgainAndAgainIsQuarantined() throws {
        for _ in 0..<11 { end(isDedicated: true, with: try suspect("zoo")) }
        #expect(stage("zoo") == .trusted)
        end(isDedicated: true, with: try suspect("zoo"))
        #expect(stage("zoo") == .quarantined)
    }

    @Test func aKillFromOutsideAccusesNobody() throws {
        for _ in 0..<20 { end(by: .outside(signal: 9), with: try suspect("zoo")) }
        #expect(stage("zoo") == nil)
    }

    @Test func anotherVersionIsNotToBlame() throws {
        end(with: try suspect("zoo", hash: "before"))
        #expect(stage("zoo") == nil)
    }

    @Test func whoHadJustRunThereIsAskedWhenOnlyBystandersRan() throws {
        try runWell("hello", 200)
        try runWell("zoo", 1)
        let cell = try #require(bench.host.workers.last?.cellID)
        end(cell: cell, with: try suspect("hello"))
        #expect(stage("zoo") == .demoted)
        #expect(stage("hello") == nil)
    }

    @Test func callsOfSuspectsPauseFromTheSecondTimeOn() throws {
        end(with: try suspect("zoo"), try suspect("hello"))
        #expect(try bench.call("zoo.run").rejection == nil)
        end(with: try suspect("zoo"), try suspect("hello"))
        #expect(try bench.call("zoo.run").rejection == .backingOff)
        #expect(try bench.call("hello.run").rejection == .backingOff)
    }

    /// Has a call of a worker's crash on something that may have been destroyed by another.
    private func crashOnRubbish(_ plugin: String, repeatable: Bool = false) throws -> Caller {
        let caller = try bench.call("\(plugin).run") { $0.repeatable = repeatable }
        bench.host.readyAll()
        let worker = try #require(bench.host.workers.last { !$0.held.isEmpty })
        worker.crashOnRubbish()
        bench.loop.run()
        bench.host.readyAll()
        bench.loop.run()
        return caller
    }

    @Test func aBystandersCrashIsLaidAtTheDoorOfWhoHadJustRunThere() throws {
        bench.host.oneCell = true
        try runWell("hello", 200)
        try runWell("zoo", 1)
        #expect(try crashOnRubbish("hello").outcome == .lost)
        #expect(bench.host.harmed == [1])
        #expect(bench.dispatcher.standing(of: "zoo")?.crashes == 1)
        #expect(stage("hello") == nil)
        // Once is enough: what follows in that cell comes from it.
        #expect(try crashOnRubbish("hello").outcome == .lost)
        #expect(bench.host.harmed == [1])
        #expect(bench.dispatcher.standing(of: "zoo")?.crashes == 1)
    }

    @Test func aBystandersCallRunsAgainWhenThatIsSafe() throws {
        bench.host.oneCell = true
        try runWell("hello", 200)
        try runWell("zoo", 1)
        let caller = try crashOnRubbish("hello", repeatable: true)
        #expect(caller.outcome == nil)
        for worker in bench.host.workers where !worker.held.isEmpty { worker.end() }
        #expect(caller.outcome == .succeeded)
    }

    @Test func withoutAnybodyElseItIsItsOwnCrash() throws {
        try runWell("hello", 200)
        #expect(try crashOnRubbish("hello").outcome == .crashed)
        #expect(bench.host.harmed.isEmpty)
        #expect(bench.dispatcher.standing(of: "hello")?.crashes == 1)
    }

    @Test func whoHasNoGoodNameIsNotExcused() throws {
        bench.host.oneCell = true
        try runWell("hello", 200)
        #expect(try crashOnRubbish("zoo").outcome == .crashed)
        #expect(bench.host.harmed == [1], "the cell goes all the same")
    }
}
