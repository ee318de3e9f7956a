import Foundation
import Glibc
import Testing

/// A small C plugin `looping` whose workers start well as long as a gate of the test is open, and which
/// crashes or ends its cell at each start from then on.
enum LoopingPlugin {
    /// What a start does when the gate is closed.
    enum Fault: String, Sendable, CaseIterable {
        /// Touches memory that isn't there, which is contained.
        case crash = "*(volatile int *)16 = 1"
        /// Brings the whole cell down, past the C library.
        case endCell = "syscall(SYS_kill, getpid(), SIGUSR1)"
    }

    private static let source = """
        #include "roost.h"
        #include <arpa/inet.h>
        #include <signal.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        ROOST_STAMP("");
        static const roost_host_api *host;
        static const char manifest[] =
            "{\\"plugin\\":\\"looping\\",\\"functions\\":[{\\"name\\":\\"run\\"}]}";
        static int32_t load(void *state, roost_context *context) {
            struct sockaddr_in gate = {.sin_family = AF_INET, .sin_port = htons(PORT)};
            gate.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            int out = socket(AF_INET, SOCK_STREAM, 0);
            // A probe has no network, and starts well.
            if (out >= 0 && connect(out, (void *)&gate, sizeof gate)) FAULT;
            close(out);
            roost_reply reply = {.struct_size = sizeof reply};
            host->reply(context, &reply);
            return ROOST_DONE;
        }
        static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
            if (event->body.count && event->body.data[0] == '!') __builtin_trap();
            roost_reply reply = {.struct_size = sizeof reply};
            host->reply(context, &reply);
            return ROOST_DONE;
        }
        static roost_plugin plugin = {
            ROOST_ABI_VERSION, sizeof plugin, {(const uint8_t *)manifest, sizeof manifest - 1},
            0, load, 0, invoke};
        const roost_plugin *roost_plugin_looping(const roost_host_api *api) {
            host = api;
            return &plugin;
        }
        """

    /// Compiles it to ask at a port of this machine.
    static func build(port: UInt16, _ fault: Fault) async throws -> URL {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-looping-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let file = directory.appending(path: "looping.c")
        try source.write(to: file, atomically: true, encoding: .utf8)
        let header = ReadmeTests.root.appending(path: "sdk/Sources/CFunctionABI/include").path
        let output = directory.appending(path: "libLooping.so")
        let result = try await run(
            "/usr/bin/cc",
            [
                "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-I", header, "-DPORT=\(port)",
                "-DFAULT=\(fault.rawValue)", "-o", output.path, file.path,
            ]
        )
        guard result.status == 0 else { throw NotInTime(what: result.errors) }
        return output
    }
}

/// A listening port that nobody answers at: open while it takes connections.
final class Gate {
    private var socket: Int32
    private(set) var port: UInt16

    init() throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.socket = socket
        port = 0
        try #require(socket >= 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let error = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(socket, name, size) + listen(socket, 1_024) + getsockname(socket, name, &size)
            }
        }
        try #require(error == 0)
        port = UInt16(bigEndian: name.sin_port)
    }

    func close() {
        Glibc.close(socket)
        socket = -1
    }

    deinit { if socket >= 0 { Glibc.close(socket) } }
}
