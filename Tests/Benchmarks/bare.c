// A cell that holds a plugin to nothing: the same frames, the same plugin, and no limit, accounting,
// fault handler or sandbox. Measured beside `roost-cell` it says what all of that costs.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "roost.h"

enum { CHANNEL = 3, HEADER = 16, END = 72, END_SIZE = 110 };

static char frames[64 << 10], end[HEADER + END_SIZE];

static void take_reply(roost_context *context, const roost_reply *reply) {
    (void)context;
    memcpy(end + HEADER, reply->body.data, reply->body.count < 64 ? reply->body.count : 64);
}

int main(int words_count, char **words) {
    void *image = words_count == 3 ? dlopen(words[1], RTLD_NOW | RTLD_LOCAL) : 0;
    roost_plugin_entry entry = image ? (roost_plugin_entry)dlsym(image, words[2]) : 0;
    if (!entry) return fprintf(stderr, "usage: bare PLUGIN ENTRY\n"), 2;
    roost_host_api host = {ROOST_ABI_VERSION, sizeof host, .reply = take_reply};
    const roost_plugin *plugin = entry(&host);
    size_t held = 0;
    for (;;) {
        // As the cell does: one read for all frames that have come.
        ssize_t count = recv(CHANNEL, frames + held, sizeof frames - held, 0);
        if (count <= 0) return 0;
        held += (size_t)count;
        size_t done = 0;
        for (unsigned length; held - done >= HEADER; done += HEADER + length) {
            const char *frame = frames + done;
            memcpy(&length, frame, sizeof length);
            if (held - done < HEADER + (size_t)length) break;
            roost_invocation event = {.struct_size = sizeof event, .attempt = 1, .body_complete = 1};
            plugin->invoke(plugin->state, &event, 0);
            unsigned size = END_SIZE;
            memcpy(end, &size, sizeof size);
            end[4] = END;
            memcpy(end + 6, frame + 6, 10);
            if (send(CHANNEL, end, sizeof end, MSG_NOSIGNAL) < 0) return 0;
        }
        memmove(frames, frames + done, held -= done);
    }
}
