#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void target_parse(struct target *target, const char *text) {
    char method[16], path[512];
    int end = 0;
    if (sscanf(text, "%15s %511s%n", method, path, &end) != 2) {
        fprintf(stderr, "a target is 'METHOD PATH BODY', not '%s'\n", text);
        exit(2);
    }
    const char *body = text[end] ? text + end + 1 : "";
    int size = asprintf(
        &target->request, "%s %s HTTP/1.1\r\nHost: test\r\nContent-Length: %zu\r\n\r\n%s", method,
        path, strlen(body), body);
    if (size < 0 || !(target->path = strdup(path))) abort();
    target->size = (size_t)size;
}

static int open_connection(uint16_t port) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

void connection_close(struct connection *connection) {
    if (connection->descriptor >= 0) close(connection->descriptor);
    connection->descriptor = -1;
}

int connection_send(struct connection *connection, uint16_t port, struct target *target) {
    connection->target = target;
    connection->filled = 0;
    if (connection->descriptor < 0) connection->descriptor = open_connection(port);
    if (connection->descriptor < 0) return -1;
    // A request is far smaller than an idle connection's buffer.
    ssize_t sent = send(connection->descriptor, target->request, target->size, MSG_NOSIGNAL);
    if (sent == (ssize_t)target->size) return 0;
    int error = sent < 0 ? errno : EMSGSIZE;
    connection_close(connection);
    errno = error;
    return -1;
}

/// What is wrong with a whole reply; null for nothing.
static const char *judge(struct connection *connection, const char *body, size_t size) {
    static char text[200];
    struct target *target = connection->target;
    int status = atoi(connection->reply + 9);
    if (status != 200) {
        snprintf(text, sizeof text, "status %d %.*s", status, (int)(size < 160 ? size : 160), body);
        return text;
    }
    if (!target->body) {
        target->body = malloc(size + 1);
        if (!target->body) abort();
        memcpy(target->body, body, size);
        target->body_size = size;
    }
    int same = size == target->body_size && !memcmp(body, target->body, size);
    return same ? 0 : "a reply of another body than the first";
}

int connection_read(struct connection *connection, const char **wrong) {
    *wrong = 0;
    char *reply = connection->reply;
    size_t room = REPLY_ROOM - 1 - connection->filled;
    ssize_t count = recv(connection->descriptor, reply + connection->filled, room, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (count <= 0) {
        *wrong = count == 0 ? "the connection was closed" : strerror(errno);
        return -1;
    }
    connection->filled += (size_t)count;
    reply[connection->filled] = 0;
    char *end = strstr(reply, "\r\n\r\n");
    if (!end) return 0;
    *end = 0;
    const char *length = strcasestr(reply, "\r\ncontent-length:");
    int closes = strcasestr(reply, "\r\nconnection: close") != 0;
    size_t size = length ? strtoul(length + 17, 0, 10) : 0;
    const char *body = end + 4;
    *end = '\r';
    if (!length || size > REPLY_ROOM / 2) {
        *wrong = "a reply without a length, or a long one";
        return -1;
    }
    if (connection->filled < (size_t)(body - reply) + size) return 0;
    *wrong = judge(connection, body, size);
    if (closes) connection_close(connection);
    return 1;
}
