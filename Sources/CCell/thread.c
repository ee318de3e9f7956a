#include "private.h"
#include "roost_sandbox.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cell_sides.h"
#include "memory.h"
#include "sides.h"

__thread cell_thread *cell_current __attribute__((tls_model("initial-exec")));
__thread int cell_on_side_thread __attribute__((tls_model("initial-exec")));

enum { PAGE = 4096, ALTERNATE_STACK = 64 << 10, STACK_GUARD = 1 << 20, MAXIMUM_THREADS = 4096 };

static pthread_mutex_t records_lock = PTHREAD_MUTEX_INITIALIZER;
static cell_thread *free_records;
static cell_thread *all_records[MAXIMUM_THREADS];
static cell_memory memories[MAXIMUM_THREADS];
static uint32_t record_count;
static int ended_descriptor = -1;

void cell_install(int ended_fd) {
    ended_descriptor = ended_fd;
    cell_faults_install();
}

void cell_signal_ended(void) {
    uint64_t one = 1;
    syscall(SYS_write, ended_descriptor, &one, sizeof one);
}

int64_t cell_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t cell_unix_time(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Record, jump buffer and alternate stack lie in one mapping, with a guard page below the stack.
static cell_thread *map_record(void) {
    size_t record = (sizeof(cell_thread) + sizeof(sigjmp_buf) + PAGE - 1) & ~(size_t)(PAGE - 1);
    char *memory = mmap(0, PAGE + ALTERNATE_STACK + record, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return 0;
    mprotect(memory, PAGE, PROT_NONE);
    cell_thread *thread = (cell_thread *)(memory + PAGE + ALTERNATE_STACK);
    thread->alternate_stack = memory + PAGE;
    thread->jump = thread + 1;
    return thread;
}

cell_thread *cell_thread_make(void) {
    pthread_mutex_lock(&records_lock);
    cell_thread *thread = free_records;
    if (thread) {
        free_records = thread->next;
    } else if (record_count < MAXIMUM_THREADS && (thread = map_record())) {
        thread->memory = &memories[record_count];
        pthread_mutex_init(&thread->memory->mappings_lock, 0);
        all_records[record_count] = thread;
        __atomic_store_n(&record_count, record_count + 1, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&records_lock);
    if (!thread) return 0;
    char *stack = thread->alternate_stack;
    uint64_t run_word = thread->run_word;
    cell_memory *memory = thread->memory;
    // Pool threads with work of an earlier worker's may just be counting themselves in and out.
    size_t counted = offsetof(cell_thread, side_threads);
    size_t behind = counted + sizeof thread->side_threads;
    memset(thread, 0, counted);
    memset((char *)thread + behind, 0, sizeof *thread - behind);
    thread->alternate_stack = stack;
    thread->memory = memory;
    thread->jump = thread + 1;
    thread->run_word = ((run_word >> 8) + 1) << 8 | CELL_RUN_NONE;
    thread->channel = -1;
    static uint64_t numbers;
    thread->limit_deadline = thread->limit_cpu = INT64_MAX;
    cell_store64(&thread->number, __atomic_add_fetch(&numbers, 1, __ATOMIC_SEQ_CST));
    return thread;
}

void cell_thread_recycle(cell_thread *thread) {
    thread->context_number = 0;
    cell_thread_allow_text(thread);
    thread->text_low = thread->text_high = 0;
    madvise(thread->alternate_stack, ALTERNATE_STACK, MADV_DONTNEED);
    pthread_mutex_lock(&records_lock);
    thread->next = free_records;
    free_records = thread;
    pthread_mutex_unlock(&records_lock);
}

cell_thread *cell_thread_of_text(uintptr_t pc) {
    uint32_t count = __atomic_load_n(&record_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        if (cell_in_text(all_records[i], pc)) return all_records[i];
    return 0;
}

struct start {
    cell_thread *thread;
    cell_body body;
};

static void leave_body(cell_thread *thread) {
    thread->guarded = 0;
    thread->blocking = 0;
    // The alternate stack stays: destructors of the plugin's may still fault.
    thread->ended_at = cell_now();
    thread->ended_cpu = cell_sides_cpu_ns(thread);
    cell_memory_leave(thread);
    cell_store32(&thread->done, 1);
    cell_signal_ended();
}

// The one frame that faults jump back to. Nothing between here and the fault is touched again.
static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    cell_thread *thread = start.thread;
    cell_current = thread;
    cell_memory_begin(thread);
    stack_t stack = {.ss_sp = thread->alternate_stack, .ss_size = ALTERNATE_STACK};
    sigaltstack(&stack, 0);
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        void *low;
        size_t size;
        pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_destroy(&attributes);
        thread->stack_low = (uintptr_t)low;
        thread->stack_high = (uintptr_t)low + size;
    }
    // What is missing of it shows in the process's own filter, which is entered before.
    roost_seccomp_enter_worker();
    cell_store32((uint32_t *)&thread->tid, (uint32_t)syscall(SYS_gettid));
    if (sigsetjmp(*(sigjmp_buf *)thread->jump, 1) == 0) {
        thread->guarded = 1;
        start.body(thread, thread->owner);
    }
    leave_body(cell_current);
    return 0;
}

int cell_thread_start(cell_thread *thread, cell_body body, size_t stack) {
    struct start *start = malloc(sizeof *start);
    if (!start) return ENOMEM;
    *start = (struct start){thread, body};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    pthread_attr_setguardsize(&attributes, STACK_GUARD);
    int error = pthread_create(&thread->handle, &attributes, run, start);
    pthread_attr_destroy(&attributes);
    if (error) free(start);
    return error;
}

// Waits until the thread is gone, or lost, or the time has passed.
static int await_exit(cell_thread *thread, int64_t end, int kicks) {
    while (!cell_load32(&thread->lost)) {
        int64_t now = cell_now(), step = now + (kicks ? 500000 : 2000000);
        struct timespec until = {step / 1000000000, step % 1000000000};
        if (pthread_clockjoin_np(thread->handle, 0, CLOCK_MONOTONIC, &until) == 0) return 0;
        if (now > end) break;
        if (kicks) cell_thread_kick(thread);
    }
    return -1;
}

int cell_thread_join(cell_thread *thread, int64_t patience) {
    if (await_exit(thread, cell_now() + patience, 0) == 0) return 0;
    if (!cell_load32(&thread->lost)) {
        // Its destructors are the plugin's code, which goes on.
        uint64_t word = cell_load64(&thread->run_word);
        cell_store64(&thread->run_word, (word & ~(uint64_t)0xff) | CELL_RUN_ENDING);
        cell_thread_forbid_text(thread);
        int left = await_exit(thread, cell_now() + patience / 4, 1);
        cell_thread_allow_text(thread);
        if (left == 0) return 0;
        if (!cell_load32(&thread->lost)) cell_thread_set_idle(thread);
    }
    cell_store32(&thread->abandoned, 1);
    return -1;
}

void cell_thread_lose(cell_thread *thread) {
    cell_stray_fault();
    cell_store32(&thread->lost, 1);
    // The allocator still knows its cache, which lies with its stack: so both stay.
    for (;;) syscall(SYS_ppoll, 0, 0, 0, 0, 0);
}

cell_thread *cell_thread_current(void) { return cell_current; }

int cell_thread_is_own(const cell_thread *thread) {
    return cell_current == thread && !cell_on_side_thread;
}

void cell_depart(cell_thread *thread) {
    if (cell_on_side_thread || cell_current != thread) cell_side_quit(thread);
    siglongjmp(*(sigjmp_buf *)thread->jump, 1);
}

void cell_thread_leave(void) {
    cell_thread *thread = cell_current;
    thread->report.kind = CELL_ENDED;
    cell_depart(thread);
}

void cell_thread_forbid_text(const cell_thread *thread) {
    if (thread->text_high > thread->text_low)
        mprotect((void *)thread->text_low, thread->text_high - thread->text_low, PROT_READ);
}

void cell_thread_allow_text(const cell_thread *thread) {
    if (thread->text_high > thread->text_low && is_ending(thread))
        mprotect((void *)thread->text_low, thread->text_high - thread->text_low,
                 PROT_READ | PROT_EXEC);
}

void cell_thread_kick(const cell_thread *thread) {
    syscall(SYS_tgkill, getpid(), thread->tid, CELL_KICK_SIGNAL);
}

void cell_thread_set_idle(const cell_thread *thread) {
    struct sched_param none = {0};
    sched_setscheduler(thread->tid, SCHED_IDLE, &none);
}

int64_t cell_thread_cpu_ns(const cell_thread *thread) {
    // The kernel's encoding of a thread's CPU clock; unlike pthread_getcpuclockid it needs no
    // handle that may be gone. A thread's own needs no look-up.
    clockid_t clock = cell_thread_is_own(thread) ? CLOCK_THREAD_CPUTIME_ID
                                                 : (clockid_t)(~(uint32_t)thread->tid << 3 | 6);
    struct timespec time;
    if (clock_gettime(clock, &time)) return 0;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// The supervisor's sleep. Who starts a run notes its first limit; the supervisor is woken only when
// that falls before the look it has announced, so that most runs cost no wake-up.
static int64_t next_look = INT64_MIN;
static int64_t called_at;  // since when it is to look earlier than it has announced; 0 for not
static uint32_t wake_count;

void cell_supervisor_plan(int64_t next) {
    __atomic_store_n(&called_at, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&next_look, next, __ATOMIC_SEQ_CST);
}

int64_t cell_supervisor_due(void) {
    int64_t called = __atomic_load_n(&called_at, __ATOMIC_SEQ_CST);
    return called ? called : __atomic_load_n(&next_look, __ATOMIC_SEQ_CST);
}

void cell_supervisor_note(int64_t limit) {
    if (limit >= __atomic_load_n(&next_look, __ATOMIC_SEQ_CST)) return;
    int64_t none = 0;
    __atomic_compare_exchange_n(&called_at, &none, cell_now(), 0, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    cell_watch_wake();
    __atomic_add_fetch(&wake_count, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &wake_count, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

void cell_supervisor_wait(int64_t next) {
    static uint32_t seen;
    if (__atomic_load_n(&wake_count, __ATOMIC_SEQ_CST) == seen) {
        int64_t left = next == INT64_MAX ? 0 : next - cell_now();
        if (next == INT64_MAX || left > 0) {
            struct timespec time = {left / 1000000000, left % 1000000000};
            syscall(SYS_futex, &wake_count, FUTEX_WAIT_PRIVATE, seen,
                    next == INT64_MAX ? 0 : &time, 0, 0);
        }
    }
    seen = __atomic_load_n(&wake_count, __ATOMIC_SEQ_CST);
}
