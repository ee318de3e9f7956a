import CZooFaults
import FunctionSDK
import Glibc

/// What the functions of the zoo take, as JSON or in the query; each reads what it needs.
struct Ask: Decodable, Sendable {
    var milliseconds: Int?
    var bytes: Int?
    var code: Int32?
    var pid: Int32?
    var signal: Int32?
    var path: String?
    var address: String?
    var port: Int32?
    var text: String?
}

let zoo = Plugin("zoo", summary: "Every fault, for tests and demonstrations.") {
    wellBehaved
    traps
    runaways
    bombs
    strays
    corruptions
    outputs
    escapes
}

private let wellBehaved: [Function] = [
    plain("pid") { _, _ in Int(getpid()) },
    Function("echo", onCrash: .restart, idempotent: true) { (request: RawRequest, context) in
        Response(contentType: request.contentType, body: request.body)
    },
    plain("slow") { ask, _ in
        usleep(UInt32(max(0, ask.milliseconds ?? 100)) * 1_000)
        return "done"
    },
    suspending("slow-async") { ask, context in
        try await context.sleep(for: .milliseconds(ask.milliseconds ?? 100))
        return "done"
    },
]

/// Declares a plain function of the zoo.
func plain(
    _ name: String,
    _ body: @escaping @Sendable (Ask, FunctionContext) throws -> some Encodable & SendableMetatype
) -> Function {
    Function(name, onCrash: .restart, handler: body)
}

/// Declares an `async` function of the zoo.
func suspending(
    _ name: String,
    _ body:
        @escaping @Sendable (Ask, FunctionContext) async throws -> some Encodable
        & SendableMetatype
) -> Function {
    Function(name, onCrash: .restart, handler: body)
}

/// Exports the plugin.
@c(roost_plugin_zoo) public func entry(_ host: HostAPI) -> PluginPointer? { zoo.export(to: host) }
