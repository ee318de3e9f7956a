import Foundation
import Synchronization
import Testing

/// Many callers of one worker, so that invocations wait in its channel while it crashes.
@Suite("Invocations that wait in a channel", .serialized)
struct WindowTests {
    private static let callers = 32

    @Test func surviveCrashesAndRunOnce() async throws {
        let (host, ledger) = try await start()
        let calls = max(1_500, rounds * 20)
        let replies = try await call(host, calls) { $0 % 10 == 7 }
        for (body, reply) in replies {
            let expected = body.hasSuffix("!") ? 502 : 200
            #expect(reply.status == expected, "\(body): \(reply)")
            let outcome = body.hasSuffix("!") ? "crashed" : "succeeded"
            #expect(reply.headers["roost-outcome"] == outcome, "\(body): \(reply)")
        }
        let runs = try await eventually("every run is in the book") {
            let runs = ledger.runs.filter { $0.key != "warm" }
            return runs.count == calls ? runs : nil
        }
        #expect(runs.values.allSatisfy { $0 == 1 }, "none runs twice")
        let crashes = replies.count { $0.value.status == 502 }
        print("window: \(calls) calls, \(crashes) crashes, \(runs.count) ran, each once")
        ledger.close()
        #expect(await host.stop() == 0)
    }

    @Test func surviveKillsAndRunAtMostOnce() async throws {
        let (host, ledger) = try await start()
        let calls = max(1_500, rounds * 20)
        let over = Flag()
        async let kills = killNowAndThen(host, ledger) { over.isSet }
        let replies = try await call(host, calls) { _ in false }
        over.set()
        let killed = try await kills
        let answered = replies.filter { $0.value.status == 200 }.map(\.key)
        let runs = try await eventually("every run that was answered is in the book") {
            let runs = ledger.runs
            return answered.allSatisfy { runs[$0] != nil } ? runs : nil
        }
        for (body, reply) in replies {
            let isLost = reply.status == 502 && reply.headers["roost-outcome"] == "lost"
            #expect(reply.status == 200 || isLost, "\(body): \(reply)")
            #expect(
                runs[body] == 1 || isLost && runs[body] == nil,
                "\(body) ran \(runs[body] ?? 0) times"
            )
        }
        let lost = replies.count { $0.value.status == 502 }
        print("window: \(calls) calls, \(killed) cells killed, \(lost) lost, none ran twice")
        #expect(killed > 0)
        // One worker: at most one invocation had started when its cell was killed.
        #expect(lost <= killed)
        ledger.close()
        #expect(await host.stop() == 0)
    }

    private func start() async throws -> (RoostProcess, Ledger) {
        let ledger = try Ledger()
        let home = try RoostProcess.makeHome()
        let plugin = try await LedgerPlugin.build(port: ledger.port)
        try RoostProcess.drop(file: plugin, into: home.appending(path: "plugins"))
        let host = try await RoostProcess.start(
            settings: """
                plugins:
                  ledger:
                    \(LedgerPlugin.grant)
                    limits: { concurrency: 1 }
                """,
            home: home
        )
        // Quick runs first, so that the host knows that they are quick.
        _ = try await eventually("the ledger is served") {
            try await curl("\(host.functions)/functions/ledger.run", "-d", "warm").status == 200
                ? true : nil
        }
        let connection = try HTTPConnection(host.functions)
        for _ in 0..<100 {
            _ = try connection.request("POST", "/functions/ledger.run", body: "warm")
        }
        return (host, ledger)
    }

    /// Sends numbered calls from many connections and gives every reply by its body.
    private func call(
        _ host: RoostProcess,
        _ count: Int,
        crashes: @escaping @Sendable (Int) -> Bool
    ) async throws -> [String: Reply] {
        let callers = Callers(host.functions, count: count, crashes: crashes)
        await withCheckedContinuation { continuation in
            let group = DispatchGroup()
            for _ in 0..<Self.callers {
                group.enter()
                Thread.detachNewThread {
                    callers.drive()
                    group.leave()
                }
            }
            group.notify(queue: .global()) { continuation.resume() }
        }
        return try callers.result()
    }

    private func killNowAndThen(
        _ host: RoostProcess,
        _ ledger: Ledger,
        until isOver: @escaping @Sendable () -> Bool
    ) async throws -> Int {
        var killed: Set<Int32> = []
        var runs = 0
        // Once at least, however late this comes to run.
        repeat {
            // One that still starts has nothing to lose, and whose cell ends ten times in a row while
            // it starts is given up.
            guard ledger.runs.count > runs else {
                try await Task.sleep(for: .milliseconds(1))
                continue
            }
            runs = ledger.runs.count
            for cell in try await host.busyCells() where killed.insert(cell.pid).inserted {
                kill(cell.pid, SIGKILL)
            }
        } while !isOver()
        return killed.count
    }
}

/// Threads that share numbered calls between them.
private final class Callers: Sendable {
    private let url: String
    private let count: Int
    private let crashes: @Sendable (Int) -> Bool
    private let next = Atomic(0)
    private let replies = Mutex<[String: Reply]>([:])
    private let failures = Mutex<[String]>([])

    init(_ url: String, count: Int, crashes: @escaping @Sendable (Int) -> Bool) {
        (self.url, self.count, self.crashes) = (url, count, crashes)
    }

    func drive() {
        do {
            let connection = try HTTPConnection(url)
            while true {
                let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard number < count else { return }
                let body = "\(number)\(crashes(number) ? "!" : "")"
                let reply = try connection.request("POST", "/functions/ledger.run", body: body)
                replies.withLock { $0[body] = reply }
            }
        } catch {
            failures.withLock { $0.append("\(error)") }
        }
    }

    func result() throws -> [String: Reply] {
        let failures = failures.withLock { $0 }
        guard failures.isEmpty else { throw NotInTime(what: "replies: \(failures)") }
        return replies.withLock { $0 }
    }
}

/// Set once, seen by others.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
