internal import FoundationEssentials
internal import FunctionModel
internal import Hummingbird
internal import NIOCore

/// Shows schedules and their ticks, switches them, and runs them by hand.
struct ScheduleRoutes: Sendable {
    let host: any HostOperations
    let settings: AdminSettings

    func add(to router: Router<AdminContext>) {
        router.get("/v1/schedules") { [host] _, _ in
            Response(json: ["schedules": try await host.schedules()])
        }
        router.get("/v1/schedules/{name}", use: show)
        router.patch("/v1/schedules/{name}", use: edit)
        router.get("/v1/schedules/{name}/next", use: next)
        router.get("/v1/schedules/{name}/ticks", use: ticks)
        router.post("/v1/schedules/{name}/enable") { [host] _, context in
            Response(json: try await host.switchSchedule(try Self.name(context), on: true))
        }
        router.post("/v1/schedules/{name}/disable") { [host] _, context in
            Response(json: try await host.switchSchedule(try Self.name(context), on: false))
        }
        router.post("/v1/schedules/{name}/run", use: run)
    }

    @Sendable private func show(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        let all = try await host.schedules()
        let name = try ScheduleName.resolve(
            try Self.name(context),
            among: all.map { ($0.name, $0.function) }
        )
        return Response(json: all.first { $0.name == name })
    }

    @Sendable private func next(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        var count = 10
        for (name, value) in request.uri.queryParameters {
            guard name == "count" else { throw Self.unknown(name, "use count") }
            count = try InvocationRoutes.limit(value, upTo: 1_000, named: "count")
        }
        return Response(
            json: ["next": try await host.nextTicks(of: try Self.name(context), count: count)]
        )
    }

    @Sendable private func ticks(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        var before: String?
        var limit = 100
        for (name, value) in request.uri.queryParameters {
            switch name {
            case "before": before = String(value)
            case "limit": limit = try InvocationRoutes.limit(value, upTo: 1_000)
            default: throw Self.unknown(name, "use before and limit")
            }
        }
        let name = try Self.name(context)
        return Response(
            json: ["ticks": try await host.ticks(of: name, before: before, limit: limit)]
        )
    }

    @Sendable private func edit(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        let name = try Self.name(context)
        let body = try await request.body(upTo: 16 << 10, within: settings.bodyTimeout)
        var changes: [String: String?] = [:]
        do {
            changes = try JSONDecoder().decode(
                [String: String?].self,
                from: Data(body.readableBytesView)
            )
        } catch {}
        guard !changes.isEmpty else {
            throw HostOperationError(
                .invalid,
                "The body should be what is to hold, by its names in roost.yaml, such as "
                    + "{\"expression\":\"0 7 * * *\",\"jitter\":null}; null gives one back."
            )
        }
        // There is nothing to show of one that isn't in force.
        guard let view = try await host.editSchedule(name, changes) else {
            return Response(status: .noContent)
        }
        return Response(json: view)
    }

    @Sendable private func run(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        Response(json: try await host.runSchedule(try Self.name(context)), status: 202)
    }

    private static func name(_ context: AdminContext) throws -> String {
        try context.parameters.require("name")
    }

    private static func unknown(
        _ name: some StringProtocol,
        _ cure: String
    ) -> HostOperationError {
        HostOperationError(.invalid, "'\(name)' is unknown here: \(cure).")
    }
}
