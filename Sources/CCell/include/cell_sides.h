// Threads beside a worker's own that run its plugin's code: those that it made, and the dispatch
// library's while they do its work.
#pragma once

#include <stdint.h>

struct cell_thread;

/// Hands a piece of work to a worker's loop.
typedef void (*cell_work_sink)(void *_Nonnull owner, void (*_Nonnull body)(void *_Nullable),
                               void *_Nullable argument);

/// Sets who takes what plugins give to the main queue; once.
void cell_sides_install(cell_work_sink _Nonnull sink);

/// The CPU time of all threads of a worker in nanoseconds, its own included.
int64_t cell_sides_cpu_ns(const struct cell_thread *_Nonnull thread);

/// Ends the threads beside a worker's own, which runs no code of its plugin any more, and waits for up
/// to `patience` nanoseconds, or longer if they have had no processor; returns how many are left.
uint32_t cell_sides_stop(struct cell_thread *_Nonnull thread, int64_t patience);
