// What the parts of this target share.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include "cell_canary.h"
#include "cell_hooks.h"
#include "cell_image.h"
#include "cell_thread.h"

#define EXPORTED __attribute__((visibility("default"), used))
#define CELL_KICK_SIGNAL SIGUSR2

/// The worker that the calling thread belongs to; its own thread, or one that its plugin made.
extern __thread cell_thread *cell_current __attribute__((tls_model("initial-exec")));
/// What the calling thread is to that worker.
enum { CELL_OWN = 0, CELL_MADE = 1, CELL_POOL = 2 };
extern __thread int cell_on_side_thread __attribute__((tls_model("initial-exec")));
/// Whether the calling thread, a side thread, waits in a blocking call made by plugin code.
extern __thread int cell_side_waits __attribute__((tls_model("initial-exec")));

/// Addresses from `low` up to `high`.
typedef struct cell_range {
    uintptr_t low, high;
} cell_range;

static inline int cell_lies_in(cell_range range, uintptr_t address) {
    return address >= range.low && address < range.high;
}

/// The part of a loaded library in which an address lies; empty when there is none.
cell_range cell_range_around(uintptr_t address);

// Whether the thread's run is being ended, and its text taken away.
static inline int is_ending(const cell_thread *thread) {
    return (cell_load64(&thread->run_word) & 0xff) == CELL_RUN_ENDING;
}

static inline int cell_in_text(const cell_thread *thread, uintptr_t pc) {
    return pc >= thread->text_low && pc < thread->text_high;
}

/// The calling worker, while faults of its thread are contained.
static inline cell_thread *cell_guarded(void) {
    cell_thread *thread = cell_current;
    return thread && thread->guarded ? thread : 0;
}

/// The worker whose own thread the caller is, when its body is left: only destructors run then.
static inline cell_thread *cell_departed(void) {
    cell_thread *thread = cell_current;
    return thread && !cell_on_side_thread && cell_load32(&thread->done) ? thread : 0;
}

/// When the supervisor is to look next: INT64_MIN before its first announcement, INT64_MAX for never.
int64_t cell_supervisor_due(void);
/// Has the watcher look at supervisor and main thread.
void cell_watch_wake(void);

/// Ends the calling thread, a worker's own that has left its body, where it stands.
_Noreturn void cell_thread_lose(cell_thread *thread);

/// Installs the handler for C++ exceptions that nobody catches.
void cell_terminate_install(void);

/// Finds the worker in whose text an address lies.
cell_thread *cell_thread_of_text(uintptr_t pc);

/// Records the end and leaves the thread: a worker's own to its base, another for good.
_Noreturn void cell_depart(cell_thread *thread);

/// Fills `report` for an end that was asked for by a call (abort, exit), with its call chain.
void cell_record_call(cell_thread *thread, int kind, int exit_code, uintptr_t caller);

/// Takes what plugin, runtime or library wrote to standard output or error.
void cell_capture(cell_thread *thread, int stream, const char *bytes, size_t count,
                  int from_plugin);

void cell_faults_install(void);

/// The handler of the signals that faults bring.
void cell_on_fault(int signal, siginfo_t *info, void *context);

/// Counts a fault that costs the process a thread which isn't a plugin's.
void cell_stray_fault(void);

/// Ends a worker for what happened on another of its threads; `record` fills its report first.
void cell_blame_call(cell_thread *thread, int kind, int exit_code, uintptr_t caller);
void cell_signal_ended(void);
extern struct sigaction cell_old_actions[65];
