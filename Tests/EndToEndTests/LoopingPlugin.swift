import Foundation
import Synchronization
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
        #include <errno.h>
        #include <signal.h>
        #include <sys/resource.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        ROOST_STAMP("");
        static const roost_host_api *host;
        static const char manifest[] =
            "{\\"plugin\\":\\"looping\\",\\"functions\\":[{\\"name\\":\\"run\\"}]}";
        static int32_t load(void *state, roost_context *context) {
            // Whether a thread is there is something that every cell may ask.
            errno = 0;
            getpriority(PRIO_PROCESS, GATE);
            if (errno == ESRCH) FAULT;
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

    /// Compiles it to ask for a gate.
    static func build(gate: Gate, _ fault: Fault) async throws -> URL {
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
                "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-I", header, "-DGATE=\(gate.thread)",
                "-DFAULT=\(fault.rawValue)", "-o", output.path, file.path,
            ]
        )
        guard result.status == 0 else { throw NotInTime(what: result.errors) }
        return output
    }
}

/// A thread that does nothing: open while it is there.
final class Gate: Sendable {
    private let closing = DispatchSemaphore(value: 0)
    private let number = Atomic<Int32>(0)
    /// The thread's number.
    var thread: Int32 { number.load(ordering: .acquiring) }

    init() throws {
        let isThere = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [self] in
            let task = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/thread-self"
            )
            let name = task?.split(separator: "/").last ?? ""
            number.store(Int32(name) ?? 0, ordering: .releasing)
            isThere.signal()
            closing.wait()
        }
        isThere.wait()
        try #require(thread > 0)
    }

    /// Ends the thread, and waits until nobody sees it any more.
    func close() async throws {
        closing.signal()
        _ = try await eventually("the gate is closed") {
            errno = 0
            let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(thread))
            return niceness == -1 && errno == ESRCH ? true : nil
        }
    }
}
