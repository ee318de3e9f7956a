internal import Foundation
internal import FunctionModel
internal import Hummingbird

/// Shows watched directories and what became of their files, and has files handled once more.
struct FileRoutes: Sendable {
    let host: any HostOperations
    let settings: AdminSettings

    func add(to router: Router<AdminContext>) {
        router.get("/v1/files") { [host] _, _ in
            Response(json: ["watches": try await host.watches()])
        }
        router.get("/v1/files/{name}", use: list)
        router.post("/v1/files/{name}/reprocess", use: reprocess)
    }

    @Sendable private func list(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        var (state, after): (String?, String?)
        var limit = 100
        for (name, value) in request.uri.queryParameters {
            switch name {
            case "state": state = String(value)
            case "after": after = String(value)
            case "limit": limit = try InvocationRoutes.limit(value, upTo: 1_000)
            default:
                throw HostOperationError(
                    .invalid,
                    "'\(name)' is unknown here: use state, after and limit."
                )
            }
        }
        let function = try context.parameters.require("name")
        return Response(
            json: try await host.files(of: function, state: state, after: after, limit: limit)
        )
    }

    @Sendable private func reprocess(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        let body = try await request.body(upTo: 64 << 10, within: settings.bodyTimeout)
        let choice: FileChoice
        do {
            choice = try JSONDecoder().decode(FileChoice.self, from: Data(body.readableBytesView))
        } catch {
            throw HostOperationError(.invalid, "The body isn't the JSON that is wanted: \(error)")
        }
        let function = try context.parameters.require("name")
        let count = try await host.reprocess(choice, of: function)
        return Response(json: ["reprocessed": count], status: 202)
    }
}
