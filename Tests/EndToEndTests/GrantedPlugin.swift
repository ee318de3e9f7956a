import Foundation

/// A small C plugin `granted` that asks for permissions and does what its body says, such as
/// `read /a/file`; it answers with an error number, 0 for none.
enum GrantedPlugin {
    private static let source = #"""
        #define _GNU_SOURCE
        #include "roost.h"
        #include <arpa/inet.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <spawn.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <time.h>
        #include <unistd.h>
        ROOST_STAMP("");
        static const roost_host_api *host;
        static const char manifest[] =
            "{\"plugin\":\"granted\",\"permissions\":" PERMISSIONS
            ",\"functions\":[{\"name\":\"do\",\"onCrash\":\"restart\"}]}";
        static int opens(const char *path, int flags) {
            int file = open(path, flags | O_CLOEXEC, 0644);
            if (file < 0) return errno;
            close(file);
            return 0;
        }
        static int marks(const char *path) {
            int file = open(path, O_RDONLY | O_CLOEXEC);
            if (file < 0) return errno;
            int error = fchmod(file, 0600) < 0 || futimens(file, 0) < 0 ? errno : 0;
            close(file);
            return error;
        }
        static int connects(int port) {
            int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (out < 0) return errno;
            struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
            to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            int error = connect(out, (void *)&to, sizeof to) < 0 ? errno : 0;
            close(out);
            return error;
        }
        static int spawns(char *command) {
            char *arguments[] = {"/bin/sh", "-c", command, 0}, *none[] = {0};
            pid_t child;
            int error = posix_spawn(&child, arguments[0], 0, 0, arguments, none), status = 0;
            if (error) return error;
            waitpid(child, &status, 0);
            return status;
        }
        static int takes(size_t bytes) {
            char *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (memory == MAP_FAILED) return errno;
            memset(memory, 1, bytes);
            munmap(memory, bytes);
            return 0;
        }
        // Past the C library, whose part the worker's own limit is; the kernel's is left.
        static int seizes(size_t bytes) {
            long code = syscall(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (code == -1) return errno;
            memset((void *)code, 1, bytes);
            syscall(SYS_munmap, code, bytes);
            return 0;
        }
        static int burns(long milliseconds) {
            struct timespec begin, now;
            clock_gettime(CLOCK_MONOTONIC, &begin);
            do clock_gettime(CLOCK_MONOTONIC, &now);
            while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000
                   < milliseconds);
            return 0;
        }
        static int obey(char *verb) {
            char *object = strchr(verb, ' ');
            if (!object) return EINVAL;
            *object++ = 0;
            if (!strcmp(verb, "read")) return opens(object, O_RDONLY);
            if (!strcmp(verb, "mark")) return marks(object);
            if (!strcmp(verb, "write")) return opens(object, O_WRONLY | O_CREAT);
            if (!strcmp(verb, "remove")) return unlink(object) < 0 ? errno : 0;
            if (!strcmp(verb, "link")) return symlink("/etc", object) < 0 ? errno : 0;
            if (!strcmp(verb, "connect")) return connects(atoi(object));
            if (!strcmp(verb, "run")) return spawns(object);
            if (!strcmp(verb, "seize")) return seizes((size_t)atoll(object));
            if (!strcmp(verb, "burn")) return burns(atol(object));
            if (!strcmp(verb, "take")) return takes((size_t)atoll(object));
            return EINVAL;
        }
        static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
            char order[4096], answer[16];
            size_t count = event->body.count < sizeof order - 1 ? event->body.count : sizeof order - 1;
            memcpy(order, event->body.data, count);
            order[count] = 0;
            roost_reply reply = {.struct_size = sizeof reply};
            reply.body.count = (size_t)snprintf(answer, sizeof answer, "%d", obey(order));
            reply.body.data = (const uint8_t *)answer;
            host->reply(context, &reply);
            return ROOST_DONE;
        }
        static roost_plugin plugin = {
            ROOST_ABI_VERSION, sizeof plugin, {(const uint8_t *)manifest, sizeof manifest - 1},
            0, 0, 0, invoke};
        const roost_plugin *roost_plugin_granted(const roost_host_api *api) {
            host = api;
            return &plugin;
        }
        """#

    /// Compiles one that asks for permissions, given as JSON.
    static func build(_ permissions: String, in directory: URL) async throws -> URL {
        let quoted = permissions.replacingOccurrences(of: "\"", with: "\\\"")
        let text = "#define PERMISSIONS \"\(quoted)\"\n\(source)"
        return try await compile(text, as: "libGranted.so", in: directory)
    }

    /// Compiles a plugin written in C.
    static func compile(
        _ text: String,
        as name: String,
        in directory: URL
    ) async throws -> URL {
        let file = directory.appending(path: "\(name).c")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let header = ReadmeTests.root.appending(path: "sdk/Sources/CFunctionABI/include").path
        let output = directory.appending(path: name)
        let result = try await run(
            "/usr/bin/cc",
            ["-shared", "-fPIC", "-O1", "-I", header, "-o", output.path, file.path]
        )
        guard result.status == 0 else { throw NotInTime(what: result.errors) }
        return output
    }
}
