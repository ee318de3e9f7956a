internal import FunctionModel
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Shows functions, and runs them for an operator.
struct FunctionRoutes: Sendable {
    let host: any HostOperations
    let settings: AdminSettings

    @Sendable func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        let name = try context.parameters.require("name")
        let functions = await host.functions()
        if let function = functions.first(where: { $0.name.description == name }) {
            return Response(json: function)
        }
        let matches = functions.filter { $0.name.function == name }
        guard let match = matches.first else {
            throw HostOperationError(.notFound, "There is no function '\(name)' on this host.")
        }
        guard matches.count == 1 else {
            let names = matches.map(\.name.description).joined(separator: ", ")
            throw HostOperationError(
                .conflict,
                "'\(name)' is short for several functions: \(names)."
            )
        }
        return Response(json: match)
    }

    @Sendable func invoke(_ request: Request, _ context: AdminContext) async throws -> Response {
        let name = try context.parameters.require("name")
        if Self.prefersAsync(request) { return try await enqueue(name, request) }
        let contentType = request.headers[.contentType] ?? "application/octet-stream"
        // A client that goes away takes its invocation with it.
        let ended = try await request.body.consumeWithCancellationOnInboundClose { body in
            let payload = try await body.gathered(
                upTo: settings.payloadBytes,
                declared: request.headers[.contentLength],
                within: settings.bodyTimeout
            )
            return try await host.invoke(name, payload: payload, contentType: contentType)
        }
        return Self.reply(ended)
    }

    /// Whether the client prefers to be answered before the function has run.
    private static func prefersAsync(_ request: Request) -> Bool {
        request.headers[values: AdminHeader.prefer].contains { value in
            value.split(separator: ",").contains {
                $0.trimmingPrefix(" ").lowercased().hasPrefix("respond-async")
            }
        }
    }

    private func enqueue(_ name: String, _ request: Request) async throws -> Response {
        let payload = try await request.body(
            upTo: settings.payloadBytes,
            within: settings.bodyTimeout
        )
        let contentType = request.headers[.contentType] ?? "application/octet-stream"
        let wishes: DeliveryWishes
        do throws(DeliveryProblem) {
            let fields = request.headers.lazy.map { Field($0.name.canonicalName, $0.value) }
            wishes = try DeliveryWishes(fields: fields)
        } catch {
            throw HostOperationError(.invalid, "\(error).")
        }
        let id = try await host.enqueue(
            name,
            payload: payload,
            contentType: contentType,
            wishes: wishes
        )
        var response = Response(json: ["id": id.description, "state": "waiting"], status: 202)
        response.headers[.location] = "/v1/invocations/\(id)"
        response.headers[AdminHeader.applied] = "respond-async"
        response.headers[AdminHeader.invocation] = id.description
        return response
    }

    private static func reply(_ ended: OperatorInvocation) -> Response {
        var response: Response
        if ended.outcome == .succeeded || ended.body.readableBytes > 0 {
            let type = ended.contentType.isEmpty ? "application/octet-stream" : ended.contentType
            response = Response(ended.body, contentType: type, status: ended.httpStatus)
        } else {
            response = Problem(ended).response
        }
        response.headers[AdminHeader.invocation] = ended.id.description
        response.headers[AdminHeader.outcome] = ended.outcome.rawValue
        if let error = ended.error, response.headers[AdminHeader.reason] == nil {
            response.headers[AdminHeader.reason] = error.kind
        }
        response.headers[AdminHeader.timing] =
            "queue;dur=\(milliseconds(ended.usage.queued)), run;dur=\(milliseconds(ended.usage.run))"
        return response
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let microseconds = Int((duration.inSeconds * 1e6).rounded())
        let fraction = String(microseconds % 1_000 + 1_000).dropFirst()
        return "\(microseconds / 1_000).\(fraction)"
    }
}

/// Header names of Roost's own.
enum AdminHeader {
    static let invocation = name("Roost-Invocation-Id")
    static let outcome = name("Roost-Outcome")
    static let reason = name("Roost-Reason")
    static let prefer = name("Prefer")
    static let applied = name("Preference-Applied")
    static let timing = name("Server-Timing")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else {
            preconditionFailure("'\(text)' is no header name")
        }
        return name
    }
}
