internal import Foundation
internal import FunctionModel
internal import NIOCore

extension AdminClient {
    /// Lists the functions.
    func functions() async throws -> [FunctionView] { try await list("/v1/functions") }

    /// Lists the plugins.
    func plugins() async throws -> [PluginView] { try await list("/v1/plugins") }

    /// Lists the cells.
    func cells() async throws -> [CellView] { try await list("/v1/cells") }

    /// Lists invocations, newest first.
    func invocations(_ query: InvocationQuery) async throws -> InvocationPage {
        var target = "/v1/invocations?limit=\(query.limit)"
        if let function = query.function { target += "&function=\(Self.escaped(function))" }
        if let outcome = query.outcome { target += "&outcome=\(outcome.rawValue)" }
        if let trigger = query.trigger { target += "&trigger=\(trigger.rawValue)" }
        if let since = query.since { target += "&since=\(since)" }
        if let before = query.before { target += "&before=\(before)" }
        if let after = query.after { target += "&after=\(Self.escaped(after))" }
        return try await fetch(target)
    }

    /// Shows one invocation.
    func invocation(_ id: String) async throws -> InvocationView {
        try await fetch("/v1/invocations/\(Self.escaped(id))")
    }

    /// Describes the host.
    func about() async throws -> AboutView { try await fetch("/v1/about") }

    /// Lists the latest log lines.
    func recentLogs(limit: Int) async throws -> [LogEvent] {
        try await list("/v1/logs?limit=\(limit)")
    }

    /// Puts a plugin on the host and waits until it is served.
    func deploy(fileName: String, bytes: ByteBuffer) async throws -> PluginView {
        let request = Request("PUT", "/v1/plugins/\(Self.escaped(fileName))", body: bytes)
        return try await decoded(try await send(request, timeout: .seconds(300)))
    }

    /// Serves an earlier version again.
    func rollback(plugin: String, to version: String?) async throws -> PluginView {
        var request = Request("POST", "/v1/plugins/\(Self.escaped(plugin))/rollback")
        if let version {
            request.body = ByteBuffer(bytes: try JSONEncoder().encode(["to": version]))
        }
        return try await decoded(try await send(request, timeout: .seconds(120)))
    }

    /// Lets a plugin run again.
    func resume(plugin: String) async throws -> PluginView {
        let request = Request("POST", "/v1/plugins/\(Self.escaped(plugin))/resume")
        return try await decoded(try await send(request, timeout: .seconds(60)))
    }

    /// Lowers limits, or gives them back, and lists the functions concerned.
    func lower(_ limits: [String: String?], of target: LimitTarget) async throws -> [FunctionView] {
        let path =
            switch target {
            case .function(let name): "/v1/functions/\(Self.escaped(name))/limits"
            case .plugin(let name): "/v1/plugins/\(Self.escaped(name))/limits"
            }
        var request = Request("PATCH", path, headers: [("content-type", "application/json")])
        request.body = ByteBuffer(bytes: try JSONEncoder().encode(limits))
        let reply = try await send(request, timeout: .seconds(60))
        let page: [String: [FunctionView]] = try await decoded(reply)
        return page["functions"] ?? []
    }

    /// Shows one function.
    func function(_ name: String) async throws -> FunctionView {
        try await fetch("/v1/functions/\(Self.escaped(name))")
    }

    /// Describes the functions as an OpenAPI document.
    func openAPI() async throws -> ByteBuffer {
        let reply = try await send(Request("GET", "/v1/openapi.json"))
        guard reply.isFine else { throw CommandFailure.refused(reply) }
        return reply.body
    }

    /// Runs a function and waits for its end, however long that takes.
    func invoke(_ function: String, payload: ByteBuffer, contentType: String) async throws -> Reply
    {
        let target = "/v1/functions/\(Self.escaped(function))/invoke"
        return try await send(
            Request("POST", target, headers: [("content-type", contentType)], body: payload),
            timeout: nil
        )
    }

    /// Follows the log, beginning with the latest lines, until the host or the task ends.
    func followLogs(latest: Int, _ onEvent: (LogEvent) async throws -> Void) async throws {
        let accept = [("accept", "text/event-stream")]
        let request = Request("GET", "/v1/logs?limit=\(max(latest, 1))", headers: accept)
        var parser = EventParser()
        let reply = try await exchange(request) { reply, piece in
            guard reply.isFine else { throw CommandFailure.refused(reply.with(body: piece)) }
            for data in try parser.take(piece) {
                try await onEvent(try JSONDecoder().decode(LogEvent.self, from: data))
            }
        }
        guard reply.isFine else { throw CommandFailure.refused(reply) }
    }

    /// Gets the value behind a path.
    func fetch<View: Decodable>(_ target: String) async throws -> View {
        try await decoded(try await send(Request("GET", target)))
    }

    private func list<View: Decodable>(_ target: String) async throws -> [View] {
        let page: [String: [View]] = try await fetch(target)
        guard let items = page.values.first, page.count == 1 else {
            throw CommandFailure(.failed, "the host's list at \(target) has an unknown form")
        }
        return items
    }

    private func decoded<View: Decodable>(_ reply: Reply) async throws -> View {
        guard reply.isFine else { throw CommandFailure.refused(reply) }
        do {
            return try JSONDecoder().decode(View.self, from: reply.data)
        } catch {
            throw CommandFailure(
                .failed,
                "the host's reply can't be read (is it of another version than this command?): "
                    + "\(error)"
            )
        }
    }

    /// Writes a name so that it is one piece of a path or query.
    static func escaped(_ name: String) -> String {
        let plain = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+"
        )
        return name.addingPercentEncoding(withAllowedCharacters: plain) ?? name
    }
}

extension AdminClient.Reply {
    fileprivate func with(body: ByteBuffer) -> Self {
        var reply = self
        reply.body = body
        return reply
    }
}
