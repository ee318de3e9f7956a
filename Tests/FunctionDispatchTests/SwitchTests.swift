import FunctionModel
import NIOCore
import Testing

@testable import FunctionDispatch

@Suite struct SwitchTests {
    let bench = TestBench { $0.drainTimeout = .seconds(10) }

    @Test func aVersionIsReleasedWhenItHasDrained() throws {
        let bench = TestBench()
        bench.install(version("shop", [("list", nil)], hash: "a"))
        let hash = String(repeating: "a", count: 64)
        let running = try bench.call("shop.list")
        bench.host.readyAll()
        let released = TestBench.Answer()
        bench.dispatcher.retire(plugin: "shop")
        bench.dispatcher.whenReleased(hash) { released.set(nil) }
        #expect(!released.isSet)
        let worker = try #require(bench.host.workers.last)
        worker.end()
        #expect(running.outcome == .succeeded)
        #expect(!released.isSet)
        worker.die(.retired)
        #expect(released.isSet)
        let atOnce = TestBench.Answer()
        bench.dispatcher.whenReleased(hash) { atOnce.set(nil) }
        #expect(atOnce.isSet)
    }

    @Test func theMetricsOfARetiredFunctionMayGo() throws {
        let bench = TestBench()
        bench.install(version("shop", [("list", nil), ("add", nil)], hash: "a"))
        bench.install(version("shop", [("list", nil)], hash: "b"))
        #expect(bench.retired.map(\.description) == ["shop.add"])
        bench.dispatcher.retire(plugin: "shop")
        #expect(bench.retired.map(\.description) == ["shop.add", "shop.list"])
        #expect(bench.dispatcher.meters.labels == ["other"])
    }

    @Test func runningCallsEndOnTheOldVersionAndNewOnesBeginOnTheNew() throws {
        bench.install(version("shop", [("buy", nil)], hash: "1"))
        let before = try bench.call("shop.buy")
        let old = try #require(bench.host.ready())
        #expect(bench.install(version("shop", [("buy", nil)], hash: "2"), warm: true) == nil)
        let new = try #require(bench.host.workers.last)
        let after = try bench.call("shop.buy")
        #expect(new.held.count == 1)
        #expect(old.plan.version.contentHash != new.plan.version.contentHash)
        old.end(body: "1")
        new.end(body: "2")
        #expect(before.body == "1")
        #expect(after.body == "2")
        #expect(old.isRetired)
        #expect(!new.isRetired)
    }

    @Test func queuedCallsOfTheOldVersionFinishOnIt() throws {
        bench.install(
            version("shop", [("buy", nil)], hash: "1") { $0.limits = limits { $0.concurrency = 1 } }
        )
        let callers = try (0..<3).map { _ in try bench.call("shop.buy") }
        let old = try #require(bench.host.ready())
        bench.install(version("shop", [("buy", nil)], hash: "2"), warm: true)
        for _ in 0..<3 { old.end(body: "1") }
        #expect(callers.allSatisfy { $0.body == "1" })
        #expect(old.isRetired)
    }

    @Test func idleWorkersOfTheOldVersionRetireAtOnce() throws {
        bench.install(version("shop", [("buy", nil)], hash: "1"), warm: true)
        let old = try #require(bench.host.workers.first)
        bench.install(version("shop", [("buy", nil)], hash: "2"), warm: true)
        #expect(old.isRetired)
        old.die(.retired)
        #expect(bench.dispatcher.change { state, _ in state.freePools.count } == 1)
    }

    @Test func drainsAlsoWhereAWorkerNeverComesUp() throws {
        bench.install(version("shop", [("buy", nil)], hash: "1"))
        _ = try bench.call("shop.buy")
        _ = try bench.call("shop.buy")
        bench.host.readyAll()
        let workers = bench.host.workers
        try #require(workers.count == 2)
        workers[0].crash()
        _ = try bench.call("shop.buy")
        #expect(bench.host.pending == 1)
        while !workers[1].held.isEmpty { workers[1].end() }
        bench.dispatcher.retire(plugin: "shop")
        workers[1].die(.retired)
        bench.advance(.hours(1))
        #expect(bench.dispatcher.change { state, _ in state.freePools.count } == 1)
    }

    @Test func aStartThatFailsLeavesTheOldVersionServing() throws {
        bench.install(version("shop", [("buy", "GET /buy")], hash: "1"))
        let answer = TestBench.Answer()
        let broken = version("shop", [("buy", "GET /other")], hash: "2")
        bench.dispatcher.install(broken, warm: true) { answer.set($0) }
        bench.host.fail("it vetoed its start")
        #expect(answer.refusal?.message == "it vetoed its start")
        guard case .function = bench.dispatcher.route(method: "GET", path: "/buy") else {
            Issue.record("the old route is gone")
            return
        }
        let caller = try bench.call("shop.buy")
        bench.host.ready()?.end()
        #expect(caller.outcome == .succeeded)
        let serving = bench.dispatcher.servingVersions()["shop"]
        #expect(serving == String(repeating: "1", count: 64))
    }

    @Test func oneRouteCannotBelongToTwoPlugins() throws {
        bench.install(version("shop", [("buy", "POST /orders/{id}")]))
        let refusal = bench.install(version("store", [("order", "ANY /orders/{number}")]))
        let message = try #require(refusal?.message)
        #expect(message.contains("store.order"))
        #expect(message.contains("shop.buy"))
        #expect(bench.dispatcher.resolve("order") == nil)
    }

