import Foundation
import Testing

/// What a plugin reaches before anybody has agreed to anything: in the cell that reads its manifest.
@Suite("A probe", .serialized)
struct ProbeTests {
    /// Says in its manifest how far its entry has come.
    private static let source = #"""
        #define _GNU_SOURCE
        #include "roost.h"
        #include <arpa/inet.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/shm.h>
        #include <sys/socket.h>
        #include <unistd.h>
        ROOST_STAMP("");
        static char manifest[512];
        static int said(int code) { return code < 0 ? errno : 0; }
        static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
            return ROOST_DONE;
        }
        static roost_plugin plugin = {ROOST_ABI_VERSION, sizeof plugin, {0}, 0, 0, 0, invoke};
        const roost_plugin *roost_plugin_curious(const roost_host_api *api) {
            snprintf(manifest, sizeof manifest,
                     "{\"plugin\":\"curious\",\"functions\":[{\"name\":\"a\",\"summary\":\""
                     "tcp %d, udp %d, local %d, shared memory %d, file %d, temporary %d\"}]}",
                     said(socket(AF_INET, SOCK_STREAM, 0)), said(socket(AF_INET6, SOCK_DGRAM, 0)),
                     said(socket(AF_UNIX, SOCK_STREAM, 0)), said(shmget(IPC_PRIVATE, 4096, 0600)),
                     said(open(SECRET, O_RDONLY)), said(open("/tmp", O_TMPFILE | O_RDWR, 0600)));
            plugin.manifest = (roost_bytes){(const uint8_t *)manifest, strlen(manifest)};
            return &plugin;
        }
        """#

    private struct Report: Decodable {
        struct Manifest: Decodable {
            struct Function: Decodable { var summary: String? }
            var functions: [Function]
        }
        var manifest: Manifest?
    }

    @Test func reachesNothing() async throws {
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-probe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
        let secret = place.appending(path: "secret").path
        try "x".write(toFile: secret, atomically: true, encoding: .utf8)
        let file = try await GrantedPlugin.compile(
            "#define SECRET \"\(secret)\"\n\(Self.source)",
            as: "libCurious.so",
            in: place
        )
        let nothing = """
            tcp \(EPERM), udp \(EPERM), local \(EPERM), shared memory \(EPERM), file \(EACCES), \
            temporary \(EACCES)
            """
        let result = try await run(
            RoostProcess.products.appending(path: "roost").path,
            ["inspect", file.path, "--probe", "--json"]
        )
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report.manifest?.functions.first?.summary == nothing, "\(result)")
        let host = try await RoostProcess.start()
        try RoostProcess.drop(file: file, into: host.plugins)
        struct Function: Decodable { var summary: String? }
        let shown = try await eventually("it is served") {
            try await host.plugin("libCurious.so")?.state == "serving"
                ? try await host.ask("/v1/functions/curious.a", Function.self) : nil
        }
        #expect(shown.summary == nothing)
        #expect(await host.stop() == 0)
    }
}
