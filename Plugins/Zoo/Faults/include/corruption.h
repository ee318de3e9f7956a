// Writes that destroy what a plugin shares with its cell. Each goes on afterwards as if nothing had
// happened, as real ones do.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// Frees a block twice and uses what the allocator then gives out twice.
long zoo_double_free_and_use(void);

/// Writes so many bytes from the start of a block of 64, and goes on using the heap.
long zoo_overrun(long bytes);

/// Overwrites the writable data of a loaded library whose path contains `name`, of the program itself
/// where that is empty: how many bytes.
long zoo_overwrite_library(const char *name);

/// Overwrites all memory of the process that belongs to nobody in particular, but for the calling
/// thread's stack and heap: neighbours' heaps and stacks.
long zoo_overwrite_neighbours(void);

#ifdef __cplusplus
}
#endif
