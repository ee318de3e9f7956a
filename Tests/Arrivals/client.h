#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

enum { REPLY_ROOM = 64 << 10 };

/// A request that is sent again and again, and the body of its first reply, which all have to give.
struct target {
    const char *path;
    char *request;
    size_t size;
    char *body;
    size_t body_size;
};

/// A kept connection, and the request that waits for its reply there.
struct connection {
    int descriptor;
    struct target *target;
    int64_t due;
    size_t filled;
    char reply[REPLY_ROOM];
};

/// Makes a target of `METHOD PATH BODY`; ends the program when it isn't one.
void target_parse(struct target *target, const char *text);

/// Sends a target's request, connecting first where need be. Gives 0, or -1 with `errno`.
int connection_send(struct connection *connection, uint16_t port, struct target *target);

/// Reads what has come. Gives 1 when the reply is whole, 0 when more has to come, -1 when the
/// connection failed; `wrong` is then null, or what is wrong with the reply.
int connection_read(struct connection *connection, const char **wrong);

void connection_close(struct connection *connection);

#endif
