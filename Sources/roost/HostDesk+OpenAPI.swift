internal import FunctionDispatch
internal import FunctionModel
internal import NIOCore
internal import OpenAPI
internal import PluginCatalog

extension HostDesk {
    func openAPI() async throws -> ByteBuffer {
        let (functions, admin) = (addresses.functions, addresses.admin)
        // What is stored waits for the disk.
        return try await Task.detached { [dispatcher] in
            var plugins: [ServedPlugin] = []
            for plugin in dispatcher.servingVersions().keys {
                guard let version = dispatcher.version(of: plugin) else { continue }
                do {
                    let signatures = try StoredSignatures.read(version)
                    plugins.append(
                        ServedPlugin(
                            version: version,
                            functions: dispatcher.definitions(of: plugin),
                            signatures: signatures
                        )
                    )
                } catch {
                    throw HostOperationError(
                        .unavailable,
                        "What is stored of '\(plugin)' can't be read now, perhaps since it is just "
                            + "being replaced: \(error). Ask again."
                    )
                }
            }
            let document = OpenAPIDocument(plugins: plugins, functions: functions, admin: admin)
            return ByteBuffer(bytes: document.json.document)
        }.value
    }
}
