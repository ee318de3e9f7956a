internal import FunctionModel
internal import Hummingbird
internal import NIOCore

/// Every route of the admin API, in one table.
struct AdminRouter: Sendable {
    let host: any HostOperations
    let gate: AdminGate
    let settings: AdminSettings

    func responder() -> some HTTPResponder<AdminContext> {
        let router = Router(context: AdminContext.self)
        router.add(middleware: ProblemMiddleware())
        router.add(middleware: GateMiddleware(gate: gate))
        addHost(to: router)
        addFunctions(to: router)
        addPlugins(to: router)
        addInvocations(to: router)
        addDeadLetters(to: router)
        addLogs(to: router)
        ScheduleRoutes(host: host, settings: settings).add(to: router)
        FileRoutes(host: host, settings: settings).add(to: router)
        return router.buildResponder()
    }

    private func addHost(to router: Router<AdminContext>) {
        router.get("/healthz") { [host] _, _ in Self.reply(await host.health()) }
        router.get("/readyz") { [host] _, _ in Self.reply(await host.readiness()) }
        router.get("/metrics") { [host] _, _ in
            Response(
                ByteBuffer(string: await host.metricsText()),
                contentType: "text/plain; version=0.0.4; charset=utf-8"
            )
        }
        router.get("/v1/about") { [host] _, _ in Response(json: await host.about()) }
        router.get("/v1/cells") { [host] _, _ in Response(json: ["cells": await host.cells()]) }
    }

    private static func reply(_ health: HealthView) -> Response {
        Response(json: health, status: health.isWell ? 200 : 503)
    }

    private func addFunctions(to router: Router<AdminContext>) {
        let routes = FunctionRoutes(host: host, settings: settings)
        router.get("/v1/functions") { [host] _, _ in
            Response(json: ["functions": await host.functions()])
        }
        router.get("/v1/openapi.json") { [host] _, _ in
            Response(try await host.openAPI(), contentType: "application/json")
        }
        router.get("/v1/functions/{name}", use: routes.show)
        router.post("/v1/functions/{name}/invoke", use: routes.invoke)
        let limits = LimitRoutes(host: host, settings: settings)
        router.patch("/v1/functions/{name}/limits", use: limits.lowerOfFunction)
        router.patch("/v1/plugins/{name}/limits", use: limits.lowerOfPlugin)
    }

    private func addPlugins(to router: Router<AdminContext>) {
        let routes = PluginRoutes(host: host, settings: settings)
        router.get("/v1/plugins") { [host] _, _ in Response(json: ["plugins": await host.plugins()])
        }
        router.get("/v1/plugins/{name}", use: routes.show)
        router.put("/v1/plugins/{name}", use: routes.deploy)
        router.delete("/v1/plugins/{name}", use: routes.remove)
        router.post("/v1/plugins/{name}/rollback", use: routes.rollback)
        router.post("/v1/plugins/{name}/resume", use: routes.resume)
    }

    private func addInvocations(to router: Router<AdminContext>) {
        let routes = InvocationRoutes(host: host)
        let queue = SubmitRoutes(host: host, settings: settings)
        router.post("/v1/invocations", use: queue.batch)
        router.post("/v1/events", use: queue.events)
        router.get("/v1/invocations", use: routes.list)
        router.get("/v1/invocations/{id}", use: routes.show)
        router.delete("/v1/invocations/{id}", use: routes.cancel)
    }

    private func addDeadLetters(to router: Router<AdminContext>) {
        let routes = DeadLetterRoutes(host: host, settings: settings)
        router.get("/v1/dead-letters", use: routes.list)
        router.delete("/v1/dead-letters", use: routes.purge)
        router.get("/v1/dead-letters/{id}", use: routes.show)
        router.delete("/v1/dead-letters/{id}", use: routes.purgeOne)
        router.post("/v1/dead-letters/{id}/redrive", use: routes.redriveOne)
        router.post("/v1/redrive", use: routes.redrive)
        router.post("/v1/backup", use: routes.backup)
    }

    private func addLogs(to router: Router<AdminContext>) {
        let routes = LogRoutes(host: host, heartbeat: settings.heartbeat)
        router.get("/v1/logs", use: routes.show)
    }
}