    @Test func aPluginMayTakeItsOwnRoutesAgainAndDropOthers() {
        bench.install(version("shop", [("buy", "POST /a"), ("look", "GET /b")], hash: "1"))
        let next = version("shop", [("look", "POST /a")], hash: "2")
        #expect(bench.install(next) == nil)
        guard case .function(let match) = bench.dispatcher.route(method: "POST", path: "/a") else {
            Issue.record("no route")
            return
        }
        #expect(match.name.function == "look")
        guard case .notFound = bench.dispatcher.route(method: "GET", path: "/b") else {
            Issue.record("the dropped route is still there")
            return
        }
    }

    @Test func aRemovedPluginFinishesWhatItHas() throws {
        bench.install(version("shop", [("buy", nil)]))
        let caller = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        bench.dispatcher.retire(plugin: "shop")
        let late = try bench.call("shop.buy")
        #expect(late.rejection == .noSuchFunction)
        worker.end()
        #expect(caller.outcome == .succeeded)
        #expect(worker.isRetired)
    }

    @Test func theDrainDeadlineCancelsAndThenGivesUp() throws {
        bench.install(
            version("shop", [("buy", nil)], hash: "1") {
                $0.limits = limits {
                    $0.concurrency = 1
                    $0.timeoutMilliseconds = 3_600_000
                }
            }
        )
        let running = try bench.call("shop.buy")
        let worker = try #require(bench.host.ready())
        let waiting = try bench.call("shop.buy")
        bench.dispatcher.retire(plugin: "shop")
        bench.advance(.seconds(11))
        #expect(waiting.outcome == .cancelled)
        #expect(worker.cancels == [.drain])
        #expect(running.results.isEmpty)
        bench.advance(.seconds(6))
        #expect(running.outcome == .cancelled)
    }

    @Test func manifestsAreChecked() {
        let refusal = bench.install(version("shop", [("buy", nil), ("buy", nil)]))
        #expect(refusal?.kind == "badManifest")
    }

    @Test func aThousandSwitchesUnderLoadLoseNothing() throws {
        bench.install(version("shop", [("buy", nil)], hash: "a"), warm: true)
        var callers: [Caller] = []
        for round in 0..<1_000 {
            for _ in 0..<3 { callers.append(try bench.call("shop.buy")) }
            bench.install(
                version("shop", [("buy", nil)], hash: round % 2 == 0 ? "b" : "a"),
                warm: true
            )
            callers.append(try bench.call("shop.buy"))
            bench.host.readyAll()
            for worker in bench.host.workers.suffix(8) {
                while !worker.held.isEmpty { worker.end(body: worker.plan.version.shortHash) }
                if worker.isRetired { worker.die(.retired) }
            }
        }
        #expect(callers.allSatisfy { $0.outcome == .succeeded && $0.results.count == 1 })
        #expect(bench.dispatcher.change { state, _ in state.pools.count } < 10)
        #expect(bench.dispatcher.change { state, _ in state.live } == 0)
    }

    @Test func newLimitsNeedNoNewWorkers() throws {
        bench.install(version("shop", [("buy", nil)]), warm: true)
        bench.overrideAll { $0.quota.concurrency = 1 }
        let answer = TestBench.Answer()
        bench.dispatcher.reconfigure("shop") { answer.set($0) }
        #expect(answer.isSet)
        #expect(bench.host.starts == 1)
        let callers = try (0..<2).map { _ in try bench.call("shop.buy") }
        #expect(bench.host.pending == 0)
        let worker = try #require(bench.host.workers.first)
        worker.end()
        worker.end()
        #expect(callers.allSatisfy { $0.outcome == .succeeded })
    }

    @Test func newConfigurationStartsNewWorkersBeforeTheSwitch() throws {
        bench.install(version("shop", [("buy", nil)]), warm: true)
        bench.overrideAll { $0.configuration = ["currency": "EUR"] }
        let answer = TestBench.Answer()
        bench.dispatcher.reconfigure("shop") { answer.set($0) }
        #expect(!answer.isSet)
        #expect(bench.host.nextPlan?.functions.first?.configuration == ["currency": "EUR"])
        let old = try #require(bench.host.workers.first)
        bench.host.ready()
        #expect(answer.isSet)
        #expect(old.isRetired)
    }

    @Test(arguments: [(1, false), (4, true)])
    func onlyALongerResponseNeedsNewWorkers(mebibytes: Int, startsAnew: Bool) throws {
        bench.overrideAll { $0.quota.responseSize = .mebibytes(2) }
        bench.install(version("shop", [("buy", nil)]), warm: true)
        bench.overrideAll { $0.quota.responseSize = .mebibytes(mebibytes) }
        let answer = TestBench.Answer()
        bench.dispatcher.reconfigure("shop") { answer.set($0) }
        #expect(answer.isSet != startsAnew)
        bench.host.readyAll()
        #expect(answer.isSet)
        _ = try bench.call("shop.buy")
        let worker = try #require(bench.host.workers.first { !$0.held.isEmpty })
        let job = try #require(worker.held.first)
        let planned = try #require(worker.plan.functions.first)
        #expect(job.quota.responseSize <= planned.quota.responseSize, "its frames are so long")
    }
}
