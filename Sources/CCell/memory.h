// What is counted of a worker's memory.
#pragma once

#include "private.h"
#include <jemalloc/jemalloc.h>

#include "cell_memory.h"

/// Pages from one address to another that a plugin has mapped.
typedef struct cell_mapping {
    uintptr_t low, high;
} cell_mapping;

/// One slot's memory. Lives as long as the process, since its arena does.
typedef struct cell_memory {
    extent_hooks_t hooks;  // first: the allocator hands its address back
    unsigned arena;        // 0 while there is none
    uint64_t mapped;       // pages of the arena
    uint64_t base;         // those that were there before the worker
    uint64_t general;      // what of the worker's lies in the general store, at most
    uint64_t charged;      // what doesn't come from the arena
    uint64_t limit;        // 0 for none
    uint64_t peak, charged_peak;
    uint64_t own_before;             // of the worker's own thread, at the last reset
    const uint64_t *allocated, *freed;  // the counters of that thread, while it lives
    uint64_t allocated_before;          // when the worker began
    uint32_t is_young;                  // has no arena yet
    uint32_t is_shared;              // other threads allocate too
    uint32_t squeezed;
    cell_refusal refusal;
    pthread_mutex_t mappings_lock;
    cell_mapping *mappings;
    uint32_t mapping_count;
} cell_memory;

/// Whether the calling thread is a worker's own that has no arena yet.
extern __thread int cell_memory_is_young __attribute__((tls_model("initial-exec")));

/// Where the calling thread's last request for memory came from.
extern __thread uintptr_t cell_memory_asker __attribute__((tls_model("initial-exec")));

/// Whether that was the runtime, for its own books.
int cell_memory_is_for_books(void);

/// Called on a young worker's own thread before it gets `size` bytes: may give it its arena. 0 when it
/// has to go without either.
int cell_memory_expect(size_t size);

/// Gives back what a plugin has mapped and not unmapped.
void cell_mappings_drop(cell_memory *memory);
