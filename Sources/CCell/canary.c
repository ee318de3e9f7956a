// The canary: a thread that takes the locks which all plugins of a cell share, and a watcher that says
// when it does not come back. Both sleep unless the supervisor sees something run: a lock that is
// stuck harms nobody before.
#include "private.h"

#include <jemalloc/jemalloc.h>
#include <link.h>
#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STEP = 10000000, STEPS = 8, AWAKE = 200000000, ARENAS = 4, PACKET = 256, DESTROYED = 70 };

static cell_canary_look look;
static int control = -1;
static char packet[PACKET];
static size_t packet_size;
static int64_t awake_until;
static uint32_t watch_word, turn_word, asleep;
static int64_t busy_since;  // of the main thread; 0 while it sleeps
static uint32_t is_told;    // the host knows of a stuck lock
static uint32_t turn;  // odd while the canary is among the locks

static void sleep_on(uint32_t *word, uint32_t seen) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, 0, 0, 0);
}

static void wake(uint32_t *word) {
    __atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

static int first_image(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)info;
    (void)size;
    (void)argument;
    return 1;
}

static void *sing(void *argument) {
    (void)argument;
    for (;;) {
        uint32_t seen = cell_load32(&turn_word);
        __atomic_add_fetch(&turn, 1, __ATOMIC_SEQ_CST);
        for (unsigned arena = 0; arena < ARENAS; arena++) {
            int flags = MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE;
            void *block = mallocx(64, flags);
            if (block) dallocx(block, MALLOCX_TCACHE_NONE);
        }
        dl_iterate_phdr(first_image, 0);
        look();
        __atomic_add_fetch(&turn, 1, __ATOMIC_SEQ_CST);
        sleep_on(&turn_word, seen);
    }
    return 0;
}

static const int64_t FAR = 1000000000, EVENT = 4000000000;
// One that waits for a lock may wait for a thread that has to wait for a core; where the canary hangs
// as well, the lock is one that nobody will ever give back.
enum { ENOUGH = 100, ENOUGH_TOLD = 8 };

// Something that ought to move on: overdue in how many steps in a row, without a change.
struct overdue {
    int64_t value;
    int steps;
};

static int is_overdue(struct overdue *watched, int64_t value, int is_late) {
    watched->steps = is_late && value == watched->value ? watched->steps + 1 : 0;
    watched->value = value;
    return watched->steps >= (cell_load32(&is_told) ? ENOUGH_TOLD : ENOUGH);
}

// Nobody else in the process can be relied on, so that it goes at once.
static _Noreturn void end_process(const char *text) {
    struct pollfd output = {.fd = 2, .events = POLLOUT};
    struct timespec none = {0, 0};
    if (syscall(SYS_ppoll, &output, 1, &none, 0, 0) == 1 && output.revents & POLLOUT)
        syscall(SYS_write, 2, text, strlen(text));
    for (;;) syscall(SYS_exit_group, DESTROYED);
}

// One step in which this thread has been given the processor, so that others could run too.
static void step(void) {
    static struct overdue supervisor, main;
    struct timespec pause = {0, STEP};
    syscall(SYS_nanosleep, &pause, 0);
    int64_t now = cell_now(), due = cell_supervisor_due();
    int64_t busy = __atomic_load_n(&busy_since, __ATOMIC_SEQ_CST);
    // It never announces anything far off: such a number is rubbish.
    int is_late = due != INT64_MIN && due != INT64_MAX && (due < now || due - now > FAR);
    if (is_overdue(&supervisor, due, is_late))
        end_process("the cell ends itself: its supervisor hangs, as after memory was destroyed\n");
    if (is_overdue(&main, busy, busy != 0 && (busy > now || now - busy > EVENT)))
        end_process("the cell ends itself: its main thread hangs, as after memory was destroyed\n");
}

static int has_to_watch(void) {
    int64_t due = cell_supervisor_due();
    return (due != INT64_MIN && due != INT64_MAX) ||
           __atomic_load_n(&busy_since, __ATOMIC_SEQ_CST) != 0;
}

// Whether the canary stayed away for all steps. The watcher has been given the processor in each of
// them, so that a canary which could run would have run too.
static int is_stuck(void) {
    wake(&turn_word);
    uint32_t before = cell_load32(&turn);
    for (int i = 0; i < STEPS; i++) {
        step();
        uint32_t now = cell_load32(&turn);
        if (now != before || now % 2 == 0) return 0;
    }
    return 1;
}

static void *watch(void *argument) {
    (void)argument;
    for (;;) {
        uint32_t seen = cell_load32(&watch_word);
        if (cell_now() < __atomic_load_n(&awake_until, __ATOMIC_SEQ_CST)) {
            if (cell_load32(&is_told)) step();
            else if (is_stuck()) {
                cell_store32(&is_told, 1);
                syscall(SYS_sendto, control, packet, packet_size, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
            }
            continue;
        }
        if (has_to_watch()) {
            step();
            continue;
        }
        cell_store32(&asleep, 1);
        if (!has_to_watch()) sleep_on(&watch_word, seen);
        cell_store32(&asleep, 0);
    }
    return 0;
}

int cell_canary_start(int descriptor, const void *bytes, size_t count, cell_canary_look body) {
    if (count > PACKET) return -1;
    memcpy(packet, bytes, count);
    packet_size = count;
    control = descriptor;
    look = body;
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    int error = pthread_create(&thread, &attributes, sing, 0);
    if (!error) error = pthread_create(&thread, &attributes, watch, 0);
    pthread_attr_destroy(&attributes);
    return error ? -1 : 0;
}

void cell_canary_wake(void) {
    __atomic_store_n(&awake_until, cell_now() + AWAKE, __ATOMIC_SEQ_CST);
    cell_watch_wake();
}

void cell_watch_wake(void) {
    if (cell_load32(&asleep)) wake(&watch_word);
}

void cell_main_is_busy(void) {
    __atomic_store_n(&busy_since, cell_now(), __ATOMIC_SEQ_CST);
    cell_watch_wake();
}

void cell_main_is_idle(void) { __atomic_store_n(&busy_since, 0, __ATOMIC_SEQ_CST); }
