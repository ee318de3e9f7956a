// Threads beside a worker's own, from within.
#pragma once

#include "private.h"

/// Counts the calling thread as one that runs the worker's code; from here to `leave` it is the
/// worker's. NULL when there are too many to be told apart.
cell_side *cell_side_enter(cell_thread *thread, int kind);
void cell_side_leave(cell_thread *thread, cell_side *side);

/// Ends the calling thread, which isn't a worker's own, where it stands; one of a pool sleeps for ever.
_Noreturn void cell_side_quit(cell_thread *thread);

/// Whether an address lies in the dispatch library or the concurrency runtime, which have pools of
/// threads and ways of their own to find a task's worker.
int cell_is_runtime(uintptr_t address);
