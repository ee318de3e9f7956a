import FunctionModel
import GRDB
import NIOCore
import Testing

@testable import InvocationStore

/// What must not grow with the queue.
@Suite(.serialized)
struct ScaleTests {
    @Test func aClaimReadsAFewRowsHoweverMuchIsQueued() async throws {
        let scratch = try Scratch()
        let clock = ManualClock()
        let store = try SQLiteStore(path: scratch.file) { clock.now }
        let functions = (0..<40).map { FunctionName.named("p.f\($0)") }
        for function in functions {
            let batch = (0..<100).map { _ in QueuedInvocation(function: function) }
            _ = try await store.enqueue(batch, bounds: QueueBounds(), allOrNone: false)
        }
        // What the query planner does, not how long it takes on a noisy machine.
        for sql in [
            "select sequence from entries where phase = 0 and function = 'f' "
                + "order by priority desc, sequence limit 9",
            "select min(function) from entries where phase = 0 and function > 'f'",
            "select * from entries where phase = 3 and due <= 9 order by due limit 9",
            "select * from entries where phase = 1 and due <= 9 order by due limit 9",
            "select min(due) from entries where phase = 1",
            "select * from entries where phase < 3 and expires <= 9 order by expires limit 9",
            "select * from entries where phase = 5 and function = 'f' order by sequence limit 9",
            "select * from entries where phase in (4, 6) and due <= 9 order by due limit 9",
            "select * from entries where function = 'f' and orderingKey = 'k' "
                + "and orderingKey is not null and phase < 4 order by sequence limit 1",
            "select * from records where function = 'f' order by received desc, sequence desc "
                + "limit 9",
            "select * from records where outcome = 'failed' order by received desc, sequence desc "
                + "limit 9",
            "select * from records order by received desc, sequence desc limit 9",
            "select * from entries where phase = 5 and due <= 9 order by due limit 9",
            "select * from entries where phase = 5 order by sequence limit 9",
            "select * from entries where phase = 5 and sequence > 9 order by sequence limit 9",
            "select min(due) from entries where phase = 3 and due > 9",
            "select id, size from results where isDead = 1 order by ended limit 9",
        ] {
            let plan = try await store.pool.read { database in
                try database.rows("explain query plan " + sql).map { $0["detail"] as String }
            }
            #expect(
                !plan.contains { $0.hasPrefix("SCAN") && !$0.contains("INDEX") },
                "\(sql): \(plan)"
            )
            #expect(!plan.contains { $0.contains("PRIMARY KEY") }, "\(sql): \(plan)")
            #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(sql): \(plan)")
        }
        var taken: [FunctionName: Int] = [:]
        let allowance = ClaimAllowance(count: 4, lease: .seconds(9))
        let allowances = Dictionary(uniqueKeysWithValues: functions.map { ($0, allowance) })
        for _ in 0..<10 {
            let report = try await store.claim(ClaimRequest(holder: "h", allowances: allowances))
            #expect(report.claimed.count == 32)
            for one in report.claimed { taken[one.invocation.function, default: 0] += 1 }
        }
        #expect(taken.count == 40)
        #expect(taken.values.allSatisfy { (4...16).contains($0) }, "\(taken.values.sorted())")
        try await store.close()
    }

    @Test func aStartLooksAtNothingThatEndedWell() async throws {
        let scratch = try Scratch()
        let clock = ManualClock()
        let store = try SQLiteStore(path: scratch.file) { clock.now }
        for (_, condition) in Books.counted {
            let sql = "select function, count(*) from entries where \(condition) group by function"
            let plan = try await store.pool.read { database in
                try database.rows("explain query plan " + sql).map { $0["detail"] as String }
            }
            #expect(plan.first?.contains("INDEX entries") == true, "\(sql): \(plan)")
        }
        try await store.close()
    }
}
