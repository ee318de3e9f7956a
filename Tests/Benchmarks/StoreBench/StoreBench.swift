import Foundation
import FunctionModel
import InvocationStore
import NIOCore

/// Queues invocations in the store and, in the same run, rows in SQLite alone; prints rates.
///
///     .build/release/store-bench [--seconds 2] [--rounds 5] [--payload 100] [--directory DIR]
@main
struct StoreBench {
    private let seconds: Double
    private let rounds: Int
    private let body: [UInt8]
    private let directory: String
    private let filler: QueueFiller?
    private let ticks: TickBench?

    static func main() async throws {
        let bench = try StoreBench(CommandLine.arguments)
        if let filler = bench.filler { return try await filler.run() }
        if let ticks = bench.ticks { return try await ticks.run() }
        try FileManager.default.createDirectory(
            atPath: bench.directory,
            withIntermediateDirectories: true
        )
        try await bench.compareEnqueue()
        try await bench.timeEnqueue()
        try await bench.measureRoundTrip()
        try await bench.timeOpening()
        try bench.removeFiles()
    }

    private init(_ arguments: [String]) throws {
        func value(_ name: String) -> String? {
            arguments.firstIndex(of: name).flatMap { index in
                arguments.indices.contains(index + 1) ? arguments[index + 1] : nil
            }
        }
        seconds = value("--seconds").flatMap(Double.init) ?? 2
        rounds = value("--rounds").flatMap(Int.init) ?? 5
        body = [UInt8](repeating: 120, count: value("--payload").flatMap(Int.init) ?? 100)
        let parent = value("--directory") ?? NSTemporaryDirectory()
        directory = parent + "/roost-store-bench-\(UUID().uuidString)"
        let payload = body
        let place = directory
        ticks = value("--schedules").flatMap(Int.init).map { count in
            TickBench(
                schedules: count,
                seconds: value("--seconds").flatMap(Int.init) ?? 60,
                isAtOnce: arguments.contains("--at-once"),
                directory: place
            )
        }
        filler = try value("--fill").map { path in
            QueueFiller(
                path: path,
                count: value("--count").flatMap(Int.init) ?? 100_000,
                function: try FunctionName(value("--function") ?? "noop.run"),
                body: payload
            )
        }
    }

    /// Concurrent callers against raw commits of as many rows, in alternating rounds.
    private func compareEnqueue() async throws {
        print(
            "enqueue per second, \(body.count) bytes, medians of \(rounds) rounds of \(seconds) s"
        )
        print("callers   store     raw SQLite, commits of as many rows   ratio")
        for callers in [1, 8, 64, 256] {
            var rates: [(store: Double, raw: Double)] = []
            for _ in 0..<rounds {
                rates.append((try await storeRate(callers), try await rawRate(callers)))
            }
            let store = median(rates.map(\.store))
            let raw = median(rates.map(\.raw))
            let ratio = median(rates.map { $0.store / $0.raw })
            print(line([callers, Int(store), Int(raw)]) + String(format: "%37.2f", ratio))
        }
    }

