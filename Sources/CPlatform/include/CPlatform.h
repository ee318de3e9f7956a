// What Swift can't say to the operating system by itself. Every function returns what the system
// call returns and leaves errno as it is.
#pragma once

#include "roost_alarm.h"
#include "roost_poll.h"
#include "roost_spawn.h"

#include <stdint.h>

#include "roost_sandbox.h"
#include "roost_tree.h"

/// Loads a shared word.
static inline uint64_t roost_atomic_load(const uint64_t *_Nonnull word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/// Stores a shared word.
static inline void roost_atomic_store(uint64_t *_Nonnull word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/// Replaces `expected` by `desired`; 0 when the word held something else.
static inline int roost_atomic_exchange(uint64_t *_Nonnull word, uint64_t expected,
                                        uint64_t desired) {
    return __atomic_compare_exchange_n(word, &expected, desired, 0, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/// Loads a shared 32-bit word.
static inline uint32_t roost_atomic_load32(const uint32_t *_Nonnull word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/// Stores a shared 32-bit word.
static inline void roost_atomic_store32(uint32_t *_Nonnull word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/// Writes the readable form of a Swift symbol into `out`; the count, or 0 when it is none.
int roost_demangle(const char *_Nonnull mangled, char *_Nonnull out, int capacity);

/// Opens a pipe whose ends are closed by exec: reading end, writing end.
int roost_pipe(int *_Nonnull ends);

/// Opens a directory for looking at it and through it only; a link is not followed.
int roost_open_step(int directory, const char *_Nonnull name);

/// Whether somebody has an open file open for writing: 1, 0, or -1 where the kernel won't say.
int roost_is_being_written(int file);

/// Sets how long a thread may run on while others wait, and with that how soon it gets its turn once
/// it has something to do; 0 or -1. Kernels before Linux 6.12 take it and do nothing.
int roost_set_slice(int32_t thread, uint64_t nanoseconds);

/// Has the calling thread go before all ordinary ones, but not the threads and processes that it starts;
/// 0 or -1, where the process may not.
int roost_go_first(void);

/// How long a thread may run on while others wait, in nanoseconds; 0 where the kernel doesn't say.
uint64_t roost_slice(int32_t thread);

/// Names the calling thread.
void roost_name_thread(const char *_Nonnull name);
