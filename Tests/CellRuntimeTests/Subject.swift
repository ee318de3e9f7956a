/// The C plugin of these tests: its event's body says what it is to do.
enum Subject {
    static let entry = "roost_plugin_subject"
    static func path() throws -> String {
        try PluginCompiler.build(prologue + memory + threads + body + epilogue)
    }

    static let prologue = """
        #define _GNU_SOURCE
        #include <roost.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <pthread.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/ptrace.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <sys/un.h>
        #include <sys/wait.h>
        #include <time.h>
        #include <unistd.h>
        static const roost_host_api *host;
        static roost_bytes text(const char *s) {
            return (roost_bytes){(const uint8_t *)s, strlen(s)};
        }
        static int32_t say(roost_context *c, const void *bytes, size_t count) {
            roost_reply reply = {.struct_size = sizeof reply, .content_type = text("text/plain"),
                                 .body = {bytes, count}};
            host->reply(c, &reply);
            return ROOST_DONE;
        }
        static int32_t say_text(roost_context *c, const char *s) { return say(c, s, strlen(s)); }
        static int32_t say_number(roost_context *c, long n) {
            char s[32];
            snprintf(s, sizeof s, "%ld", n);
            return say_text(c, s);
        }

        """

    static let epilogue = """

        ROOST_STAMP("");
        static roost_plugin table = {.abi_version = ROOST_ABI_VERSION,
                                     .struct_size = sizeof(roost_plugin), .invoke = run};
        const roost_plugin *roost_plugin_subject(const roost_host_api *h) {
            host = h;
            table.manifest = text("{\\"plugin\\":\\"subject\\",\\"functions\\":[{\\"name\\":\\"run\\"}]}");
            return &table;
        }
        """
}
