// A worker's thread, as the cell's other threads and its own signal handlers see it.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// How a worker's thread came to its end.
enum {
    CELL_RETURNED = 0,  // its body returned
    CELL_FAULT = 1,     // a signal that a fault raises
    CELL_ABORT = 2,     // abort()
    CELL_EXIT = 3,      // exit() and its kin
    CELL_ENDED = 4,     // the supervisor ended it
    CELL_RAISED = 5,    // a signal that it sent to its own process
};

/// How far a worker has come.
enum {
    CELL_CONFIGURING = 0,
    CELL_LOADING = 1,   // in the loader, whose lock it may hold
    CELL_STARTING = 2,  // in the plugin's entry or start-up
    CELL_SERVING = 3,
    CELL_DRAINING = 4,
    CELL_OVER = 5,
};

/// Why the supervisor asks a run to stop.
enum {
    CELL_VERDICT_NONE = 0,
    CELL_VERDICT_TIME = 1,
    CELL_VERDICT_CPU = 2,
    CELL_VERDICT_CANCELLED = 3,
    CELL_VERDICT_START = 4,
    CELL_VERDICT_SIDE_FAULT = 5,  // another thread of the plugin crashed
};

/// States of a run, in the low byte of `run_word`; the rest counts runs.
enum { CELL_RUN_NONE = 0, CELL_RUN_ACTIVE = 1, CELL_RUN_ENDING = 2 };

enum {
    CELL_FRAMES = 64,
    CELL_MESSAGE = 1024,
    CELL_LINE = 1024,
    CELL_CONTEXTS = 8,
    CELL_SIDES = 64,
};

/// What a fault left behind; written by the handler on the thread itself.
typedef struct cell_report {
    int32_t kind;  // CELL_FAULT, …
    int32_t signal;
    int32_t signal_code;
    int32_t exit_code;
    uint64_t address;
    uint64_t pc;
    int32_t stack_overflow;
    int32_t frame_count;
    uint64_t frames[CELL_FRAMES];
    char message[CELL_MESSAGE];
} cell_report;

struct cell_memory;
struct cell_thread;

/// What a plugin holds as its `roost_context`.
typedef struct cell_context {
    struct cell_thread *_Nonnull thread;
    uint64_t number;  // matches the thread's `context_number` while it is valid
} cell_context;

/// One of the two captured streams.
typedef struct cell_line {
    uint32_t count;
    char bytes[CELL_LINE];
} cell_line;

/// Called with a captured line; on the thread that wrote it.
typedef void (*cell_line_sink)(void *_Nonnull owner, uint32_t level, const char *_Nonnull bytes,
                               size_t count);

/// Another thread that runs code of the worker's plugin now.
typedef struct cell_side {
    pid_t tid;      // 0: the place is free
    int64_t began;  // its CPU time by then, in nanoseconds
} cell_side;

/// A worker's thread. Never freed, but used again by a later worker.
typedef struct cell_thread {
    void *_Nullable owner;  // the worker in Swift, retained
    cell_line_sink _Nullable line_sink;
    void *_Nullable executor;  // the worker's task executor, unretained; set by its own thread
    pid_t tid;
    pthread_t handle;
    uint64_t wake_fd;  // eventfd plus 1; 0 while there is none
    uintptr_t text_low, text_high, image_base;
    uintptr_t retried_pc;  // where a fetch failed once without a known reason
    uintptr_t stack_low, stack_high;
    uint64_t image_device, image_inode;  // while loading, to find its text

    uint64_t run_word;  // run number << 8 | CELL_RUN_…
    uint32_t stage;     // CELL_CONFIGURING, …
    uint32_t verdict;   // CELL_VERDICT_…; of the supervisor
    uint32_t done;      // futex: 1 when the thread has left its body
    uint32_t abandoned; // 1: it could not be ended; whatever it still sends is dropped
    uint32_t answered;  // 1: its end has been told; whatever it still sends is dropped
    uint32_t lost;      // 1: it has crashed after its body, and sleeps for ever
    uint32_t worn;      // 1: it went behind others and can't come back

    int64_t limit_deadline;  // CLOCK_MONOTONIC; INT64_MAX for none
    int64_t limit_cpu;       // ns of thread CPU time at which the run is over; INT64_MAX for none
    int64_t grace;
    int64_t run_started, run_cpu_started;
    uint32_t *_Nullable cancel_word;  // shared with the host
    uint32_t cancel_local;            // the supervisor's own word of the run
    uint32_t run_streamed;            // a response has begun
    uint32_t run_slot;
    uint64_t run_sequence;

    int64_t ended_at, ended_cpu;

    uint64_t context_number;  // of the valid context; 0 for none
    cell_context contexts[CELL_CONTEXTS];

    uint32_t blocking;    // > 0 while in a blocking call made by plugin code
    uint32_t in_handler;
    uint32_t sending;   // 1 while a frame is being sent
    uint32_t blamed;      // 1: another of its threads has filled the report
    uint32_t guarded;     // 1 while faults may jump to `jump`
    int32_t channel;      // the worker channel
    uint64_t number;       // names the worker within the process
    uint32_t side_threads; // threads that the plugin made and that still run, and pool threads
    uint32_t side_work;    // pieces of work that the plugin gave to pool threads and that aren't done
    int64_t side_cpu;      // ns of CPU time of those that are done
    cell_side sides[CELL_SIDES];
    struct cell_memory *_Nonnull memory;  // its slot's
    cell_report report;
    uint32_t message_count;
    char message[CELL_MESSAGE];  // what runtime and libraries last said on standard error
    cell_line lines[2];
    void *_Nonnull jump;  // sigjmp_buf
    char *_Nonnull alternate_stack;
    struct cell_thread *_Nullable next;
} cell_thread;

