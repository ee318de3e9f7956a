import CellSupervision
import FunctionModel
import Glibc
import NIOCore
import Testing

extension CellTests {
    /// The real cell program under the supervisor.
    @Suite struct RealCellTests {
        @Test func echoesAWindowInOrder() async throws {
            try await SupervisedCells.withReal { cells in
                let worker = try await cells.start(try cells.realPlan()).handle()
                let jobs = try (0..<WorkerWindow.slots).map { try cells.job("\($0)") }
                try await cells.submit(jobs.map(\.0), to: worker)
                for (number, job) in jobs.enumerated() {
                    let result = try await job.1.result()
                    #expect(result.outcome == .succeeded)
                    #expect(String(buffer: result.body) == "\(number)")
                    #expect(job.1.ends.count == 1)
                }
            }
            #expect(Leftovers.children(named: "roost-cell").isEmpty)
            #expect(Leftovers.descriptors().isEmpty)
        }

        @Test func crashGivesTheWaitingJobsBack() async throws {
            try await SupervisedCells.withReal { cells in
                let observer = cells.start(try cells.realPlan())
                let worker = try await observer.handle()
                let jobs = try ["0", "crash", "2", "3"].map { try cells.job($0) }
                try await cells.submit(jobs.map(\.0), to: worker)
                let (reason, unstarted) = try await observer.end()
                guard case .ended(.crashed) = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                #expect(
                    jobs.map { $0.1.ends.map(\.outcome) } == [[.succeeded], [.crashed], [], []]
                )
                #expect(unstarted.map(\.bodyText) == ["2", "3"])
            }
        }

        @Test func killedCellLosesTheStartedJobOnly() async throws {
            try await SupervisedCells.withReal { cells in
                let observer = cells.start(try cells.realPlan())
                let worker = try await observer.handle()
                let bodies = ["block"] + (1..<WorkerWindow.slots).map { "\($0)" }
                let jobs = try bodies.map { try cells.job($0) }
                try await cells.submit(jobs.map(\.0), to: worker)
                _ = try await jobs[0].1.journal.first("the blocking job's log line") {
                    if case .logged = $0 { true } else { false }
                }
                let process = try await cells.process(of: worker)
                try #require(kill(pid_t(process), SIGKILL) == 0)
                let (_, unstarted) = try await observer.end()
                #expect(jobs[0].1.ends.map(\.outcome) == [.lost])
                #expect(unstarted.map(\.bodyText) == Array(bodies.dropFirst()))

                let next = try await cells.start(try cells.realPlan()).handle()
                #expect(next.cellID != worker.cellID)
                try await cells.submit(unstarted, to: next)
                for job in jobs.dropFirst() {
                    #expect(try await job.1.result().outcome == .succeeded)
                    #expect(job.1.runs == 1)
                    #expect(job.1.ends.count == 1)
                }
            }
            #expect(Leftovers.children(named: "roost-cell").isEmpty)
            #expect(Leftovers.descriptors().isEmpty)
        }

