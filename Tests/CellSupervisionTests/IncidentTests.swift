import CellSupervision
import FunctionModel
import Glibc
import NIOCore
import Testing

extension CellTests {
    /// What is told of cells that end although nobody asked them to.
    @Suite struct IncidentTests {
        private func incident(of cells: SupervisedCells) async throws -> CellIncident {
            try #require(await cells.supervisor.incidents.first { _ in true })
        }

        @Test(arguments: [
            (SIGALRM, CellIncident.Cause.fault(signal: SIGALRM)),
            (SIGKILL, CellIncident.Cause.outside(signal: SIGKILL)),
        ])
        func namesTheSignalAndWhoRan(signal: Int32, cause: CellIncident.Cause) async throws {
            try await SupervisedCells.withReal { cells in
                let worker = try await cells.start(try cells.realPlan()).handle()
                let idle = try await cells.start(try cells.realPlan()).handle()
                #expect(idle.cellID == worker.cellID)
                let (job, end) = try cells.job("block")
                let (waiting, _) = try cells.job("waiting")
                try await cells.submit([job, waiting], to: worker)
                _ = try await end.journal.first("the blocking job's log line") {
                    if case .logged = $0 { true } else { false }
                }
                let process = try await cells.process(of: worker)
                try #require(kill(pid_t(process), signal) == 0)
                let incident = try await incident(of: cells)
                #expect(incident.cause == cause)
                #expect(incident.cell == worker.cellID)
                #expect(!incident.isDedicated)
                #expect(incident.suspects.map(\.function) == [job.request.function])
                #expect(incident.accuses == (signal == SIGALRM))
            }
        }

        @Test func namesThePluginThatWasStarting() async throws {
            try await SupervisedCells.withReal { cells in
                let path = try EchoPlugin.build(start: "for (;;) usleep(1000);")
                var plan = try cells.plan(image: path, size: try EchoPlugin.size(of: path))
                plan.startTimeout = .seconds(60)
                _ = cells.start(plan)
                var process: Int?
                while process == nil {
                    let cell = await cells.supervisor.report().cells.first { $0.workers > 0 }
                    if cell?.state == .ready { process = cell?.pid }
                }
                try #require(kill(pid_t(try #require(process)), SIGALRM) == 0)
                let incident = try await incident(of: cells)
                #expect(incident.cause == .fault(signal: SIGALRM))
                #expect(incident.suspects.map(\.plugin) == ["echo"])
                #expect(incident.suspects.map(\.function) == [nil])
            }
        }

        @Test func accusesOnlyTheWorkerThatBrokeTheProtocol() async throws {
            try await SupervisedCells.withHostile("garbage") { cells in
                let other = try await cells.start(try cells.plan("other")).handle()
                let worker = try await cells.start(try cells.plan()).handle()
                #expect(other.cellID == worker.cellID)
                let (job, _) = try cells.job("first")
                try await cells.submit([job], to: worker)
                let incident = try await incident(of: cells)
                #expect(incident.cause == .violation)
                #expect(incident.suspects.map(\.plugin) == ["echo"])
            }
        }

        @Test func accusesWhoRanInACellThatHangs() async throws {
            try await SupervisedCells.withHostile("never") { cells in
                let worker = try await cells.start(try cells.plan()).handle()
                let idle = try await cells.start(try cells.plan("other")).handle()
                #expect(idle.cellID == worker.cellID)
                // Time enough to begin in.
                let (job, _) = try cells.job(deadline: .seconds(1))
                try await cells.submit([job], to: worker)
                let incident = try await incident(of: cells)
                #expect(incident.cause == .unresponsive)
                #expect(incident.accuses)
                #expect(incident.suspects.map(\.function) == [job.request.function])
            }
        }

        @Test func tellsNothingOfCellsThatWereAskedToEnd() async throws {
            try await SupervisedCells.withReal { cells in
                let observer = cells.start(try cells.realPlan())
                let worker = try await observer.handle()
                cells.supervisor.renew()
                try await worker.eventLoop.submit { worker.retire() }.get()
                _ = try await observer.end()
                let next = try await cells.start(try cells.realPlan()).handle()
                let process = try await cells.process(of: next)
                try #require(kill(pid_t(process), SIGALRM) == 0)
                let incident = try await incident(of: cells)
                #expect(incident.cell == next.cellID, "the first to be told of")
                #expect(incident.suspects.isEmpty)
            }
        }
    }
}
