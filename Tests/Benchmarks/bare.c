// A cell that holds a plugin to nothing: the same frames, the same plugin, and no limit, accounting,
// fault handler or sandbox. Measured beside `roost-cell` it says what all of that costs.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "roost.h"

enum { CHANNEL = 3, HEADER = 16, END = 72, END_SIZE = 110 };

static char frame[64 << 10], end[HEADER + END_SIZE];

static void take_reply(roost_context *context, const roost_reply *reply) {
    (void)context;
    memcpy(end + HEADER, reply->body.data, reply->body.count < 64 ? reply->body.count : 64);
}

static int read_all(char *to, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t count = recv(CHANNEL, to + done, size - done, 0);
        if (count <= 0) return 0;
        done += (size_t)count;
    }
    return 1;
}

int main(int count, char **words) {
    void *image = count == 3 ? dlopen(words[1], RTLD_NOW | RTLD_LOCAL) : 0;
    roost_plugin_entry entry = image ? (roost_plugin_entry)dlsym(image, words[2]) : 0;
    if (!entry) return fprintf(stderr, "usage: bare PLUGIN ENTRY\n"), 2;
    roost_host_api host = {ROOST_ABI_VERSION, sizeof host, .reply = take_reply};
    const roost_plugin *plugin = entry(&host);
    for (;;) {
        // As the cell does: one read for a frame that came whole.
        ssize_t size = recv(CHANNEL, frame, sizeof frame, 0);
        if (size <= 0) return 0;
        if (size < HEADER && !read_all(frame + size, HEADER - (size_t)size)) return 0;
        roost_invocation event = {.struct_size = sizeof event, .attempt = 1, .body_complete = 1};
        plugin->invoke(plugin->state, &event, 0);
        unsigned length = END_SIZE;
        memcpy(end, &length, 4);
        end[4] = END;
        memcpy(end + 6, frame + 6, 10);
        if (send(CHANNEL, end, sizeof end, MSG_NOSIGNAL) < 0) return 0;
    }
}
