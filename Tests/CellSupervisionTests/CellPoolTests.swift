import FunctionModel
import Testing

@testable import CellSupervision

@Suite struct CellPoolTests {
    /// A pool whose first cell, a spare, is ready.
    private func pool(_ change: (inout CellLimits) -> Void = { _ in }) -> CellPool {
        var limits = CellLimits()
        change(&limits)
        var pool = CellPool(limits: limits)
        #expect(pool.refill() == [.spawn(1, .spare)])
        pool.cellDidStart(1)
        return pool
    }

    @Test func spareTakesTheFirstWorkerAndIsReplaced() {
        var pool = pool()
        #expect(
            pool.place(1, dedicatedTo: nil) == [.assign(worker: 1, cell: 1), .spawn(2, .spare)]
        )
        #expect(pool.place(2, dedicatedTo: nil) == [.assign(worker: 2, cell: 1)])
    }

    @Test func dedicatedVersionGetsACellOfItsOwn() {
        var pool = pool()
        #expect(
            pool.place(1, dedicatedTo: "a")
                == [.spawn(2, .dedicated("a")), .assign(worker: 1, cell: 2)]
        )
        #expect(pool.place(2, dedicatedTo: "a") == [.assign(worker: 2, cell: 2)])
        #expect(
            pool.place(3, dedicatedTo: "b")
                == [.spawn(3, .dedicated("b")), .assign(worker: 3, cell: 3)]
        )
    }

    @Test func refusesBeyondTheNumberOfCells() {
        var pool = pool { $0.cells = 1 }
        #expect(pool.place(1, dedicatedTo: "a") == [.refuse(worker: 1)])
        #expect(pool.place(2, dedicatedTo: nil) == [.assign(worker: 2, cell: 1)])
    }

    @Test func fullCellTakesNoMore() {
        var pool = pool { $0.imagesAlive = 1 }
        _ = pool.place(1, dedicatedTo: nil)
        #expect(
            pool.place(2, dedicatedTo: nil) == [.assign(worker: 2, cell: 2), .spawn(3, .spare)]
        )
    }

    @Test func usedUpCellIsRenewedAndEndsWhenItIsEmpty() {
        var pool = pool { $0.imagesTotal = 2 }
        _ = pool.place(1, dedicatedTo: nil)
        _ = pool.workerDidEnd(1, cell: 1)
        #expect(
            pool.place(2, dedicatedTo: nil) == [.assign(worker: 2, cell: 1), .move(1, .images)]
        )
        #expect(pool.renewals == ["images": 1])
        #expect(pool.workerDidEnd(2, cell: 1) == [.finish(1)])
        #expect(pool.cellDidEnd(1) == [])
        #expect(pool.renewals == ["images": 1], "an end that was asked for is no death")
    }

    @Test(arguments: [RenewalReason.violation, .overdue]) func condemnedCellTakesNoMore(
        reason: RenewalReason
    ) {
        var pool = pool()
        _ = pool.place(1, dedicatedTo: nil)
        pool.condemn(1, reason)
        #expect(
            pool.place(2, dedicatedTo: nil) == [.assign(worker: 2, cell: 2), .spawn(3, .spare)]
        )
        #expect(pool.cellDidEnd(1) == [])
        #expect(pool.renewals == [reason.rawValue: 1])
    }

    /// The steps that end a spare before it was of use.
    static let failures: [(String, @Sendable (inout CellPool, Int) -> Void)] = [
        ("dies before hello", { _, _ in }),
        ("dies after hello", { pool, cell in pool.cellDidStart(cell) }),
        ("breaks a rule first", { pool, cell in pool.condemn(cell, .violation) }),
        (
            "breaks a rule after hello",
            { pool, cell in
                pool.cellDidStart(cell)
                pool.condemn(cell, .violation)
            }
        ),
        (
            "is tainted at once",
            { pool, cell in
                pool.cellDidStart(cell)
                _ = pool.renew(cell, .tainted)
            }
        ),
    ]

    @Test(arguments: failures.indices) func pausesGrowWhileSparesFail(index: Int) throws {
        var pool = CellPool()
        _ = pool.refill()
        for failures in 1...3 {
            let spare = try #require(pool.cells.last?.id)
            Self.failures[index].1(&pool, spare)
            let actions = pool.cellDidEnd(spare)
            if Self.failures[index].0 == "is tainted at once" {
                // Its successor, or the pause before it, began when it was told.
                #expect(actions == [])
                guard failures > 1 else { continue }
            } else {
                #expect(actions == [.pauseThenRefill(failures: failures)])
            }
            #expect(pool.refill() == [], "a pause goes on")
            #expect(pool.refillAfterPause().count == 1)
        }
        let spare = try #require(pool.cells.last?.id)
        pool.cellDidStart(spare)
        _ = pool.usage(of: spare, residentBytes: 1, mappings: 1)
        #expect(pool.cellDidEnd(spare) == [.spawn(spare + 1, .spare)], "it had been of use")
    }

    @Test func cellThatNeverSaysHelloIsEnded() {
        var pool = CellPool(limits: CellLimits())
        _ = pool.refill()
        for _ in 0..<pool.limits.silentTicks { #expect(pool.tick() == []) }
        #expect(pool.tick() == [.kill(1, "it did not say hello")])
        #expect(pool.renewals == ["unresponsive": 1])
        #expect(pool.cellDidEnd(1) == [.pauseThenRefill(failures: 1)])
    }

    @Test func cellThatCantBeReachedTakesNoMore() {
        var pool = pool()
        _ = pool.place(1, dedicatedTo: nil)
        pool.withdraw(1)
        #expect(pool[1]?.isAsked == false)
        #expect(
            pool.place(2, dedicatedTo: nil) == [.assign(worker: 2, cell: 2), .spawn(3, .spare)]
        )
        #expect(pool.cellDidEnd(1) == [])
        #expect(pool.renewals == ["died": 1])
    }

    @Test func silentCellIsRenewed() {
        var pool = pool()
        _ = pool.place(1, dedicatedTo: nil)
        for _ in 0..<pool.limits.silentTicks {
            _ = pool.usage(of: 2, residentBytes: 1, mappings: 1)
            #expect(pool.tick() == [])
        }
        _ = pool.usage(of: 2, residentBytes: 1, mappings: 1)
        #expect(pool.tick() == [.move(1, .unresponsive)])
    }

    @Test func memoryThatEndedWorkersLeftRenews() {
        var pool = pool { $0.endedImagesForGrowth = 1 }
        _ = pool.place(1, dedicatedTo: nil)
        _ = pool.place(2, dedicatedTo: nil)
        let much = pool.limits.residentGrowth.bytes + 2
        #expect(pool.usage(of: 1, residentBytes: 1, mappings: 1) == [])
        #expect(pool.usage(of: 1, residentBytes: much, mappings: 1) == [], "both live")
        _ = pool.workerDidEnd(1, cell: 1)
        #expect(pool.usage(of: 1, residentBytes: much, mappings: 1) == [.move(1, .memory)])
    }

    @Test func tooManyMappingsRenew() {
        var pool = pool()
        _ = pool.place(1, dedicatedTo: nil)
        let mappings = pool.limits.mappings
        #expect(pool.usage(of: 1, residentBytes: 1, mappings: mappings) == [])
        #expect(
            pool.usage(of: 1, residentBytes: 1, mappings: mappings + 1) == [.move(1, .mappings)]
        )
        #expect(pool.usage(of: 1, residentBytes: 1, mappings: mappings + 1) == [], "once")
    }

    @Test func idleCellEndsButTheSpareStays() {
        var pool = pool { $0.idleTicks = 2 }
        _ = pool.place(1, dedicatedTo: nil)
        _ = pool.workerDidEnd(1, cell: 1)
        let actions = (0..<4).flatMap { _ in pool.tick() }
        #expect(actions == [.finish(1)])
    }

    @Test func tooManyDrainingCellsEndTheOldest() {
        var pool = pool { $0.drainingCells = 1 }
        _ = pool.place(1, dedicatedTo: nil)
        #expect(pool.renew(1, .asked) == [.move(1, .asked)])
        _ = pool.place(2, dedicatedTo: nil)
        #expect(
            pool.renew(2, .asked)
                == [.move(2, .asked), .kill(1, "too many cells are being renewed at once")]
        )
    }

    @Test func stoppedPoolEndsEverythingAndStartsNothing() {
        var pool = pool()
        _ = pool.place(1, dedicatedTo: nil)
        #expect(pool.stop() == [.move(1, .stopped), .finish(2)])
        #expect(pool.workerDidEnd(1, cell: 1) == [.finish(1)])
        #expect(pool.cellDidEnd(1) == [])
        #expect(pool.cellDidEnd(2) == [])
        #expect(pool.place(3, dedicatedTo: nil) == [.refuse(worker: 3)])
        #expect(pool.refillAfterPause() == [])
        #expect(pool.renewals.isEmpty)
    }
}
