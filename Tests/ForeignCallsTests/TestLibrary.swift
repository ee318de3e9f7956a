import ForeignCalls
import Foundation
import Testing

/// A library that a test calls in its own process.
final class TestLibrary {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "ForeignLibraries")

    let plugin: ForeignPlugin
    let names: [String]

    init(_ library: String, signatures: [UInt8]) throws {
        guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL) else {
            throw ForeignRefusal(kind: "test", words: "no \(library)")
        }
        plugin = try ForeignPlugin(signatures: signatures, name: "lib") { name in
            if name == "variable" { return .variable }
            return dlsym(handle, name).map(ForeignPlugin.Symbol.function) ?? .missing
        }
        let manifest = try JSONSerialization.jsonObject(with: Data(plugin.manifest))
        let functions = (manifest as? [String: Any])?["functions"] as? [[String: Any]] ?? []
        names = functions.compactMap { $0["name"] as? String }
    }

    /// The library of every type, built anew.
    static func limits() throws -> TestLibrary {
        let json = try Data(contentsOf: folder.appending(path: "limits.functions.json"))
        return try TestLibrary(try built.get(), signatures: [UInt8](json))
    }

    /// The path of the library of every type.
    static let built = Result { try build("limits") }

    /// Compiles a library of `Tests/ForeignLibraries`.
    static func build(_ name: String) throws -> String {
        let output = FileManager.default.temporaryDirectory
            .appending(path: "lib\(name)-\(UUID().uuidString).so").path
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/cc")
        compiler.arguments = [
            "-shared", "-fPIC", "-O1", "-g", "-o", output, folder.appending(path: "\(name).c").path,
        ]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
        return output
    }

    /// Calls a function; gives back the status and the body.
    func call(
        _ name: String,
        _ body: String = "",
        type: String = "",
        query: String = ""
    ) -> (status: Int, body: String) {
        guard let index = names.firstIndex(of: name) else { return (0, "no function \(name)") }
        let reply = Array(body.utf8).withUnsafeBytes { body in
            Array(type.utf8).withUnsafeBytes { type in
                Array(query.utf8).withUnsafeBytes { query in
                    plugin.call(index, ForeignRequest(body: body, contentType: type, query: query))
                }
            }
        }
        return (reply.status, String(decoding: plugin.body, as: UTF8.self))
    }

    /// Calls a function with arguments; gives back the body.
    func reply(_ name: String, _ args: String) -> String { call(name, "{\"args\":\(args)}").body }
}