    private func storeRate(_ callers: Int) async throws -> Double {
        let store = try newStore()
        let buffer = ByteBuffer(bytes: body)
        let start = Date()
        let end = start.addingTimeInterval(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var count = 0
                    while Date() < end {
                        let one = QueuedInvocation(function: Self.function, body: buffer)
                        _ = try await store.enqueue(
                            [one],
                            bounds: QueueBounds(perFunction: .max, total: .max),
                            allOrNone: false
                        )
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let rate = Double(count) / Date().timeIntervalSince(start)
        try await store.close()
        return rate
    }

    private func rawRate(_ rows: Int) async throws -> Double {
        let path = newPath()
        try await Stores.file(path, now: Self.now).close()
        let raw = RawSQLite(path: path)
        let start = Date()
        var count = 0
        while Date().timeIntervalSince(start) < seconds {
            raw.commit(rows, body: body)
            count += rows
        }
        return Double(count) / Date().timeIntervalSince(start)
    }

    /// What one caller waits, beside one raw commit.
    private func timeEnqueue() async throws {
        let store = try newStore()
        let path = newPath()
        try await Stores.file(path, now: Self.now).close()
        let raw = RawSQLite(path: path)
        var waits: [(store: Double, raw: Double)] = []
        for _ in 0..<1_000 {
            let first = Date()
            let one = QueuedInvocation(function: Self.function, body: ByteBuffer(bytes: body))
            _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
            let second = Date()
            raw.commit(1, body: body)
            let third = Date()
            waits.append((second.timeIntervalSince(first), third.timeIntervalSince(second)))
        }
        let store50 = median(waits.map(\.store)) * 1e6
        let raw50 = median(waits.map(\.raw)) * 1e6
        print(String(format: "one caller waits p50 %.0f µs; a raw commit %.0f µs", store50, raw50))
        try await store.close()
    }

    /// Queue, claim in batches, settle: all of what the store does for one invocation.
    private func measureRoundTrip() async throws {
        let store = try newStore()
        let total = 20_000
        let start = Date()
        let batch = 100
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<(total / batch) {
                let invocations = (0..<batch).map { _ in
                    QueuedInvocation(function: Self.function, body: ByteBuffer(bytes: body))
                }
                group.addTask {
                    _ = try await store.enqueue(
                        invocations,
                        bounds: QueueBounds(),
                        allOrNone: false
                    )
                }
            }
            try await group.waitForAll()
        }
        let queued = Date()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await Self.drain(store) } }
            try await group.waitForAll()
        }
        let settled = Date()
        let all = Double(total)
        print(
            String(
                format: "batches of %d: %.0f queued/s; claimed and settled by 32s: %.0f/s; "
                    + "both %.0f/s",
                batch,
                all / queued.timeIntervalSince(start),
                all / settled.timeIntervalSince(queued),
                all / settled.timeIntervalSince(start)
            )
        )
        try await store.close()
    }

    /// A host that starts with a long queue.
    private func timeOpening() async throws {
        let path = newPath()
        var store = try Stores.file(path, now: Self.now)
        let total = 100_000
        for _ in 0..<(total / 1_000) {
            let invocations = (0..<1_000).map { _ in
                QueuedInvocation(function: Self.function, body: ByteBuffer(bytes: body))
            }
            _ = try await store.enqueue(invocations, bounds: QueueBounds(), allOrNone: false)
        }
        try await store.close()
        let start = Date()
        store = try Stores.file(path, now: Self.now)
        _ = try await store.recover(holder: "bench")
        let request = ClaimRequest(
            holder: "bench",
            allowances: [Self.function: ClaimAllowance(count: 32, lease: .seconds(60))]
        )
        let claimed = try await store.claim(request).claimed.count
        let milliseconds = Date().timeIntervalSince(start) * 1e3
        print(
            String(
                format: "opened with %d queued, first %d claimed after %.0f ms",
                total,
                claimed,
                milliseconds
            )
        )
        try await store.close()
    }

    private static func drain(_ store: any DurableStore) async throws {
        let result = InvocationResult(outcome: .succeeded, head: ResponseHead(status: 200))
        let request = ClaimRequest(
            holder: "bench",
            allowances: [function: ClaimAllowance(count: 32, lease: .seconds(60))]
        )
        while true {
            let claimed = try await store.claim(request).claimed
            if claimed.isEmpty { return }
            _ = try await store.conclude(
                claimed.map { LeaseEnd($0.lease, .settle(Settlement(.succeeded, result: result))) }
            )
        }
    }

    private static let function: FunctionName = {
        do { return try FunctionName("bench.function") } catch { preconditionFailure("\(error)") }
    }()

    private static let now: @Sendable () -> WallTime = {
        WallTime(seconds: Date().timeIntervalSince1970)
    }

    private func newPath() -> String { directory + "/\(UUID().uuidString).sqlite" }

    private func newStore() throws -> any DurableStore & StoreUpkeep {
        try Stores.file(newPath(), now: Self.now)
    }

    private func removeFiles() throws { try FileManager.default.removeItem(atPath: directory) }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func line(_ numbers: [Int]) -> String {
        numbers.map { String(format: "%8d", $0) }.joined(separator: "  ")
    }
}
