// A plugin in plain C: all it needs is roost.h. One function, `shout.shout`, answers the body in
// capital letters; POST /shout reaches it.
#include "roost.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((roost_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static const roost_host_api *host;

static void fail(roost_context *context, uint32_t status, roost_bytes message) {
    roost_reply reply = {.struct_size = sizeof reply, .failed = 1, .status = status};
    reply.error_type = TEXT("ShoutError");
    reply.error_message = message;
    host->reply(context, &reply);
}

/// Adds what is missing of a body that came in part; NULL when the caller has gone.
static uint8_t *whole_body(const roost_invocation *event, roost_context *context, size_t *count) {
    size_t capacity = event->body.count + 4096;
    uint8_t *text = malloc(capacity);
    *count = event->body.count;
    if (text && *count) memcpy(text, event->body.data, *count);
    while (text && !event->body_complete) {
        if (*count == capacity) {
            uint8_t *larger = realloc(text, capacity *= 2);
            if (!larger) break;
            text = larger;
        }
        int64_t read = host->read(context, text + *count, capacity - *count);
        if (read > 0) *count += (size_t)read;
        if (read == 0) return text;
        if (read == ROOST_WOULD_BLOCK) host->pump(context);
        if (read < ROOST_WOULD_BLOCK) break;
    }
    if (event->body_complete) return text;
    free(text);
    return NULL;
}

static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
    (void)state;
    size_t count = 0;
    uint8_t *text = whole_body(event, context, &count);
    if (!text || count == 0) {
        fail(context, 400, TEXT("Send some text."));
        free(text);
        return ROOST_DONE;
    }
    for (size_t i = 0; i < count; i++) text[i] = (uint8_t)toupper(text[i]);
    if (host->log) host->log(context, ROOST_LOG_INFO, TEXT("shouting"), NULL, 0);

    roost_reply reply = {.struct_size = sizeof reply, .status = 200};
    reply.content_type = TEXT("text/plain; charset=utf-8");
    reply.body = (roost_bytes){text, count};
    host->reply(context, &reply);
    free(text);  // lent for the time of the call only
    return ROOST_DONE;
}

const roost_plugin *roost_plugin_shout(const roost_host_api *api) {
    static roost_plugin plugin = {
        .abi_version = ROOST_ABI_VERSION, .struct_size = sizeof plugin, .invoke = invoke};
    if (api->abi_version < ROOST_ABI_VERSION) return NULL;
    host = api;
    plugin.manifest = TEXT("{\"plugin\":\"shout\",\"summary\":\"Answers in capital letters.\","
                           "\"functions\":[{\"name\":\"shout\",\"triggers\":"
                           "[{\"http\":{\"method\":\"POST\",\"path\":\"/shout\"}}]}]}");
    return &plugin;
}

ROOST_STAMP("");
