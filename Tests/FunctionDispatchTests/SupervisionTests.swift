import FunctionModel
import NIOCore
import NIOEmbedded
import Testing

@testable import FunctionDispatch

@Suite struct SupervisionTests {
    let bench = TestBench()

    private func install(_ policy: CrashPolicy = .backoff, hash: String = "1") {
        bench.install(
            version("zoo", [("trap", nil), ("calm", nil)], hash: hash) {
                $0.onCrash = policy
                $0.limits = limits { $0.concurrency = 4 }
            }
        )
    }

    /// Crashes once, after the pause that is due.
    private func crash(_ function: String = "zoo.trap") throws {
        bench.advance(.minutes(1))
        _ = try bench.call(function)
        bench.host.readyAll()
        let worker = try #require(bench.host.workers.last { !$0.held.isEmpty })
        worker.crash()
        bench.host.readyAll()
        bench.loop.run()
        bench.host.readyAll()
        bench.loop.run()
    }

    @Test func aRepeatOffenderGetsACellOfItsOwnWithoutLosingACall() throws {
        install()
        let running = try bench.call("zoo.calm")
        bench.host.readyAll()
        for _ in 0..<4 { try crashSoon() }
        #expect(bench.dispatcher.standing(of: "zoo")?.stage == .trusted)
        try crashSoon()
        bench.host.readyAll()
        #expect(bench.dispatcher.standing(of: "zoo")?.stage == .demoted)
        #expect(bench.dispatcher.functions().allSatisfy { $0.isolation == .process })
        let caller = try bench.call("zoo.calm")
        bench.host.readyAll()
        let worker = try #require(bench.host.workers.last)
        #expect(worker.plan.isolation == .process)
        for worker in bench.host.workers { while !worker.held.isEmpty { worker.end() } }
        #expect(caller.outcome == .succeeded)
        #expect(running.outcome == .succeeded)
    }

    @Test func aDemotedPluginComesBackWhenItHasBehaved() throws {
        install()
        for _ in 0..<5 { try crash() }
        #expect(bench.dispatcher.standing(of: "zoo")?.stage == .demoted)
        bench.advance(.minutes(11))
        bench.host.readyAll()
        bench.loop.run()
        #expect(bench.dispatcher.standing(of: "zoo")?.stage == .trusted)
        #expect(bench.dispatcher.functions().allSatisfy { $0.isolation == .thread })
    }

    @Test func whoGoesOnCrashingIsQuarantinedUntilAnOperatorStepsIn() async throws {
        install()
        // Twelve crashes with their pauses fit into the ten minutes that count.
        for _ in 0..<5 { try crash() }
        for _ in 0..<12 { try crashSoon() }
        #expect(bench.dispatcher.standing(of: "zoo")?.stage == .quarantined)
        for function in ["zoo.trap", "zoo.calm"] {
            let refused = try bench.call(function)
            #expect(refused.rejection == .quarantined)
            #expect(refused.result?.status == 503)
            #expect(refused.result?.error?.message.contains("roost resume zoo") == true)
        }
        #expect(bench.dispatcher.functions().allSatisfy { $0.state == .quarantined })
        try await bench.dispatcher.resume("zoo")
        #expect(bench.dispatcher.standing(of: "zoo") == nil)
        let caller = try bench.call("zoo.calm")
        bench.host.readyAll()
        for worker in bench.host.workers where !worker.held.isEmpty { worker.end() }
        #expect(caller.outcome == .succeeded)
    }

    /// Crashes once, as soon as the pause is over.
    private func crashSoon() throws {
        var caller = try bench.call("zoo.trap")
        while caller.rejection == .backingOff {
            bench.advance(.seconds(1))
            caller = try bench.call("zoo.trap")
        }
        bench.host.readyAll()
        try #require(
            bench.host.workers.last { $0.held.contains { $0.request.function.function == "trap" } }
        ).crash()
        bench.loop.run()
    }

    @Test func anotherVersionBeginsAnew() throws {
        install()
        for _ in 0..<5 { try crash() }
        install(hash: "2")
        #expect(bench.dispatcher.standing(of: "zoo") == nil)
        #expect(bench.dispatcher.functions().allSatisfy { $0.isolation == .thread })
    }

    @Test func whoAsksForRestartIsNeverDemoted() throws {
        install(.restart)
        for _ in 0..<100 { try crash() }
        #expect(bench.dispatcher.standing(of: "zoo") == nil)
    }

    @Test func whatEndsAtOnceIsOneCrash() throws {
        install()
        let callers = try (0..<4).map { _ in try bench.call("zoo.calm") }
        bench.host.readyAll()
        bench.advance(.milliseconds(1))
        for worker in bench.host.workers { worker.crash() }
        #expect(callers.allSatisfy { $0.outcome == .crashed })
        #expect(bench.dispatcher.standing(of: "zoo")?.crashes == 1)
    }

    @Test func aMoveThatIsOvertakenByAnotherVersionChangesNothing() throws {
        install()
        _ = try bench.call("zoo.calm")
        bench.host.readyAll()
        for _ in 0..<5 { try crashSoon() }
        // The cell of its own is still being started.
        install(hash: "2")
        bench.host.readyAll()
        bench.loop.run()
        #expect(bench.dispatcher.functions().allSatisfy { $0.isolation == .thread })
        #expect(bench.dispatcher.servingVersions()["zoo"]?.hasPrefix("2") == true)
    }

    @Test func resumingWhatIsNotServedSaysSo() async {
        await #expect(throws: HostOperationError.self) {
            try await bench.dispatcher.resume("nobody")
        }
    }

    @Test func afterThePauseOneCallProbesAndTheOthersWait() throws {
        install()
        for _ in 0..<2 { try crashSoon() }
        bench.advance(.seconds(1))
        let callers = try (0..<4).map { _ in try bench.call("zoo.trap") }
        bench.host.readyAll()
        #expect(bench.host.workers.count { !$0.held.isEmpty } == 1)
        try #require(bench.host.workers.last { !$0.held.isEmpty }).end()
        bench.host.readyAll()
        for worker in bench.host.workers { while !worker.held.isEmpty { worker.end() } }
        #expect(callers.allSatisfy { $0.outcome == .succeeded })
    }

    @Test func aFunctionThatFailsTooOftenIsPaused() throws {
        bench.install(
            version("shop", [("buy", nil)]) { $0.limits = limits { $0.errorPercent = 50 } }
        )
        for call in 0..<40 {
            let caller = try bench.call("shop.buy")
            if caller.rejection == .backingOff { break }
            bench.host.readyAll()
            let worker = try #require(bench.host.workers.last { !$0.held.isEmpty })
            worker.end(call % 3 == 0 ? .succeeded : .failed)
            bench.loop.run()
        }
        let refused = try bench.call("shop.buy")
        #expect(refused.rejection == .backingOff)
        #expect(refused.result?.error?.message.contains("of 100 calls") == true)
    }
}
