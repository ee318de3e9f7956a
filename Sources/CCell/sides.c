#include "sides.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cell_memory.h"
#include "cell_sides.h"

enum { ALTERNATE_STACK = 64 << 10 };

__thread int cell_side_waits __attribute__((tls_model("initial-exec")));
static __thread cell_side *here __attribute__((tls_model("initial-exec")));

static int64_t cpu_of(pid_t tid) {
    // The kernel's encoding of a thread's CPU clock.
    clockid_t clock = (clockid_t)(~(uint32_t)tid << 3 | 6);
    struct timespec time;
    if (clock_gettime(clock, &time)) return 0;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// A fault handler needs a stack of its own; threads of a pool keep theirs.
static void need_alternate_stack(void) {
    stack_t stack;
    if (sigaltstack(0, &stack) || !(stack.ss_flags & SS_DISABLE)) return;
    void *memory = mmap(0, ALTERNATE_STACK, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    stack = (stack_t){.ss_sp = memory, .ss_size = ALTERNATE_STACK};
    sigaltstack(&stack, 0);
}

cell_side *cell_side_enter(cell_thread *thread, int kind) {
    need_alternate_stack();
    cell_current = thread;
    cell_on_side_thread = kind;
    cell_memory_share(thread);
    pid_t tid = (pid_t)syscall(SYS_gettid);
    cell_side *side = 0;
    for (int i = 0; i < CELL_SIDES && !side; i++) {
        uint32_t *place = (uint32_t *)&thread->sides[i].tid, none = 0;
        if (__atomic_compare_exchange_n(place, &none, UINT32_MAX, 0, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            side = &thread->sides[i];
    }
    if (side) {
        side->began = kind == CELL_POOL ? cpu_of(tid) : 0;
        cell_store32((uint32_t *)&side->tid, (uint32_t)tid);
    }
    here = side;
    return side;
}

void cell_side_leave(cell_thread *thread, cell_side *side) {
    here = 0;
    if (side) {
        int64_t used = cpu_of(side->tid) - side->began;
        // Cleared first: a look in between must not count it twice.
        cell_store32((uint32_t *)&side->tid, 0);
        __atomic_add_fetch(&thread->side_cpu, used, __ATOMIC_SEQ_CST);
    }
    cell_on_side_thread = CELL_OWN;
    cell_current = 0;
}

void cell_side_quit(cell_thread *thread) {
    int kind = cell_on_side_thread;
    // The pool is a thread short, and doesn't know.
    if (kind == CELL_POOL) cell_stray_fault();
    if (thread && kind != CELL_OWN) {
        cell_side_leave(thread, here);
        if (kind == CELL_POOL) __atomic_sub_fetch(&thread->side_work, 1, __ATOMIC_SEQ_CST);
        // Last: from here on the record may be another worker's.
        __atomic_sub_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST);
    }
    if (kind == CELL_MADE) {
        for (;;) syscall(SYS_exit, 0);
    }
    // The dispatch library ends the process when it misses a thread of its pool.
    for (;;) syscall(SYS_ppoll, 0, 0, 0, 0, 0);
}

int64_t cell_sides_cpu_ns(const cell_thread *thread) {
    int64_t sum = cell_thread_cpu_ns(thread) + __atomic_load_n(&thread->side_cpu, __ATOMIC_SEQ_CST);
    if (cell_load32(&thread->side_threads) == 0) return sum;
    for (int i = 0; i < CELL_SIDES; i++) {
        const cell_side *side = &thread->sides[i];
        uint32_t tid = cell_load32((const uint32_t *)&side->tid);
        if (tid == 0 || tid == UINT32_MAX) continue;
        int64_t used = cpu_of((pid_t)tid) - side->began;
        if (used > 0) sum += used;
    }
    return sum;
}

static void interrupt_sides(cell_thread *thread) {
    for (int i = 0; i < CELL_SIDES; i++) {
        uint32_t tid = cell_load32((uint32_t *)&thread->sides[i].tid);
        if (tid != 0 && tid != UINT32_MAX) syscall(SYS_tgkill, getpid(), tid, CELL_KICK_SIGNAL);
    }
}

// Those that can't be ended run when nobody else wants to. Their text is given back: others that came
// by wait for it.
static void give_up_sides(cell_thread *thread) {
    cell_thread_allow_text(thread);
    struct sched_param none = {0};
    for (int i = 0; i < CELL_SIDES; i++) {
        uint32_t tid = cell_load32((uint32_t *)&thread->sides[i].tid);
        if (tid != 0 && tid != UINT32_MAX) sched_setscheduler((pid_t)tid, SCHED_IDLE, &none);
    }
}

// How much CPU time makes a chance to end, and how long those without one are waited for: see
// `RunWatch`, which does so with a worker's own thread.
enum { CHANCE = 1000000, UTMOST = 1000000000 };

uint32_t cell_sides_stop(cell_thread *thread, int64_t patience) {
    // Work that comes up from here on finds that its worker is gone.
    cell_store64(&thread->number, 0);
    if (cell_load32(&thread->side_threads) == 0) return 0;
    uint64_t word = cell_load64(&thread->run_word);
    cell_store64(&thread->run_word, (word & ~(uint64_t)0xff) | CELL_RUN_ENDING);
    if (!cell_load32(&thread->abandoned)) cell_thread_forbid_text(thread);
    int64_t began = cell_now(), before = cell_sides_cpu_ns(thread);
    while (cell_load32(&thread->side_threads)) {
        interrupt_sides(thread);
        int had_a_chance = cell_sides_cpu_ns(thread) - before >= CHANCE;
        if (cell_now() - began > (had_a_chance ? patience : UTMOST)) {
            give_up_sides(thread);
            break;
        }
        struct timespec pause = {0, 500000};
        syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, 0);
    }
    return cell_load32(&thread->side_threads);
}
