internal import FoundationEssentials
internal import FunctionModel
internal import Hummingbird
internal import NIOCore

/// Deploys, removes and rolls back plugins.
struct PluginRoutes: Sendable {
    let host: any HostOperations
    let settings: AdminSettings
    private let bench = DeployBench()

    init(host: any HostOperations, settings: AdminSettings) {
        self.host = host
        self.settings = settings
    }

    @Sendable func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        let name = try context.parameters.require("name")
        let plugins = await host.plugins()
        guard let plugin = plugins.first(where: { $0.file == name || $0.plugin == name }) else {
            throw HostOperationError(.notFound, "There is no plugin '\(name)' on this host.")
        }
        return Response(json: plugin)
    }

    @Sendable func deploy(_ request: Request, _ context: AdminContext) async throws -> Response {
        let file = try Self.fileName(context)
        try bench.enter()
        defer { bench.leave() }
        let bytes = try await request.body(
            upTo: settings.deployBytes,
            within: settings.bodyTimeout
        )
        guard bytes.readableBytes > 0 else {
            throw HostOperationError(.invalid, "The request has no body: send the plugin's bytes.")
        }
        return Response(json: try await host.deploy(fileName: file, bytes: bytes))
    }

    @Sendable func remove(_ request: Request, _ context: AdminContext) async throws -> Response {
        try await host.remove(fileName: try Self.fileName(context))
        return Response(status: .noContent)
    }

    @Sendable func rollback(_ request: Request, _ context: AdminContext) async throws -> Response {
        let plugin = try context.parameters.require("name")
        let body = try await request.body(upTo: 4_096, within: settings.bodyTimeout)
        let wish = try Self.decode(body)
        return Response(json: try await host.rollback(plugin: plugin, to: wish.to))
    }

    @Sendable func resume(_ request: Request, _ context: AdminContext) async throws -> Response {
        Response(json: try await host.resume(plugin: try context.parameters.require("name")))
    }

    private struct RollbackWish: Decodable {
        var to: String?
    }

    private static func decode(_ body: ByteBuffer) throws -> RollbackWish {
        guard body.readableBytes > 0 else { return RollbackWish() }
        do {
            return try JSONDecoder().decode(RollbackWish.self, from: Data(body.readableBytesView))
        } catch {
            throw HostOperationError(
                .invalid,
                "The body should be {\"to\":\"<content hash>\"} or nothing."
            )
        }
    }

    /// The file name in the path: one that stays in the plugin directory and that it doesn't ignore.
    private static func fileName(_ context: AdminContext) throws -> String {
        let name = try context.parameters.require("name")
        guard isSafe(fileName: name) else {
            throw HostOperationError(
                .invalid,
                "'\(name)' can't be a plugin's file name: use 1 to 255 of A-Z, a-z, 0-9, '.', '_', '-' "
                    + "and '+', not starting with '.'"
            )
        }
        return name
    }

    static func isSafe(fileName: String) -> Bool {
        let bytes = fileName.utf8
        return (1...255).contains(bytes.count) && bytes.first != UInt8(ascii: ".")
            && fileName.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || ".-_+".unicodeScalars.contains($0))
            }
    }
}
