internal import Foundation
internal import FunctionModel
internal import NIOCore

extension AdminClient {
    /// Queues an invocation and returns its id.
    func enqueue(
        _ function: String,
        payload: ByteBuffer,
        contentType: String,
        wishes: [(String, String)] = []
    ) async throws -> String {
        let reply = try await send(
            Request(
                "POST",
                "/v1/functions/\(Self.escaped(function))/invoke",
                headers: [("content-type", contentType), ("prefer", "respond-async")] + wishes,
                body: payload
            )
        )
        guard reply.isFine, let id = reply.headers["roost-invocation-id"] else {
            throw CommandFailure.refused(reply)
        }
        return id
    }

    /// Keeps an invocation from running, or stops it.
    func cancel(_ id: String) async throws {
        let reply = try await send(Request("DELETE", "/v1/invocations/\(Self.escaped(id))"))
        guard reply.isFine else { throw CommandFailure.refused(reply) }
    }

    /// Publishes an event.
    func publish(
        _ event: CloudEventAttributes,
        _ data: ByteBuffer,
        contentType: String
    ) async throws -> EventReceipt {
        let fields = event.wireFields.map { ($0.name, $0.value) }
        let headers = fields + [("content-type", contentType)]
        let reply = try await send(Request("POST", "/v1/events", headers: headers, body: data))
        guard reply.isFine,
            let receipt = try JSONDecoder().decode([String: [EventReceipt]].self, from: reply.data)[
                "events"
            ]?.first
        else { throw CommandFailure.refused(reply) }
        return receipt
    }

    /// Lists dead letters, the oldest first.
    func deadLetters(
        function: String?,
        after: String? = nil,
        limit: Int
    ) async throws -> DeadLetterPage {
        var target = "/v1/dead-letters?limit=\(limit)"
        if let function { target += "&function=\(Self.escaped(function))" }
        if let after { target += "&after=\(Self.escaped(after))" }
        return try await fetch(target)
    }

    /// Shows a dead letter.
    func deadLetter(_ id: String) async throws -> DeadLetterView {
        try await fetch("/v1/dead-letters/\(Self.escaped(id))")
    }

    /// Queues dead letters again and returns how many.
    func redrive(_ choice: DeadLetterChoice) async throws -> Int {
        try await count("POST", "/v1/redrive", choice)
    }

    /// Removes dead letters and returns how many.
    func purge(_ choice: DeadLetterChoice) async throws -> Int {
        try await count("DELETE", "/v1/dead-letters", choice)
    }

    /// Copies the store to a file of the host's machine.
    func backup(to path: String) async throws {
        let request = try request("POST", "/v1/backup", ["file": path])
        let reply = try await send(request, timeout: .seconds(3_600))
        guard reply.isFine else { throw CommandFailure.refused(reply) }
    }

    private func count(
        _ method: String,
        _ target: String,
        _ body: some Encodable
    ) async throws -> Int {
        let reply = try await send(try request(method, target, body), timeout: .seconds(300))
        guard reply.isFine else { throw CommandFailure.refused(reply) }
        return try JSONDecoder().decode([String: Int].self, from: reply.data).values.first ?? 0
    }

    private func request(
        _ method: String,
        _ target: String,
        _ body: some Encodable
    ) throws -> Request {
        Request(
            method,
            target,
            headers: [("content-type", "application/json")],
            body: ByteBuffer(bytes: try JSONEncoder().encode(body))
        )
    }
}
