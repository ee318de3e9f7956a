#include "private.h"

#include <jemalloc/jemalloc.h>

// Few arenas and small caches: a cell has hundreds of threads, most of them idle.
EXPORTED const char *malloc_conf =
    "retain:false,background_thread:false,narenas:4,dirty_decay_ms:1000,muzzy_decay_ms:0,"
    "tcache_max:4096,tcache_nslots_small_max:32,tcache_nslots_large:4";

static size_t peak_read[3], peak_reset[3];
static size_t read_length, reset_length;

static __attribute__((constructor)) void find_names(void) {
    size_t length = 3;
    if (mallctlnametomib("thread.peak.read", peak_read, &length) == 0) read_length = length;
    length = 3;
    if (mallctlnametomib("thread.peak.reset", peak_reset, &length) == 0) reset_length = length;
}

uint64_t cell_memory_peak(void) {
    uint64_t value = 0;
    size_t size = sizeof value;
    if (!read_length || mallctlbymib(peak_read, read_length, &value, &size, 0, 0)) return 0;
    return value;
}

void cell_memory_reset(void) {
    if (reset_length) mallctlbymib(peak_reset, reset_length, 0, 0, 0, 0);
}
