import Foundation

/// A small C plugin `swapped` whose function `version` says which build it is.
enum VersionedPlugin {
    private static let source = """
        #include "roost.h"
        #include <string.h>
        ROOST_STAMP("");
        static const roost_host_api *host;
        static const char manifest[] =
            "{\\"plugin\\":\\"swapped\\",\\"functions\\":[{\\"name\\":\\"version\\"}]}";
        static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
            roost_reply reply = {.struct_size = sizeof reply};
            reply.body.data = (const uint8_t *)VERSION;
            reply.body.count = strlen(VERSION);
            host->reply(context, &reply);
            return ROOST_DONE;
        }
        static roost_plugin plugin = {
            ROOST_ABI_VERSION, sizeof plugin, {(const uint8_t *)manifest, sizeof manifest - 1},
            0, 0, 0, invoke};
        const roost_plugin *roost_plugin_swapped(const roost_host_api *api) {
            host = api;
            return &plugin;
        }
        """

    /// Compiles `count` builds that differ in what they answer.
    static func build(count: Int) async throws -> [URL] {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-versions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let file = directory.appending(path: "swapped.c")
        try source.write(to: file, atomically: true, encoding: .utf8)
        let header = ReadmeTests.root.appending(path: "sdk/Sources/CFunctionABI/include").path
        var builds: [URL] = []
        for version in 0..<count {
            let output = directory.appending(path: "swapped-\(version).so")
            let result = try await run(
                "/usr/bin/cc",
                [
                    "-shared", "-fPIC", "-O1", "-I", header, "-DVERSION=\"version \(version)\"",
                    "-o", output.path, file.path,
                ]
            )
            guard result.status == 0 else { throw NotInTime(what: result.errors) }
            builds.append(output)
        }
        return builds
    }
}
