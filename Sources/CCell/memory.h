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
    uint64_t charged;      // what doesn't come from the arena
    uint64_t limit;        // 0 for none
    uint64_t peak, charged_peak;
    uint64_t own_before;             // of the worker's own thread, at the last reset
    const uint64_t *allocated, *freed;  // its counters, while it lives
    uint32_t is_shared;              // other threads allocate too
    uint32_t squeezed;
    uint32_t exempt;
    cell_refusal refusal;
    pthread_mutex_t mappings_lock;
    cell_mapping *mappings;
    uint32_t mapping_count;
} cell_memory;

/// Gives back what a plugin has mapped and not unmapped.
void cell_mappings_drop(cell_memory *memory);
