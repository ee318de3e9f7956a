import CellSupervision
import FunctionModel
import NIOCore
import Testing

extension CellTests {
    /// Cells that break the rules while they run an invocation.
    @Suite struct HostileJobTests {
        /// Each is a mode of the hostile cell.
        static let violations = [
            "garbage", "hugeLength", "unknownKind", "badStatus", "wrongSequence", "wrongSlot",
            "doubleEnd", "pieceFirst", "respondTwice", "overdraw", "consumeTooMuch", "callFlood",
            "logFlood", "hostFrame",
        ]

        @Test(arguments: violations) func violationEndsTheCellAndNothingElse(
            mode: String
        ) async throws {
            try await SupervisedCells.withHostile(mode) { cells in
                let observer = cells.start(try cells.plan())
                let worker = try await observer.handle()
                let process = try await cells.process(of: worker)
                let (first, firstEnd) = try cells.job("first")
                let (second, secondEnd) = try cells.job("second")
                try await cells.submit([first, second], to: worker)
                let (reason, unstarted) = try await observer.end()
                guard case .cellLost = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                let expected: Outcome = mode == "doubleEnd" ? .succeeded : .lost
                #expect(firstEnd.ends.map(\.outcome) == [expected])
                #expect(secondEnd.ends.count + unstarted.count { $0 === second } == 1)
                #expect(!unstarted.contains { $0 === first })

                let replacement = try await cells.start(try cells.plan()).handle()
                #expect(replacement.cellID != worker.cellID)
                let report = await cells.supervisor.report()
                #expect(report.renewals["violation"] == 1)
                #expect(try await cells.isGone(process))
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
            #expect(Leftovers.descriptors().isEmpty)
        }

        @Test func liesInSlotWordsLoseJobsButRepeatNone() async throws {
            try await SupervisedCells.withHostile("nonsenseWords") { cells in
                let observer = cells.start(try cells.plan())
                let worker = try await observer.handle()
                let jobs = try (0..<WorkerWindow.slots).map { try cells.job("\($0)") }
                try await cells.submit(jobs.map(\.0), to: worker)
                let (_, unstarted) = try await observer.end()
                #expect(unstarted.isEmpty)
                for (_, end) in jobs { #expect(end.ends.map(\.outcome) == [.lost]) }
            }
        }

        @Test func exitInsideAnInvocationGivesTheOthersBackInOrder() async throws {
            try await SupervisedCells.withHostile("exitInside") { cells in
                let observer = cells.start(try cells.plan())
                let worker = try await observer.handle()
                let jobs = try (0..<WorkerWindow.slots).map { try cells.job("\($0)") }
                try await cells.submit(jobs.map(\.0), to: worker)
                let (_, unstarted) = try await observer.end()
                #expect(jobs[0].1.ends.map(\.outcome) == [.lost])
                #expect(unstarted.map(\.bodyText) == (1..<WorkerWindow.slots).map { "\($0)" })
                for (_, end) in jobs.dropFirst() { #expect(end.ends.isEmpty) }
            }
        }

        @Test func crashEndsItsWorkerAndNotTheCell() async throws {
            try await SupervisedCells.withHostile("crash") { cells in
                let observer = cells.start(try cells.plan())
                let worker = try await observer.handle()
                let neighbour = cells.start(try cells.plan("other"))
                let other = try await neighbour.handle()
                #expect(other.cellID == worker.cellID)
                let jobs = try (0..<3).map { try cells.job("\($0)") }
                try await cells.submit(jobs.map(\.0), to: worker)
                let (reason, unstarted) = try await observer.end()
                guard case .ended(.crashed) = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                #expect(jobs[0].1.ends.map(\.outcome) == [.crashed])
                #expect(unstarted.map(\.bodyText) == ["1", "2"])
                let again = try await cells.start(try cells.plan()).handle()
                #expect(again.cellID == worker.cellID)
                #expect(neighbour.journal.entries.count == 1)
            }
        }

        @Test func invocationThatIsNeverEndedEndsTheCell() async throws {
            try await SupervisedCells.withHostile("never") { cells in
                let observer = cells.start(try cells.plan())
                let worker = try await observer.handle()
                // Time enough to begin in.
                let (job, end) = try cells.job(deadline: .seconds(1))
                let (behind, behindEnd) = try cells.job("behind")
                try await cells.submit([job, behind], to: worker)
                let (_, unstarted) = try await observer.end()
                #expect(end.ends.map(\.outcome) == [.timedOut])
                #expect(unstarted.map(\.bodyText) == ["behind"])
                #expect(behindEnd.ends.isEmpty)
                #expect(await cells.supervisor.report().renewals["overdue"] == 1)
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
        }

        @Test func invocationThatIsNeverStartedComesBack() async throws {
            try await SupervisedCells.withHostile("neverStarts") { cells in
                let observer = cells.start(try cells.plan())
                let worker = try await observer.handle()
                let (job, end) = try cells.job(deadline: .milliseconds(50))
                try await cells.submit([job], to: worker)
                let (_, unstarted) = try await observer.end()
                #expect(unstarted.count == 1)
                #expect(end.ends.isEmpty)
            }
        }
    }
}
