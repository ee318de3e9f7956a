import Foundation
import Testing

/// A queued invocation as the function listener shows it.
struct AsyncState: Decodable {
    struct Failure: Decodable {
        var kind: String
        var message: String
    }
    struct Result: Decodable {
        var outcome: String
        var status: Int
        var body: String?
    }
    var id: String
    var state: String
    var reason: String?
    var attempts: Int
    var error: Failure?
    var result: Result?

    var isOver: Bool { !["waiting", "running"].contains(state) }
}

extension HTTPConnection {
    /// Asks for an invocation that is answered later.
    func enqueue(_ path: String, _ body: String, _ headers: [String] = []) throws -> Reply {
        try request("POST", path, body: body, headers: ["Prefer: respond-async"] + headers)
    }

    /// Where an invocation stands.
    func look(_ place: String, wait: Int = 0) throws -> AsyncState {
        let reply = try request("GET", place, headers: ["Prefer: wait=\(wait)"])
        try #require(reply.status == 200, "\(reply)")
        return try JSONDecoder().decode(AsyncState.self, from: Data(reply.body.utf8))
    }

    /// Waits for the end of an invocation, by asking once for a long time.
    func end(_ place: String) throws -> AsyncState { try look(place, wait: 30) }
}

extension RoostProcess {
    /// Has the command-line tool queue a call, and gives its id.
    func queue(_ function: String, _ data: String, _ wishes: [String] = []) async throws -> String {
        let queued = try await run(
            Self.products.appending(path: "roost").path,
            ["invoke", function, "--async"] + wishes + ["-d", data, "--home", home.path]
        )
        try #require(queued.status == 0, "\(queued)")
        return queued.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Asks the admin API with another method.
    func send(_ method: String, _ path: String) async throws -> Reply {
        try await curl("\(admin)\(path)", "-X", method, "-H", "Authorization: Bearer \(try token)")
    }
}
