import Foundation
import Testing

/// Builds real shared libraries with the C compiler, each content once.
enum PluginFactory {
    /// What stands in a plugin that the tests' fake probe reads its manifest from.
    static let marker = "ROOST-TEST-PLUGIN:"

    /// The bytes of a plugin with one function.
    ///
    /// - Parameters:
    ///   - name: What its manifest will say.
    ///   - version: Makes contents differ.
    ///   - stamp: The stamp's C line.
    ///   - entry: The entry's C lines.
    ///   - extra: Further C lines.
    ///   - flags: Further compiler flags.
    /// - Returns: The library.
    /// - Throws: When the compiler refuses.
    static func plugin(
        _ name: String = "hello",
        version: Int = 1,
        stamp: String = "ROOST_STAMP(\"\");",
        entry: String =
            "const roost_plugin *roost_plugin_main(const roost_host_api *h) { return 0; }",
        extra: String = "",
        flags: [String] = []
    ) throws -> [UInt8] {
        let source = """
            #include "roost.h"
            \(stamp)
            \(entry)
            __attribute__((used)) static const char mark[] = "\(marker)\(name):\(version):";
            \(extra)
            """
        return try compile(source, flags: ["-shared", "-fPIC"] + flags)
    }

    /// Compiles and links a C source; returns the output's bytes.
    static func compile(_ source: String, flags: [String]) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        try source.write(toFile: directory.file("p.c"), atomically: true, encoding: .utf8)
        try run(
            "cc",
            ["-w", "-o", directory.file("p.so"), directory.file("p.c"), "-I", include] + flags
        )
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory.file("p.so"))))
    }

    /// Runs a tool and demands that it succeeds.
    static func run(_ tool: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(tool) \(arguments)")
    }

    /// The directory of `roost.h`.
    static let include = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("sdk/Sources/CFunctionABI/include").path
}