        /// Kills at an instant that nobody chose, again and again.
        @Test func nothingRunsTwiceWheneverTheCellIsKilled() async throws {
            try await SupervisedCells.withReal { cells in
                for _ in 0..<20 {
                    let observer = cells.start(try cells.realPlan())
                    let worker = try await observer.handle()
                    let process = try await cells.process(of: worker)
                    let jobs = try (0..<WorkerWindow.slots).map { try cells.job("\($0)") }
                    try await cells.submit(jobs.map(\.0), to: worker)
                    kill(pid_t(process), SIGKILL)
                    let (_, unstarted) = try await observer.end()
                    for (job, end) in jobs {
                        let isUnstarted = unstarted.contains { $0 === job }
                        #expect(end.ends.count == (isUnstarted ? 0 : 1))
                        if isUnstarted { #expect(end.runs == 0) }
                    }
                    let order = unstarted.compactMap { Int($0.bodyText) }
                    #expect(order == order.sorted())
                }
            }
            #expect(Leftovers.descriptors().isEmpty)
        }

        @Test func recallTakesBackWhatHasNotStarted() async throws {
            try await SupervisedCells.withReal { cells in
                let observer = cells.start(try cells.realPlan())
                let worker = try await observer.handle()
                let (blocking, end) = try cells.job("block")
                let (waiting, waitingEnd) = try cells.job("waiting")
                try await cells.submit([blocking, waiting], to: worker)
                _ = try await end.journal.first("the blocking job's log line") {
                    if case .logged = $0 { true } else { false }
                }
                let taken = try await worker.eventLoop.submit {
                    [worker.recall(blocking), worker.recall(waiting), worker.recall(waiting)]
                }.get()
                #expect(taken == [false, true, false])
                try await worker.eventLoop.submit { worker.cancel(blocking, .operator) }.get()
                _ = try await end.result()
                let (_, unstarted) = try await observer.end()
                #expect(unstarted.isEmpty)
                #expect(waitingEnd.journal.entries.isEmpty)
            }
        }

        @Test func renewalLosesNothing() async throws {
            let quick: (inout CellConfiguration) -> Void = { $0.moveTime = .milliseconds(50) }
            try await SupervisedCells.withReal(change: quick) { cells in
                let observer = cells.start(try cells.realPlan())
                let worker = try await observer.handle()
                let jobs = try (0..<WorkerWindow.slots).map { try cells.job("\($0)") }
                try await cells.submit(jobs.map(\.0), to: worker)
                cells.supervisor.renew()
                _ = try await observer.journal.first("the move") {
                    if case .shouldMove = $0 { true } else { false }
                }
                let (reason, unstarted) = try await observer.end()
                guard case .cellRenewed = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                for (job, end) in jobs {
                    let isUnstarted = unstarted.contains { $0 === job }
                    #expect(end.ends.map(\.outcome) == (isUnstarted ? [] : [.succeeded]))
                }
                let next = try await cells.start(try cells.realPlan()).handle()
                #expect(next.cellID != worker.cellID)
            }
        }

        @Test func dedicatedVersionHasACellOfItsOwn() async throws {
            try await SupervisedCells.withReal { cells in
                let shared = try await cells.start(try cells.realPlan()).handle()
                let own = try await cells.start(try cells.realPlan(isolation: .process)).handle()
                #expect(own.cellID != shared.cellID)
                let report = await cells.supervisor.report()
                #expect(report.cells.first { $0.id == own.cellID }?.kind == .dedicated)
                let (job, end) = try cells.job("ping")
                try await cells.submit([job], to: own)
                #expect(String(buffer: try await end.result().body) == "ping")
            }
        }

        @Test(arguments: [
            ("", "roost_plugin_other", "noEntry"),
            ("extern void nowhere(void); nowhere();", "roost_plugin_echo", "missingSymbol"),
            ("*(volatile int *)8 = 1;", "roost_plugin_echo", "startCrashed"),
            ("for (;;) usleep(1000);", "roost_plugin_echo", "startTimedOut"),
            ("plugin.manifest.count = 5;", "roost_plugin_echo", "badManifest"),
        ])
        func probeIsRefused(start: String, entry: String, kind: String) async throws {
            try await SupervisedCells.withReal { cells in
                let path = try EchoPlugin.build(start: start)
                do {
                    _ = try await cells.supervisor.probe(
                        imagePath: path,
                        entrySymbol: entry,
                        timeout: .seconds(kind == "startTimedOut" ? 3 : 20)
                    )
                    Issue.record("a plugin that starts so was taken")
                } catch let refusal as PluginRefusal {
                    #expect(refusal.kind == kind, "\(refusal)")
                }
                let good = try await cells.supervisor.probe(
                    imagePath: cells.image,
                    entrySymbol: "roost_plugin_echo",
                    timeout: .seconds(10)
                )
                #expect(good.manifest.plugin == "echo", "the host goes on")
            }
            #expect(Leftovers.children(named: "roost-cell").isEmpty)
        }
    }
}

extension RecordingJob {
    /// How often the plugin has said that it runs the job.
    var runs: Int { journal.entries.count { if case .logged = $0 { true } else { false } } }
}
