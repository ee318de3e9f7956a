// A function in C. It needs the contract's header and nothing else; Swift only tests it.
extension Scaffold {
    var cABIFiles: [ScaffoldFile] {
        [
            packageFile(linking: "CFunctionABI"),
            readmeFile(
                "Answers text in capital letters, in C.",
                trying: """
                    ```console
                    $ curl -d 'good morning' http://127.0.0.1:8080/\(name)
                    GOOD MORNING
                    ```

                    Without Swift, `make` builds the same library with the C compiler alone.
                    """
            ),
            ScaffoldFile("Sources/\(module)/include/\(module).h", cHeader),
            ScaffoldFile("Sources/\(module)/\(symbol).c", cSource),
            ScaffoldFile(
                "Makefile",
                """
                # Builds the plugin with the C compiler alone: all that it takes is roost.h.
                HEADERS := \(sdkPath)/Sources/CFunctionABI/include

                lib\(module).so: Sources/\(module)/\(symbol).c
                \t$(CC) -std=c11 -O2 -g -Wall -Wextra -shared -fPIC -I$(HEADERS) \\
                \t\t-ISources/\(module)/include -o $@ $<

                .PHONY: clean
                clean:
                \trm -f lib\(module).so

                """
            ),
            testFile(
                """
                import FunctionTesting
                import \(module)
                import Testing

                private func makeHost() throws -> TestHost {
                    try TestHost(entry: { roost_plugin_\(symbol)($0) })
                }

                @Test func answersInCapitals() async throws {
                    let reply = await (try makeHost()).invoke("\(name)", TestEvent().text("good morning"))
                    #expect(reply.text == "GOOD MORNING")
                    #expect(reply.violations == [])
                }

                @Test func wantsSomeText() async throws {
                    let reply = await (try makeHost()).invoke("\(name)")
                    #expect(reply.status == 400)
                }

                """
            ),
        ]
    }

    private var cHeader: String {
        """
        #pragma once

        #include "roost.h"

        /// The plugin's entry, which the host calls first.
        const roost_plugin *roost_plugin_\(symbol)(const roost_host_api *api);

        """
    }

    private var cSource: String {
        #"""
        #include "\#(module).h"

        #include <ctype.h>
        #include <stdlib.h>

        #define TEXT(literal) ((roost_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

        // Says what was built, and for which version of the contract.
        ROOST_STAMP("");

        static const roost_host_api *host;

        static void refuse(roost_context *context, uint32_t status, roost_bytes message) {
            roost_reply reply = {.struct_size = sizeof reply, .failed = 1, .status = status};
            reply.error_type = TEXT("Refused");
            reply.error_message = message;
            host->reply(context, &reply);
        }

        static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
            (void)state;
            size_t count = event->body.count;
            if (!count || !event->body_complete) {
                refuse(context, 400, TEXT("Send some text."));
                return ROOST_DONE;
            }
            uint8_t *text = malloc(count);
            if (!text) {
                refuse(context, 500, TEXT("Out of memory."));
                return ROOST_DONE;
            }
            for (size_t i = 0; i < count; i++) text[i] = (uint8_t)toupper(event->body.data[i]);

            roost_reply reply = {.struct_size = sizeof reply, .status = 200};
            reply.content_type = TEXT("text/plain; charset=utf-8");
            reply.body = (roost_bytes){text, count};
            host->reply(context, &reply);
            free(text);  // lent for the time of the call only
            return ROOST_DONE;
        }

        const roost_plugin *roost_plugin_\#(symbol)(const roost_host_api *api) {
            static roost_plugin plugin = {
                .abi_version = ROOST_ABI_VERSION, .struct_size = sizeof plugin, .invoke = invoke};
            if (api->abi_version < ROOST_ABI_VERSION) return NULL;
            host = api;
            plugin.manifest = TEXT("{\"plugin\":\"\#(name)\",\"functions\":[{\"name\":\"\#(name)\","
                                   "\"triggers\":[{\"http\":{\"method\":\"POST\",\"path\":\"/\#(name)\"}}]}]}");
            return &plugin;
        }

        """#
    }
}
