import Foundation
import Testing

/// How often each fault is tried; the campaign raises it.
let rounds = ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"].flatMap { Int($0) } ?? 100

@Suite("A crash of one function", .serialized)
struct ContainmentTests {
    /// The contained kinds of the design, each a function of `Zoo`, and a word of the cause that the
    /// reply has to name.
    static let kinds: [(function: String, cause: String)] = [
        ("fatal-error", "trap"), ("precondition", "trap"), ("index", "trap"), ("nil", "trap"),
        ("overflow", "trap"), ("divide", "trap"), ("bad-cast", "abort"), ("try", "trap"),
        ("exclusivity", "abort"), ("wild-pointer", "segmentationFault"),
        ("stack-overflow", "stackOverflow"), ("abort", "abort"),
        ("cxx-exception", "uncaughtException"), ("exit", "exit"),
    ]

    @Test func isItsOwnCallersMatterOnly() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        let url = host.functions
        for path in ["/functions/hello", "/functions/zoo.echo"] {
            _ = try await eventually("\(path) is served") {
                try await curl(url + path, "-d", #"{"name":"x"}"#).status == 200 ? true : nil
            }
        }
        let load = Load(url, path: "/hello", body: #"{"name":"Ada"}"#, connections: 2)
        let connection = try HTTPConnection(url)
        for kind in Self.kinds {
            for round in 0..<rounds {
                let reply = try connection.request("POST", "/functions/zoo.\(kind.function)")
                guard reply.status == 502, reply.headers["roost-outcome"] == "crashed" else {
                    Issue.record("\(kind.function), round \(round): \(reply)")
                    break
                }
                if round == 0 {
                    #expect(reply.body.contains(kind.cause), "\(kind.function): \(reply.body)")
                }
            }
        }
        let tally = await load.stop()
        #expect(tally.requests > 100)
        #expect(tally.failures == 0, "\(tally)")
        #expect(kill(host.processIdentifier, 0) == 0, "the host is still there")
        #expect(await host.stop() == 0)
    }

    @Test func killedCellComesBackUnderLoad() async throws {
        let host = try await RoostProcess.start(plugins: ["Hello"])
        let url = host.functions
        _ = try await eventually("hello is served") {
            try await curl("\(url)/hello", "-d", #"{"name":"x"}"#).status == 200 ? true : nil
        }
        let load = Load(url, path: "/hello", body: #"{"name":"Ada"}"#, connections: 4)
        for _ in 0..<5 {
            let before = load.soFar.requests
            _ = try await eventually("the load runs") {
                load.soFar.requests > before + 200 ? true : nil
            }
            for cell in try await cellsWithWorkers(of: host) { kill(cell, SIGKILL) }
        }
        let after = load.soFar.requests
        _ = try await eventually("it is served again") {
            load.soFar.requests > after + 200 ? true : nil
        }
        let tally = await load.stop()
        #expect(tally.transportErrors.isEmpty)
        #expect(tally.statuses.keys.allSatisfy { $0 == 200 || $0 == 502 }, "\(tally)")
        #expect(tally.failures <= 5 * 16, "only what had started there: \(tally)")
        #expect(await host.stop() == 0)
    }

    private func cellsWithWorkers(of host: RoostProcess) async throws -> [Int32] {
        struct Cell: Decodable {
            var pid: Int32
            var workers: Int
        }
        struct Cells: Decodable { var cells: [Cell] }
        let reply = try await curl(
            "\(host.admin)/v1/cells",
            "-H",
            "Authorization: Bearer \(try host.token)"
        )
        let cells = try JSONDecoder().decode(Cells.self, from: Data(reply.body.utf8))
        return cells.cells.filter { $0.workers > 0 }.map(\.pid)
    }
}
