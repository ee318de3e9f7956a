import Foundation
import Synchronization

/// A steady load on one function from several connections, each sending its next request when the last
/// is answered, until it is told to stop.
final class Load: Sendable {
    /// What came back.
    struct Tally: Sendable {
        var requests = 0
        var statuses: [Int: Int] = [:]
        var bodies: [String: Int] = [:]
        var transportErrors: [String] = []
        var unexpected: [String] = []
        /// The outcomes of what was not answered with 200.
        var outcomes: [String: Int] = [:]
        /// The longest time in which no request succeeded, and when the last one did.
        var longestGap = Duration.zero
        var lastSuccess = ContinuousClock.now

        /// Everything that was not answered with 200.
        var failures: Int { requests - (statuses[200] ?? 0) }
    }

    private let tally = Mutex(Tally())
    private let stopping = Atomic(false)
    private let group = DispatchGroup()

    /// Starts the load.
    init(
        _ url: String,
        path: String,
        body: String = "{}",
        connections: Int = 4,
        headers: [String] = []
    ) {
        for _ in 0..<connections {
            group.enter()
            Thread.detachNewThread { [self] in
                drive(url, path: path, body: body, headers: headers)
                group.leave()
            }
        }
    }

    /// Sends `count` requests at the same time, each on a connection of its own, and waits for all.
    static func once(
        _ url: String,
        path: String,
        body: String,
        count: Int
    ) -> Task<[Reply], any Error> {
        Task {
            try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<count {
                    group.addTask { try await curl(url + path, "-d", body) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
    }

    /// Begins anew to look for the longest time without a success.
    func forgetGap() { tally.withLock { $0.longestGap = .zero } }

    /// What has come back so far.
    var soFar: Tally { tally.withLock { $0 } }

    /// Ends the load when every connection has had its reply.
    func stop() async -> Tally {
        stopping.store(true, ordering: .releasing)
        await withCheckedContinuation { continuation in
            group.notify(queue: .global()) { continuation.resume() }
        }
        return soFar
    }

    private func drive(_ url: String, path: String, body: String, headers: [String]) {
        var connection: HTTPConnection?
        while !stopping.load(ordering: .acquiring) {
            do {
                let open = try connection ?? HTTPConnection(url)
                connection = open
                let reply = try open.request("POST", path, body: body, headers: headers)
                if reply.headers["connection"] == "close" { connection = nil }
                tally.withLock { $0.add(reply) }
            } catch {
                connection = nil
                tally.withLock {
                    $0.requests += 1
                    $0.transportErrors.append("\(error)")
                }
            }
        }
    }
}

extension Load.Tally {
    mutating func add(_ reply: Reply) {
        requests += 1
        statuses[reply.status, default: 0] += 1
        bodies[reply.body, default: 0] += reply.status == 200 ? 1 : 0
        guard reply.status == 200 else {
            outcomes[reply.headers["roost-outcome"] ?? "none", default: 0] += 1
            if unexpected.count < 5 { unexpected.append("\(reply)") }
            return
        }
        let now = ContinuousClock.now
        longestGap = max(longestGap, now - lastSuccess)
        lastSuccess = now
    }
}
