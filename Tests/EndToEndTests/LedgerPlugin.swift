import Foundation
import Synchronization

/// A small C plugin `ledger` whose function `run` writes every run into a book outside of the cell.
///
/// It sends the body, and if asked for the attempt's number behind a `#`, to a port of the test. A body
/// that ends with `!` crashes it afterwards.
enum LedgerPlugin {
    /// What a host must grant it, to be written below its name.
    static let grant = "permissions: { network: true }"
    static let settings = "plugins: { ledger: { \(grant) } }\n"

    private static let source = """
        #include "roost.h"
        #include <arpa/inet.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <unistd.h>
        ROOST_STAMP("");
        static const roost_host_api *host;
        static const char manifest[] =
            "{\\"plugin\\":\\"ledger\\",\\"permissions\\":{\\"network\\":true},"
            "\\"functions\\":[{\\"name\\":\\"run\\",\\"onCrash\\":\\"restart\\"}]}";
        static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
            struct sockaddr_in book = {.sin_family = AF_INET, .sin_port = htons(PORT)};
            book.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            int out = socket(AF_INET, SOCK_DGRAM, 0);
        #ifdef ATTEMPTS
            char line[128];
            int length = snprintf(line, sizeof line, "%.*s#%u", (int)event->body.count,
                                  (const char *)event->body.data, event->attempt);
            sendto(out, line, length, 0, (void *)&book, sizeof book);
        #else
            sendto(out, event->body.data, event->body.count, 0, (void *)&book, sizeof book);
        #endif
            close(out);
            if (event->body.count && event->body.data[event->body.count - 1] == '!') __builtin_trap();
            roost_reply reply = {.struct_size = sizeof reply};
            reply.body = event->body;
            host->reply(context, &reply);
            return ROOST_DONE;
        }
        static roost_plugin plugin = {
            ROOST_ABI_VERSION, sizeof plugin, {(const uint8_t *)manifest, sizeof manifest - 1},
            0, 0, 0, invoke};
        const roost_plugin *roost_plugin_ledger(const roost_host_api *api) {
            host = api;
            return &plugin;
        }
        """

    /// Compiles it to write to a port of this machine.
    static func build(port: UInt16, attempts: Bool = false) async throws -> URL {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let file = directory.appending(path: "ledger.c")
        try source.write(to: file, atomically: true, encoding: .utf8)
        let header = ReadmeTests.root.appending(path: "sdk/Sources/CFunctionABI/include").path
        let output = directory.appending(path: "libLedger.so")
        let result = try await run(
            "/usr/bin/cc",
            [
                "-shared", "-fPIC", "-O1", "-I", header, "-DPORT=\(port)", "-o", output.path,
                file.path,
            ] + (attempts ? ["-DATTEMPTS"] : [])
        )
        guard result.status == 0 else { throw NotInTime(what: result.errors) }
        return output
    }
}

/// The book: how often each body was run.
///
/// The kernel drops what finds no room, so there is much of it where root may have it, and the thread
/// that reads does nothing else; who asks counts.
final class Ledger: Sendable {
    let port: UInt16
    private let socket: Int32
    private let received = Mutex<[[UInt8]]>([])
    private let entries = Mutex<[String: Int]>([:])

    /// What lets FileLedgerPlugin write into it.
    var settings: String {
        """
        plugins:
          fileledger:
            permissions: { network: true }
            configuration: { book: '\(port)' }

        """
    }

    init() throws {
        let bound = try LoopbackSocket(SOCK_DGRAM)
        (socket, port) = (bound.descriptor, bound.port)
        var room: Int32 = 8 << 20
        if setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, 4) != 0 {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &room, 4)
        }
        Thread.detachNewThread { [self] in read() }
    }

    /// What was written so far.
    var runs: [String: Int] {
        entries.withLock { entries in
            let news = received.withLock { received in
                defer { received = [] }
                return received
            }
            for entry in news { entries[String(decoding: entry, as: UTF8.self), default: 0] += 1 }
            return entries
        }
    }

    func close() { shutdown(socket, Int32(SHUT_RDWR)) }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            let entry = Array(buffer.prefix(count))
            received.withLock { $0.append(entry) }
        }
        Glibc.close(socket)
    }
}
