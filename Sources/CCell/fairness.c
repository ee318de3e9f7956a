#define _GNU_SOURCE
#include "cell_fairness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cell_sides.h"
#include "cell_thread.h"

// A tenth of the weight of those that don't yield.
enum { FURTHER = 10, LAST = 19 };

// The second number of schedstat; 0 where the kernel keeps none.
static int64_t waited(pid_t tid) {
    char path[64], text[128];
    snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", tid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return 0;
    text[count] = 0;
    char *second = 0;
    strtoll(text, &second, 10);
    return strtoll(second, 0, 10);
}

int64_t cell_thread_demand_ns(const cell_thread *thread) {
    if (cell_load32((const uint32_t *)&thread->tid) == 0) return 0;
    return cell_sides_cpu_ns(thread) + waited(thread->tid);
}

static int set(pid_t tid, int niceness) {
    return setpriority(PRIO_PROCESS, (id_t)tid, niceness) < 0 ? errno : 0;
}

int cell_thread_ids(const cell_thread *thread, uint32_t *ids, int room) {
    uint32_t own = cell_load32((const uint32_t *)&thread->tid);
    if (own == 0 || room < 1) return 0;
    int count = 0;
    ids[count++] = own;
    if (cell_load32(&thread->side_threads) == 0) return count;
    for (int i = 0; i < CELL_SIDES && count < room; i++) {
        const cell_side *side = &thread->sides[i];
        uint32_t tid = cell_load32((const uint32_t *)&side->tid);
        // A pool's thread works for others next, and might not come back.
        if (tid == 0 || tid == UINT32_MAX || side->began != 0) continue;
        ids[count++] = tid;
    }
    return count;
}

int cell_thread_yield(const cell_thread *thread, int yields) {
    uint32_t ids[CELL_SIDES + 1];
    int count = cell_thread_ids(thread, ids, CELL_SIDES + 1);
    if (count == 0) return 0;
    // The process's first thread never yields, so it has what the process was given.
    errno = 0;
    int niceness = getpriority(PRIO_PROCESS, (id_t)getpid());
    if (niceness == -1 && errno) return errno;
    if (yields) niceness = niceness + FURTHER > LAST ? LAST : niceness + FURTHER;
    int error = set((pid_t)ids[0], niceness);
    for (int i = 1; i < count; i++) set((pid_t)ids[i], niceness);
    return error;
}
