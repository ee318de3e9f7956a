import FunctionSDK

/// What a function has seen of a file.
struct SeenFile: Codable, Sendable {
    var path: String
    var kind: String
    var text: String
}

/// Functions for files that ask for no permission, so that they run in a shared cell.
let filePlugin = Plugin("filing") {
    Function("read", .files("in", matching: "*.txt", stableFor: .milliseconds(100))) {
        (file: FileEvent, context) async throws -> SeenFile in
        let text = String(decoding: try await context.read(file), as: UTF8.self)
        guard !text.hasPrefix("bad") else {
            throw FunctionError(status: 422, message: "it begins with 'bad'")
        }
        return SeenFile(path: file.path, kind: file.kind.rawValue, text: text)
    }
    Function("plain", .files("plain", afterwards: .move)) {
        (file: FileEvent, context) throws -> SeenFile in
        let opened = try context.open(file)
        let text = String(decoding: try opened.readAll(), as: UTF8.self)
        guard !text.hasPrefix("bad") else {
            throw FunctionError(status: 422, message: "it begins with 'bad'")
        }
        return SeenFile(path: file.path, kind: file.kind.rawValue, text: text)
    }
    Function("many", .files("many", batch: 100, afterwards: .delete)) {
        (files: [FileEvent], context) async throws -> Int in
        var bytes = 0
        for file in files { bytes += try await context.read(file).count }
        return bytes
    }
}

/// Hands the plugin to the host.
@c(roost_plugin_filing) public func entry(_ host: HostAPI) -> PluginPointer? {
    filePlugin.export(to: host)
}
