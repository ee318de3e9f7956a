import Foundation
import Synchronization
import Testing

/// A host with the zoo, and three healthy functions in the same cell that are called all the time, at a
/// fixed rate, whatever happens.
final class Neighbours: Sendable {
    /// What came back from the healthy functions in a while; times in microseconds, from the instant at
    /// which each request was due.
    struct Tally: Decodable, Sendable {
        var seconds: Double
        var replies: Int
        var failures: Int
        var p50: Int
        var p99: Int
        var words: [String]
    }

    static let calls = [
        #"POST /hello {"name":"Ada"}"#, "GET /users/1", "POST /wordcount a rose is a rose",
    ]
    static let plugins = ["Hello", "Users", "WordCount", "Zoo"]

    let host: RoostProcess
    private let arrivals: Mutex<Arrivals>

    /// Starts all of it; `rate` is that of all three together, in calls a second.
    static func start(
        rate: Int = 90,
        settings: String = Fault.settings
    ) async throws -> Neighbours {
        let host = try await RoostProcess.start(plugins: plugins, settings: settings)
        try await host.awaitService("/functions/zoo.echo", "/hello", "/wordcount")
        _ = try await eventually("users are served") {
            try await curl(host.functions + "/users/1").status == 200 ? true : nil
        }
        let cells = try await host.busyCells()
        #expect(cells.count == 1, "all live in one cell: \(cells)")
        return Neighbours(host, try Arrivals(host.functions, rate: rate))
    }

    private init(_ host: RoostProcess, _ arrivals: sending Arrivals) {
        self.host = host
        self.arrivals = Mutex(arrivals)
    }

    /// What came back since the last time that this was asked.
    func tally() async throws -> Tally {
        let line = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [self] in
                continuation.resume(returning: arrivals.withLock { $0.mark() })
            }
        }
        return try JSONDecoder().decode(Tally.self, from: line)
    }

    /// Ends the calls and the host, which has to be the one that was started; none of its cells may
    /// have come to an end by itself, or of the kernel's hand.
    func stop() async throws {
        arrivals.withLock { $0.stop() }
        for reason in ["died", "unresponsive", "violation", "overdue"] {
            let ended = try await host.metric("roost_cell_renewals_total{reason=\"\(reason)\"")
            let said = host.output.split(separator: "\n").filter { $0.contains(reason) }
            #expect(ended == 0, "\(reason): \(ended)\n\(said.suffix(5).joined(separator: "\n"))")
        }
        #expect(kill(host.processIdentifier, 0) == 0, "the host is still there")
        #expect(await host.stop() == 0)
    }
}

/// The program that sends requests at a fixed rate.
private final class Arrivals {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ url: String, rate: Int) throws {
        process.executableURL = RoostProcess.build.appending(path: "Arrivals")
        let port = url.split(separator: ":").last.map(String.init) ?? ""
        process.arguments = [port, "\(rate)", "16"] + Neighbours.calls
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// Asks for a line and waits for it.
    func mark() -> Data {
        input.fileHandleForWriting.write(Data("\n".utf8))
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            line += more
        }
        return line
    }

    func stop() {
        input.fileHandleForWriting.closeFile()
        process.waitUntilExit()
    }
}
