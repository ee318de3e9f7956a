import CellSupervision
import FunctionModel
import NIOCore
import Testing

extension CellTests {
    /// Cells and workers that break the rules before they run anything.
    @Suite struct HostileStartTests {
        @Test(arguments: ["garbageFirst", "closeAtStart", "dieAtStart", "exitAtOnce", "badHello"])
        func workerThatCantComeUpEndsOnce(mode: String) async throws {
            try await SupervisedCells.withHostile(mode) { cells in
                let observer = cells.start(try cells.plan())
                let (reason, unstarted) = try await observer.end()
                switch reason {
                case .cellLost, .failedToStart: break
                default: Issue.record("the worker's end is \(reason)")
                }
                #expect(unstarted.isEmpty)
                // Its `ready`, on a channel of its own, may come before the bad hello is read.
                let ends = observer.journal.entries.count { entry in
                    if case .ended = entry { true } else { false }
                }
                #expect(ends == 1)
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
            #expect(Leftovers.descriptors().isEmpty)
        }

        @Test func refusalIsTold() async throws {
            try await SupervisedCells.withHostile("refuse") { cells in
                let (reason, _) = try await cells.start(try cells.plan()).end()
                guard case .failedToStart(let refusal) = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                #expect(refusal == PluginRefusal(kind: "startThrew", message: "not today"))
            }
        }

        @Test(arguments: ["silence", "hangAtStart"]) func silenceEndsTheCell(
            mode: String
        ) async throws {
            try await SupervisedCells.withHostile(mode) { cells in
                var plan = try cells.plan()
                plan.startTimeout = .milliseconds(100)
                let (reason, _) = try await cells.start(plan).end()
                guard case .failedToStart(let refusal) = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                #expect(refusal.kind == "startTimedOut")
                #expect(await cells.supervisor.report().renewals["overdue"] == 1)
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
        }

        @Test func startInABrokenCellIsGivenUpAtOnce() async throws {
            try await SupervisedCells.withHostile("taintAtStart") { cells in
                let (reason, _) = try await cells.start(try cells.plan()).end()
                guard case .cellRenewed = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
        }

        @Test func floodOfControlPacketsEndsTheCell() async throws {
            let strict: (inout CellConfiguration) -> Void = { $0.limits.packetsPerTick = 100 }
            try await SupervisedCells.withHostile("controlFlood", change: strict) { cells in
                let (reason, _) = try await cells.start(try cells.plan()).end()
                guard case .cellLost = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                #expect(await cells.supervisor.report().renewals["violation"] == 1)
            }
        }

        @Test func workerThatDoesntRetireEndsItsCell() async throws {
            let impatient: (inout CellConfiguration) -> Void = {
                $0.retireTime = .milliseconds(100)
            }
            try await SupervisedCells.withHostile("ignoreRetire", change: impatient) { cells in
                let observer = cells.start(try cells.plan())
                let worker = try await observer.handle()
                try await worker.eventLoop.submit { worker.retire() }.get()
                let (reason, _) = try await observer.end()
                guard case .retired = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                #expect(await cells.supervisor.report().renewals["overdue"] == 1)
            }
        }

        @Test func secondReadyEndsTheCell() async throws {
            try await SupervisedCells.withHostile("readyTwice") { cells in
                let (reason, _) = try await cells.start(try cells.plan()).end()
                guard case .cellLost = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
            }
        }

        /// A cell program that is of no use must not make the host start processes without a pause.
        @Test(arguments: [
            "exitAtOnce", "badHello", "oldHello", "noHello", "longPacket", "unaskedReport", "taint",
            "leftLong",
        ])
        func uselessCellsAreStartedSlowerAndSlower(mode: String) async throws {
            try await SupervisedCells.withHostile(mode) { cells in
                let began = ContinuousClock.now
                _ = try await cells.log.entry(number: 4, "the fourth end") {
                    $0.contains("cell was ended") || $0.contains("cell ended")
                }
                // At least the pauses of 200 and 400 ms lie between four ends.
                #expect(ContinuousClock.now - began > .milliseconds(550))
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
            #expect(Leftovers.descriptors().isEmpty)
        }

        @Test func silentSpareIsReplaced() async throws {
            let impatient: (inout CellConfiguration) -> Void = { $0.limits.silentTicks = 10 }
            try await SupervisedCells.withHostile("silence", change: impatient) { cells in
                _ = try await cells.log.entry(number: 2, "the second end") {
                    $0.contains("did not say hello")
                }
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
        }

        @Test func whatPluginsLeaveIsAddedUpWithoutOverflow() async throws {
            try await SupervisedCells.withHostile("left") { cells in
                _ = try await cells.start(try cells.plan()).handle()
                let left = await cells.supervisor.report().left
                #expect(left["echo"]?.bytes == Int.max / 2)
                #expect((3...6).contains(left["other"]?.bytes ?? 0), "of one or two cells")
            }
        }

        @Test func cellThatGivesNoReportIsRenewed() async throws {
            let impatient: (inout CellConfiguration) -> Void = { $0.limits.silentTicks = 60 }
            try await SupervisedCells.withHostile("noReport", change: impatient) { cells in
                let observer = cells.start(try cells.plan())
                let worker = try await observer.handle()
                _ = try await observer.journal.first("the move") {
                    if case .shouldMove = $0 { true } else { false }
                }
                try await worker.eventLoop.submit { worker.retire() }.get()
                let (reason, _) = try await observer.end()
                guard case .cellRenewed = reason else {
                    Issue.record("the worker's end is \(reason)")
                    return
                }
                #expect(await cells.supervisor.report().renewals["unresponsive", default: 0] >= 1)
            }
        }

        @Test func floodOfOutputIsCutAndHarmsNobody() async throws {
            try await SupervisedCells.withHostile("outputFlood") { cells in
                let worker = try await cells.start(try cells.plan()).handle()
                let (job, end) = try cells.job("ping")
                try await cells.submit([job], to: worker)
                #expect(String(buffer: try await end.result().body) == "ping")
                let lines = cells.log.entries.count { $0.contains("cell wrote") }
                #expect(lines < 5_000, "of 100,000 from two cells")
            }
        }

        @Test func cellThatDoesntFinishIsEnded() async throws {
            try await SupervisedCells.withHostile("ignoreFinish") { cells in
                _ = try await cells.start(try cells.plan()).handle()
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
            #expect(Leftovers.descriptors().isEmpty)
        }

        @Test(arguments: [
            ("badManifest", "badManifest"), ("longManifest", "badManifest"),
            ("refuse", "startThrew"), ("hangAtStart", "startTimedOut"),
            ("dieAtStart", "startCrashed"), ("exitAtOnce", "startCrashed"),
            ("garbageFirst", "startCrashed"), ("closeAtStart", "startCrashed"),
            ("silence", "startTimedOut"),
        ])
        func probeIsRefused(mode: String, kind: String) async throws {
            try await SupervisedCells.withHostile(mode) { cells in
                await #expect("\(mode)") {
                    try await cells.supervisor.probe(
                        imagePath: cells.image,
                        entrySymbol: "roost_plugin_echo",
                        timeout: .seconds(kind == "startTimedOut" ? 2 : 20)
                    )
                } throws: { error in
                    (error as? PluginRefusal)?.kind == kind
                }
            }
            #expect(Leftovers.children(named: "HostileCell").isEmpty)
            #expect(Leftovers.descriptors().isEmpty)
        }
    }
}