/// The body of a worker's thread.
typedef void (*cell_body)(cell_thread *_Nonnull thread, void *_Nullable owner);

/// Prepares handlers and hooks; once, on the main thread, before any worker.
/// `ended` is an eventfd that is written when a worker's thread has left its body.
void cell_install(int ended_fd);

/// A clean thread record; NULL when memory is short.
cell_thread *_Nullable cell_thread_make(void);

/// Starts the thread: 0 or an error number.
int cell_thread_start(cell_thread *_Nonnull thread, cell_body _Nonnull body, size_t stack);

/// Waits for the thread's end, which `done` has announced: 0, or -1 when it does not come within
/// about `patience` nanoseconds, because destructors of its plugin's hang or have crashed. Then the
/// thread is abandoned.
int cell_thread_join(cell_thread *_Nonnull thread, int64_t patience);

/// Takes the record back.
void cell_thread_recycle(cell_thread *_Nonnull thread);

/// The worker that the calling thread belongs to, also for threads that its plugin made.
cell_thread *_Nullable cell_thread_current(void);

/// Whether the caller is that worker's own thread.
int cell_thread_is_own(const cell_thread *_Nonnull thread);

/// Leaves the calling worker's thread at once, as if the supervisor had ended it.
_Noreturn void cell_thread_leave(void);

/// Gives the text back that `cell_thread_forbid_text` took, once the thread is gone or can't be ended.
void cell_thread_allow_text(const cell_thread *_Nonnull thread);

/// One attempt at ending a thread whose run was set to CELL_RUN_ENDING.
void cell_thread_forbid_text(const cell_thread *_Nonnull thread);
void cell_thread_kick(const cell_thread *_Nonnull thread);

/// The scheduler class for threads that can't be ended.
void cell_thread_set_idle(const cell_thread *_Nonnull thread);

/// Puts what is left of captured lines out.
void cell_thread_flush_lines(cell_thread *_Nonnull thread);

/// The thread's CPU time in nanoseconds; 0 when it is gone.
int64_t cell_thread_cpu_ns(const cell_thread *_Nonnull thread);

/// Faults on threads that belong to no worker, and threads lost in libraries, so far.
uint32_t cell_stray_faults(void);

/// Monotonic and calendar time in nanoseconds.
int64_t cell_now(void);
int64_t cell_unix_time(void);

static inline uint64_t cell_load64(const uint64_t *_Nonnull word) {
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}
static inline void cell_store64(uint64_t *_Nonnull word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}
static inline int cell_swap64(uint64_t *_Nonnull word, uint64_t expected, uint64_t desired) {
    return __atomic_compare_exchange_n(word, &expected, desired, 0, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}
static inline uint32_t cell_load32(const uint32_t *_Nonnull word) {
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}
static inline void cell_store32(uint32_t *_Nonnull word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/// Wakes the supervisor when a limit falls before its next look; see `cell_supervisor_wait`.
void cell_supervisor_note(int64_t limit);
/// Announces the next look.
void cell_supervisor_plan(int64_t next);
/// Sleeps until `next` or until woken; INT64_MAX for ever.
void cell_supervisor_wait(int64_t next);
