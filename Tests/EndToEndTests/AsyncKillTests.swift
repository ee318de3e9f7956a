import Foundation
import SeededRandom
import Synchronization
import Testing

/// `kill -9` of the host and of its cells at random moments, with a ledger on the client's side.
@Suite("What was accepted", .serialized)
struct AsyncKillTests {
    @Test func survivesKillsOfHostAndCells() async throws {
        let ledger = try Ledger()
        defer { ledger.close() }
        let plugin = try await LedgerPlugin.build(port: ledger.port, attempts: true)
        let home = try RoostProcess.makeHome()
        try RoostProcess.drop(file: plugin, into: home.appending(path: "plugins"))
        var generator = SeededGenerator(seed: 4)
        var accepted: [String: String] = [:]
        var ready: [Duration] = []
        for round in 0..<max(4, rounds / 20) {
            let begun = ContinuousClock.now
            let host = try await RoostProcess.start(
                settings: LedgerPlugin.settings,
                home: home
            )
            ready.append(ContinuousClock.now - begun)
            let client = EnqueueingClient(host.functions, round: round)
            _ = try await eventually("something is accepted") {
                client.accepted.count > 5 ? true : nil
            }
            for _ in 0..<2 {
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...150, using: &generator)))
                for cell in try await host.busyCells() { kill(cell.pid, SIGKILL) }
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...150, using: &generator)))
            kill(host.processIdentifier, SIGKILL)
            _ = await host.exitStatus()
            accepted.merge(await client.stop()) { $1 }
        }
        try await check(accepted, ledger, home)
        print("\(accepted.count) accepted, ready after \(median(ready))")
    }

    /// Everything accepted has one end, ran at least once, and no attempt ran twice.
    private func check(_ accepted: [String: String], _ ledger: Ledger, _ home: URL) async throws {
        let host = try await RoostProcess.start(
            settings: LedgerPlugin.settings,
            home: home
        )
        let client = try HTTPConnection(host.functions)
        var ends: [String: Int] = [:]
        var repeated = 0
        var givenUp: Set<String> = []
        for (body, place) in accepted {
            // One that was claimed at many kills waits long for its next attempt.
            let end = try await eventually("\(body) is over", within: .seconds(300)) {
                let end = try client.end(place)
                return end.isOver ? end : nil
            }
            ends[end.state + (end.reason ?? ""), default: 0] += 1
            if end.state == "dead" {
                // Each death of the host adds an attempt, up to 16, begun or not; between them its
                // cell may be killed under an attempt that counts.
                #expect((3...16).contains(end.attempts), "\(end)")
                givenUp.insert(body)
            }
            if end.attempts > 1 { repeated += 1 }
        }
        _ = try await eventually("the ledger is complete") {
            Set(ledger.runs.keys.map { $0.split(separator: "#")[0] }).count
                >= accepted.count - givenUp.count ? true : nil
        }
        let runs = ledger.runs
        #expect(runs.values.allSatisfy { $0 == 1 }, "\(runs.filter { $0.value > 1 })")
        let ran = Set(runs.keys.map { String($0.split(separator: "#")[0]) })
        #expect(accepted.keys.allSatisfy { ran.contains($0) || givenUp.contains($0) }, "0 lost")
        // Many kills in a row may meet the same invocation, hardly more than one in ten thousand.
        #expect(givenUp.count <= 2 + accepted.count / 10_000, "\(ends)")
        print("ends \(ends), \(repeated) had more than one attempt")
        #expect(await host.stop() == 0)
    }
}

/// Queues without a pause until the host is gone, and notes what was accepted.
final class EnqueueingClient: Sendable {
    private let notes = Mutex<[String: String]>([:])
    private let thread: Task<Void, Never>

    init(_ url: String, round: Int) {
        let (stream, done) = AsyncStream.makeStream(of: Void.self)
        thread = Task { for await _ in stream {} }
        Thread.detachNewThread { [notes = UncheckedBox(self)] in
            notes.value.work(url, round)
            done.finish()
        }
    }

    /// What was accepted: body and place.
    var accepted: [String: String] { notes.withLock { $0 } }

    /// Waits for the host's end, which ends the client.
    func stop() async -> [String: String] {
        await thread.value
        return accepted
    }

    private func work(_ url: String, _ round: Int) {
        do {
            let connection = try HTTPConnection(url)
            for number in 0..<100_000 {
                let body = "\(round)-\(number)"
                let reply = try connection.enqueue("/functions/ledger.run", body)
                guard reply.status == 202, let place = reply.headers["location"] else { continue }
                notes.withLock { $0[body] = place }
            }
        } catch {
            // The host has been killed: what it hadn't acknowledged doesn't count.
        }
    }
}
