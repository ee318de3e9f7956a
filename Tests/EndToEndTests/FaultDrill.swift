import Foundation
import Synchronization

/// Commits a fault again and again, from so many callers at a time, and keeps how each round ended.
final class FaultDrill: Sendable {
    /// How the rounds of one fault ended, and what the neighbours saw meanwhile.
    struct Result: Sendable, Codable {
        var rounds = 0
        var named = 0
        var failures = 0
        var endings = Spread()
        /// From the reply until the cell was renewed, for what ends with its cell.
        var renewals = Spread()
        /// The most memory that a round had, for what takes too much.
        var peak = 0
        /// How long all rounds took, in seconds.
        var seconds = 0.0
        /// p99 of the neighbours while it went on, to what it was just before.
        var ratios: [Double] = []
        /// The first replies that were wrong, and the neighbours' first failures.
        var words: [String] = []

        var isGood: Bool { named == rounds && failures == 0 }

        mutating func add(_ other: Result) {
            rounds += other.rounds
            named += other.named
            failures += other.failures
            endings.add(other.endings)
            renewals.add(other.renewals)
            peak = max(peak, other.peak)
            seconds += other.seconds
            ratios += other.ratios
            words = Array((words + other.words).prefix(5))
        }
    }

    private let fault: Fault
    private let host: RoostProcess
    private let left: Atomic<Int>
    private let result = Mutex(Result())

    private init(_ fault: Fault, _ host: RoostProcess, rounds: Int) {
        self.fault = fault
        self.host = host
        left = Atomic(rounds)
    }

    /// Runs the rounds beside the neighbours' calls.
    static func run(
        _ fault: Fault,
        rounds: Int,
        callers: Int = 1,
        quiet: Duration = .zero,
        beside neighbours: Neighbours
    ) async throws -> Result {
        _ = try await neighbours.tally()
        // The one pause that is no waiting: a baseline is a stretch of time without faults.
        if quiet > .zero { try await Task.sleep(for: quiet) }
        let before = try await neighbours.tally()
        let drill = FaultDrill(fault, neighbours.host, rounds: rounds)
        await drill.run(callers: callers)
        let after = try await neighbours.tally()
        var result = drill.result.withLock { $0 }
        result.seconds = after.seconds
        if fault.group == .bomb {
            let records = try await neighbours.host.records(of: "zoo.\(fault.function)")
            result.peak = records.compactMap { $0.usage?.peakMemoryBytes }.max() ?? .max
        }
        result.failures = before.failures + after.failures
        result.words += before.words + after.words
        if quiet > .zero, before.p99 > 0, after.replies > 0 {
            result.ratios.append(Double(after.p99) / Double(before.p99))
        }
        return result
    }

    private func run(callers: Int) async {
        await withCheckedContinuation { continuation in
            let group = DispatchGroup()
            for _ in 0..<callers {
                group.enter()
                Thread.detachNewThread { [self] in
                    drive()
                    group.leave()
                }
            }
            group.notify(queue: .global()) { continuation.resume() }
        }
    }

    private func drive() {
        var connection: HTTPConnection?
        let renewal = Renewal(host)
        while left.wrappingSubtract(1, ordering: .relaxed).newValue >= 0 {
            do {
                let open = try connection ?? HTTPConnection(host.functions)
                connection = open
                if fault.group == .deaf { try renewal.begin() }
                let began = ContinuousClock.now
                let path = "/functions/zoo.\(fault.function)"
                result.withLock { $0.rounds += 1 }
                let reply = try open.request("POST", path, body: "{}")
                let all = ContinuousClock.now - began
                // Limits count what runs, not the start of a fresh worker before.
                add(reply, after: fault.limit == nil ? all : reply.runTime ?? all)
                if reply.headers["connection"] == "close" { connection = nil }
                guard fault.group == .deaf else { continue }
                let time = try renewal.wait()
                result.withLock { $0.renewals.add(time) }
            } catch {
                connection = nil
                result.withLock { $0.words.append("\(error)") }
            }
        }
    }

    private func add(_ reply: Reply, after time: Duration) {
        let isNamed = fault.isNamed(by: reply)
        result.withLock {
            $0.endings.add(fault.ending(time))
            if isNamed { $0.named += 1 } else if $0.words.count < 5 { $0.words.append("\(reply)") }
        }
    }
}

extension Reply {
    /// How long the invocation ran, as the host measured it.
    fileprivate var runTime: Duration? {
        headers["server-timing"]?.firstMatch(of: /run;dur=([0-9.]+)/)
            .flatMap { Double($0.1) }.map { .milliseconds($0) }
    }
}

/// Waits on the calling thread until a host has renewed a cell that was tainted.
private final class Renewal {
    private let host: RoostProcess
    private var connection: HTTPConnection?
    private var before = 0.0

    init(_ host: RoostProcess) { self.host = host }

    func begin() throws { before = try count() }

    func wait() throws -> Duration {
        let began = ContinuousClock.now
        while ContinuousClock.now - began < .seconds(20) {
            if try count() > before { return ContinuousClock.now - began }
            usleep(2_000)
        }
        throw NotInTime(what: "the tainted cell is renewed")
    }

    private func count() throws -> Double {
        let open = try connection ?? HTTPConnection(host.admin)
        connection = open
        let page = try open.request("GET", "/metrics")
        guard page.status == 200 else { throw NotInTime(what: "metrics: \(page)") }
        let name = #"roost_cell_renewals_total{reason="tainted"}"#
        return page.body.split(separator: "\n").filter { $0.hasPrefix(name) }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}
