// How much of the processors a worker wants, and how far others go before it.
#pragma once

#include <stdint.h>

struct cell_thread;

/// The time for which a worker's thread has wanted a processor, in nanoseconds: what it and the threads
/// beside it used, and what it waited for one while others ran.
int64_t cell_thread_demand_ns(const struct cell_thread *_Nonnull thread);

/// The numbers of a worker's thread and of those that it made, at most `room`: how many there are.
int cell_thread_ids(const struct cell_thread *_Nonnull thread, uint32_t *_Nonnull ids, int room);

/// Lets other workers go before a worker's thread and those that it made, or no longer: 0, or an error
/// number where the kernel doesn't let it come back. See `roost_sandbox_allow_nice`.
int cell_thread_yield(const struct cell_thread *_Nonnull thread, int yields);
