// Sends requests at a fixed rate, whether or not the replies keep up, and measures each from the
// instant at which it was due. A line on standard input asks for what came back since the last one, as
// a line of JSON; the end of the input ends the program with a last line. A rate of 0 sends on every
// connection as soon as its last reply has come: what the server can do at most.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "times.h"

enum { CONNECTIONS = 64, TARGETS = 16, WAITING = 1 << 16, WORDS = 5 };
static const int64_t patience = 30000000000;

/// What came back since the last line that was asked for.
struct tally {
    int64_t begin;
    uint64_t replies, failures, lost;
    struct times times;
    /// How late requests were sent that need not wait for a connection: this program's own share.
    struct times own;
    char words[WORDS][300];
};

static struct tally tally;
static struct target targets[TARGETS];
static struct connection connections[CONNECTIONS];
static struct pollfd watched[CONNECTIONS + 1];
static int64_t waiting[WAITING];
static size_t first, count;
/// Requests due until then waited for a connection.
static int64_t starved;
static int target_count, connection_count, next_target;
static uint16_t port;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void fail(const struct target *target, const char *why) {
    if (tally.failures < WORDS) {
        char *words = tally.words[tally.failures];
        snprintf(words, sizeof tally.words[0], "%s: %s", target->path, why);
        for (char *at = words; *at; at++) {
            if (*at == '"' || *at == '\\') *at = '\'';
            if ((unsigned char)*at < ' ') *at = ' ';
        }
    }
    tally.failures++;
}

static void show(void) {
    int64_t instant = now();
    printf(
        "{\"seconds\":%.3f,\"replies\":%llu,\"failures\":%llu,\"waiting\":%zu,\"p50\":%llu,"
        "\"p99\":%llu,\"p999\":%llu,\"worst\":%llu,\"ownP99\":%llu,\"words\":[",
        (double)(instant - tally.begin) / 1e9, (unsigned long long)tally.replies,
        (unsigned long long)tally.failures, count,
        (unsigned long long)times_at(&tally.times, 0.5),
        (unsigned long long)times_at(&tally.times, 0.99),
        (unsigned long long)times_at(&tally.times, 0.999),
        (unsigned long long)tally.times.greatest,
        (unsigned long long)times_at(&tally.own, 0.99));
    for (uint64_t at = 0; at < tally.failures && at < WORDS; at++) {
        printf("%s\"%s\"", at ? "," : "", tally.words[at]);
    }
    printf("]}\n");
    fflush(stdout);
    memset(&tally, 0, sizeof tally);
    tally.begin = instant;
}

static void over(struct connection *connection, const char *wrong) {
    int64_t late = now() - connection->due;
    tally.replies++;
    times_add(&tally.times, (uint64_t)late / 1000);
    if (wrong) fail(connection->target, wrong);
    connection->target = 0;
}

/// Gives requests that are due to idle connections.
static void begin_due(int64_t instant) {
    for (int at = 0; at < connection_count && count > 0; at++) {
        struct connection *connection = &connections[at];
        if (connection->target) continue;
        connection->due = waiting[first];
        first = (first + 1) % WAITING;
        count--;
        int64_t late = instant - connection->due;
        if (connection->due > starved) times_add(&tally.own, (uint64_t)late / 1000);
        struct target *target = &targets[next_target++ % target_count];
        if (connection_send(connection, port, target) < 0) over(connection, strerror(errno));
    }
    if (count > 0) starved = instant;
}

static void read_ready(int64_t instant) {
    for (int at = 0; at < connection_count; at++) {
        struct connection *connection = &connections[at];
        if (!connection->target) {
            // Servers close connections that nobody has used for a while.
            if (watched[at + 1].revents) connection_close(connection);
            continue;
        }
        const char *wrong = 0;
        if (watched[at + 1].revents) {
            int whole = connection_read(connection, &wrong);
            if (whole < 0) connection_close(connection);
            if (whole != 0) over(connection, wrong);
        } else if (instant - connection->due > patience) {
            connection_close(connection);
            over(connection, "no reply in 30 s");
        }
    }
}

static void await(int64_t until, int hears) {
    watched[0] = (struct pollfd){.fd = hears ? STDIN_FILENO : -1, .events = POLLIN};
    for (int at = 0; at < connection_count; at++) {
        watched[at + 1] = (struct pollfd){.fd = connections[at].descriptor, .events = POLLIN};
    }
    int64_t pause = until - now();
    if (pause < 0) pause = 0;
    struct timespec limit = {.tv_sec = pause / 1000000000, .tv_nsec = pause % 1000000000};
    ppoll(watched, (nfds_t)connection_count + 1, &limit, 0);
}

/// Answers every line of the input; gives 0 at its end.
static int hear(void) {
    char bytes[64];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
    if (size <= 0) return 0;
    for (ssize_t at = 0; at < size; at++) {
        if (bytes[at] == '\n') show();
    }
    return 1;
}

static int busy(void) {
    int sum = 0;
    for (int at = 0; at < connection_count; at++) sum += connections[at].target != 0;
    return sum;
}

static void add_due(int64_t due) {
    if (count == WAITING) {
        fail(&targets[0], "more requests wait than this program keeps");
    } else {
        waiting[(first + count++) % WAITING] = due;
    }
}

static void run(int64_t interval) {
    int hears = 1;
    int64_t due = tally.begin = now();
    while (hears || busy() > 0) {
        int64_t instant = now();
        if (hears && interval > 0) {
            for (; due <= instant; due += interval) add_due(due);
        } else if (hears) {
            for (int idle = connection_count - busy(); idle > 0; idle--) add_due(instant);
            due = instant + patience;
        }
        if (hears) begin_due(instant);
        await(hears ? due : now() + patience, hears);
        read_ready(now());
        if (hears && watched[0].revents) hears = hear();
    }
    count = 0;
    show();
}

int main(int size, char **words) {
    if (size < 5 || size - 4 > TARGETS || atoi(words[3]) > CONNECTIONS || atof(words[2]) < 0) {
        fprintf(stderr, "usage: Arrivals PORT RATE CONNECTIONS 'METHOD PATH BODY'...\n");
        return 2;
    }
    port = (uint16_t)atoi(words[1]);
    connection_count = atoi(words[3]);
    target_count = size - 4;
    for (int at = 0; at < target_count; at++) target_parse(&targets[at], words[at + 4]);
    for (int at = 0; at < connection_count; at++) connections[at].descriptor = -1;
    // Timers that are 50 µs late would be measured as latency.
    prctl(PR_SET_TIMERSLACK, 1);
    run(atof(words[2]) > 0 ? (int64_t)(1e9 / atof(words[2])) : 0);
    return 0;
}
