import CellSupervision
import FunctionModel
import Glibc
import NIOCore
import Testing

/// A small C plugin `echo` for the real cell: echoes, blocks or crashes as its body's first letter
/// says, and logs every invocation that it runs.
enum EchoPlugin {
    static let source = """
        #include <roost.h>
        #include <stdlib.h>
        #include <unistd.h>
        ROOST_STAMP("");
        static const roost_host_api *host;
        static const char manifest[] =
            "{\\"plugin\\":\\"echo\\",\\"functions\\":[{\\"name\\":\\"echo\\"}]}";
        static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
            host->log(context, ROOST_LOG_INFO, event->body, 0, 0);
            if (event->body.count && event->body.data[0] == 'c') abort();
            if (event->body.count && event->body.data[0] == 'b') for (;;) usleep(1000);
            roost_reply reply = {.struct_size = sizeof reply, .body = event->body};
            host->reply(context, &reply);
            return ROOST_DONE;
        }
        static roost_plugin plugin = {
            .abi_version = ROOST_ABI_VERSION, .struct_size = sizeof plugin,
            .manifest = {(const uint8_t *)manifest, sizeof manifest - 1}, .invoke = invoke};
        const roost_plugin *roost_plugin_echo(const roost_host_api *api) {
            host = api;
            START
            return &plugin;
        }
        """

    /// Compiles the plugin; `start` is what its entry does.
    static func build(start: String = "") throws -> String {
        var template = Array("/tmp/roost-supervision-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let directory = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        let text = source.replacing("START", with: start)
        let file = try #require(fopen(directory + "/echo.c", "w"))
        fputs(text, file)
        fclose(file)
        let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        let arguments = [
            "cc", "-shared", "-fPIC", "-O1", "-I", root + "/sdk/Sources/CFunctionABI/include", "-o",
            directory + "/echo.so", directory + "/echo.c",
        ]
        var list: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in list { free(pointer) } }
        var process: pid_t = 0
        try #require(posix_spawnp(&process, "cc", nil, nil, &list, environ) == 0)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        try #require(status == 0)
        return directory + "/echo.so"
    }

    static func size(of path: String) throws -> ByteCount {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return ByteCount(bytes: Int(status.st_size))
    }
}

extension SupervisedCells {
    /// Runs a test with the real cell program and the plugin.
    static func withReal(
        change: (inout CellConfiguration) -> Void = { _ in },
        _ body: (SupervisedCells) async throws -> Void
    ) async throws {
        var configuration = try CellConfiguration()
        change(&configuration)
        try await with(configuration, image: try EchoPlugin.build(), body)
    }

    func realPlan(isolation: Isolation = .thread) throws -> WorkerPlan {
        var plan = try plan(isolation: isolation, size: try EchoPlugin.size(of: image))
        // The machine of a test may have a lot to do beside it.
        plan.startTimeout = .seconds(10)
        return plan
    }
}
