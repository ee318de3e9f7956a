#define _GNU_SOURCE
#include "CPlatform.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

// The first version of the kernel's structure; the C library of Debian 12 declares none.
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t niceness;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static int look(int32_t thread, struct attributes *now) {
    return (int)syscall(SYS_sched_getattr, thread, now, sizeof *now, 0);
}

uint64_t roost_slice(int32_t thread) {
    struct attributes now;
    return look(thread, &now) < 0 ? 0 : now.runtime;
}

int roost_go_first(void) {
    struct attributes wanted = {
        .size = sizeof wanted,
        .policy = SCHED_FIFO,
        .flags = 1, // What it starts is of the ordinary kind.
        .priority = 1,
    };
    return (int)syscall(SYS_sched_setattr, 0, &wanted, 0);
}

int roost_set_slice(int32_t thread, uint64_t nanoseconds) {
    struct attributes now;
    if (look(thread, &now) < 0) return -1;
    if (now.policy != SCHED_OTHER) return 0;
    now.size = sizeof now;
    now.runtime = nanoseconds;
    return (int)syscall(SYS_sched_setattr, thread, &now, 0);
}
