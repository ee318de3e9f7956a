internal import Foundation
internal import FunctionModel
internal import NIOCore

extension AdminClient {
    /// Lists watched directories.
    func watches() async throws -> [WatchView] {
        let reply: [String: [WatchView]] = try await fetch("/v1/files")
        return reply["watches"] ?? []
    }

    /// Lists the files of a function.
    func files(
        of function: String,
        state: String?,
        after: String?,
        limit: Int
    ) async throws -> FilePage {
        var target = "/v1/files/\(Self.escaped(function))?limit=\(limit)"
        if let state { target += "&state=\(Self.escaped(state))" }
        if let after { target += "&after=\(Self.escaped(after))" }
        return try await fetch(target)
    }

    /// Has files handled once more, and returns how many.
    func reprocess(_ choice: FileChoice, of function: String) async throws -> Int {
        let request = Request(
            "POST",
            "/v1/files/\(Self.escaped(function))/reprocess",
            headers: [("content-type", "application/json")],
            body: ByteBuffer(bytes: try JSONEncoder().encode(choice))
        )
        let reply = try await send(request, timeout: .seconds(300))
        guard reply.isFine else { throw CommandFailure.refused(reply) }
        return try JSONDecoder().decode([String: Int].self, from: reply.data)["reprocessed"] ?? 0
    }
}
