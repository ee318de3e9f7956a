internal import FoundationEssentials
internal import FunctionModel
internal import Hummingbird
internal import NIOCore

/// Shows dead letters, queues them again, removes them; and copies the store they lie in.
struct DeadLetterRoutes: Sendable {
    private struct Backup: Decodable { var file: String }

    let host: any HostOperations
    let settings: AdminSettings

    @Sendable func list(_ request: Request, _ context: AdminContext) async throws -> Response {
        var function: String?
        var after: String?
        var limit = 100
        for (name, value) in request.uri.queryParameters {
            switch name {
            case "function": function = String(value)
            case "after": after = String(value)
            case "limit": limit = try InvocationRoutes.limit(value, upTo: 1_000)
            default:
                throw HostOperationError(
                    .invalid,
                    "'\(name)' is unknown here: use function, after and limit."
                )
            }
        }
        return Response(
            json: try await host.deadLetters(function: function, after: after, limit: limit)
        )
    }

    @Sendable func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        let id = try InvocationRoutes.id(context)
        guard let letter = try await host.deadLetter(id) else { throw Self.unknown(id) }
        return Response(json: letter)
    }

    @Sendable func redriveOne(_ request: Request, _ context: AdminContext) async throws -> Response
    {
        let id = try InvocationRoutes.id(context)
        let count = try await host.redrive(DeadLetterChoice(ids: [id]))
        guard count > 0 else { throw Self.unknown(id) }
        return Response(json: ["redriven": count], status: 202)
    }

    @Sendable func redrive(_ request: Request, _ context: AdminContext) async throws -> Response {
        let choice: DeadLetterChoice = try await read(request)
        return Response(json: ["redriven": try await host.redrive(choice)], status: 202)
    }

    @Sendable func purgeOne(_ request: Request, _ context: AdminContext) async throws -> Response {
        let id = try InvocationRoutes.id(context)
        let count = try await host.purge(DeadLetterChoice(ids: [id]))
        guard count > 0 else { throw Self.unknown(id) }
        return Response(json: ["purged": count])
    }

    @Sendable func purge(_ request: Request, _ context: AdminContext) async throws -> Response {
        let choice: DeadLetterChoice = try await read(request)
        return Response(json: ["purged": try await host.purge(choice)])
    }

    @Sendable func backup(_ request: Request, _ context: AdminContext) async throws -> Response {
        // It writes any file that the host's user may write: who has the token alone may not.
        guard case .socket = await context.way() else {
            throw HostOperationError(
                .invalid,
                "A copy is written on the host's machine: ask there, by HOME/admin.sock, as "
                    + "`roost backup FILE` does."
            )
        }
        let wish: Backup = try await read(request)
        try await host.backup(to: wish.file)
        return Response(json: ["file": wish.file], status: 201)
    }

    private func read<Value: Decodable>(_ request: Request) async throws -> Value {
        let body = try await request.body(upTo: 1 << 20, within: settings.bodyTimeout)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(body.readableBytesView))
        } catch {
            throw HostOperationError(.invalid, "The body isn't the JSON that is wanted: \(error)")
        }
    }

    private static func unknown(_ id: InvocationID) -> HostOperationError {
        HostOperationError(.notFound, "There is no dead letter \(id).")
    }
}
