internal import FunctionModel
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// Shows the latest log lines, and follows the log as server-sent events.
struct LogRoutes: Sendable {
    let host: any HostOperations
    let heartbeat: Duration

    @Sendable func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        var limit = 100
        if let text = request.uri.queryParameters["limit"] {
            limit = try InvocationRoutes.limit(text, upTo: 10_000)
        }
        let accept = request.headers[.accept] ?? ""
        guard accept.lowercased().contains("text/event-stream") else {
            return Response(json: ["logs": await host.recentLogs(limit: limit)])
        }
        return follow(latest: limit)
    }

    private func follow(latest limit: Int) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        let body = ResponseBody { [self] writer in
            // Listening first and looking back second loses nothing between the two; what is seen
            // twice is left out once.
            let live = host.logs()
            var repeated: Set<LogEvent> = []
            for event in await host.recentLogs(limit: limit) {
                repeated.insert(event)
                try await writer.write(Self.frame(event))
            }
            for await pulse in pulses(live).cancelOnGracefulShutdown() {
                switch pulse {
                case .event(let event) where repeated.remove(event) != nil: continue
                case .event(let event): try await writer.write(Self.frame(event))
                case .heartbeat: try await writer.write(ByteBuffer(string: ": still here\n\n"))
                }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private enum Pulse: Sendable {
        case event(LogEvent)
        /// Tells proxies and clients that the line is up, and tells us when it isn't.
        case heartbeat
    }

    private func pulses(_ live: AsyncStream<LogEvent>) -> AsyncStream<Pulse> {
        let (stream, source) = AsyncStream.makeStream(
            of: Pulse.self,
            bufferingPolicy: .bufferingNewest(4_096)
        )
        let feeding = Task {
            for await event in live { source.yield(.event(event)) }
            source.finish()
        }
        let beating = Task {
            source.yield(.heartbeat)
            while !Task.isCancelled {
                try await Task.sleep(for: heartbeat)
                source.yield(.heartbeat)
            }
        }
        source.onTermination = { _ in
            feeding.cancel()
            beating.cancel()
        }
        return stream
    }

    static func frame(_ event: LogEvent) throws -> ByteBuffer {
        var buffer = ByteBuffer(string: "event: log\ndata: ")
        buffer.writeBytes(try AdminJSON.encode(event))
        buffer.writeString("\n\n")
        return buffer
    }
}
