internal import FunctionModel
internal import Hummingbird

/// Shows invocations, and ends them.
struct InvocationRoutes: Sendable {
    let host: any HostOperations

    @Sendable func list(_ request: Request, _ context: AdminContext) async throws -> Response {
        var page = try await host.invocations(try Self.query(request))
        page.invocations = page.invocations.map(\.summary)
        return Response(json: page)
    }

    @Sendable func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        let id = try Self.id(context)
        guard let view = try await host.invocation(id) else { throw Self.unknown(id) }
        return Response(json: view)
    }

    @Sendable func cancel(_ request: Request, _ context: AdminContext) async throws -> Response {
        let id = try Self.id(context)
        guard try await host.cancel(id) else {
            if try await host.invocation(id) == nil { throw Self.unknown(id) }
            throw HostOperationError(.conflict, "The invocation \(id) has already ended.")
        }
        return Response(status: .accepted)
    }

    /// Reads the id in the path.
    static func id(_ context: AdminContext) throws -> InvocationID {
        let text = try context.parameters.require("id")
        guard let id = InvocationID(text) else {
            throw HostOperationError(
                .invalid,
                "'\(text)' is not an invocation id: it has 32 hexadecimal digits."
            )
        }
        return id
    }

    private static func unknown(_ id: InvocationID) -> HostOperationError {
        HostOperationError(.notFound, "Nothing is kept of an invocation \(id).")
    }

    private static func query(_ request: Request) throws -> InvocationQuery {
        var query = InvocationQuery()
        for (name, value) in request.uri.queryParameters {
            switch name {
            case "function": query.function = String(value)
            case "outcome":
                guard let outcome = Outcome(rawValue: String(value)) else {
                    let known = Outcome.allCases.map(\.rawValue).joined(separator: ", ")
                    throw HostOperationError(.invalid, "No outcome is '\(value)': use \(known).")
                }
                query.outcome = outcome
            case "trigger":
                guard let trigger = TriggerKind(rawValue: String(value)) else {
                    let known = TriggerKind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw HostOperationError(.invalid, "No trigger is '\(value)': use \(known).")
                }
                query.trigger = trigger
            case "since": query.since = try time(value, "since")
            case "before": query.before = try time(value, "before")
            case "after": query.after = String(value)
            case "limit": query.limit = try limit(value, upTo: 1_000)
            default:
                throw HostOperationError(
                    .invalid,
                    "'\(name)' is unknown here: use function, outcome, trigger, since, before, "
                        + "after and limit."
                )
            }
        }
        return query
    }

    /// Reads a point in time.
    private static func time(_ text: some StringProtocol, _ name: String) throws -> Double {
        guard let seconds = WallMoment.pastSeconds(String(text)) else {
            throw HostOperationError(
                .invalid,
                "\(name) is an instant such as 2030-01-31T12:00:00Z, seconds since 1970, or a time "
                    + "ago such as 15m."
            )
        }
        return seconds
    }

    /// Reads a number of rows.
    static func limit(
        _ text: some StringProtocol,
        upTo most: Int,
        named name: String = "limit"
    ) throws -> Int {
        guard let limit = Int(text), (1...most).contains(limit) else {
            throw HostOperationError(.invalid, "\(name) is a number from 1 to \(most).")
        }
        return limit
    }
}
