// The memory of one worker: the arena of its slot, and what its plugin maps, under one limit.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct cell_thread;

/// What was refused to a worker because of its limit; of the run that goes on.
typedef struct cell_refusal {
    uint32_t count;
    uint64_t asked;  // bytes of the last request
    uint64_t limit;
} cell_refusal;

/// Begins to count what the calling thread, a worker's own, allocates: in the general store at first.
void cell_memory_begin(struct cell_thread *_Nonnull thread);

/// The calling thread, a worker's own, ends: what it holds is counted for the last time.
void cell_memory_leave(struct cell_thread *_Nonnull thread);

/// Gives the calling thread, a worker's own, the arena of its slot, if it has it not yet. What earlier
/// workers of the slot have left there isn't this one's.
void cell_memory_settle(struct cell_thread *_Nonnull thread);

/// Binds the calling thread, which works for a worker beside its own, to the worker's arena.
void cell_memory_share(struct cell_thread *_Nonnull thread);

/// Binds the calling thread to no worker's arena again.
void cell_memory_unshare(void);

/// Sets the limit in bytes; 0 for none. It holds from the next request for memory on.
void cell_memory_set_limit(struct cell_thread *_Nonnull thread, uint64_t limit);

/// Begins a run: peak and refusals count from here. On the worker's own thread.
void cell_memory_reset(struct cell_thread *_Nonnull thread);

/// The most that the worker has held since the last reset, in bytes. On its own thread.
uint64_t cell_memory_peak(const struct cell_thread *_Nonnull thread);

/// The same in whole pages, as the limit counts; on any thread.
uint64_t cell_memory_page_peak(const struct cell_thread *_Nonnull thread);

/// What the worker holds now, in bytes and without what the allocator keeps to use again. On its own
/// thread.
uint64_t cell_memory_live(const struct cell_thread *_Nonnull thread);

/// What the worker holds now in whole pages, as the limit counts; on any thread.
uint64_t cell_memory_pages(const struct cell_thread *_Nonnull thread);

/// Whether the allocator had to give pages back to stay within the limit since the last reset.
int cell_memory_was_squeezed(const struct cell_thread *_Nonnull thread);

/// What has been refused since the last reset.
cell_refusal cell_memory_refusal(const struct cell_thread *_Nonnull thread);

/// Gives back what an ended worker certainly doesn't need any more, and returns the bytes that stay:
/// runtime and libraries may hold on to them, so that nothing tells what is a leak.
uint64_t cell_memory_end(struct cell_thread *_Nonnull thread);

/// Counts memory that doesn't come from the arena; 0 when the limit has no room for it.
int cell_memory_charge(struct cell_thread *_Nonnull thread, size_t bytes);
void cell_memory_discharge(struct cell_thread *_Nonnull thread, size_t bytes);

/// Lets the calling thread pass its worker's limit until it is taken back: for what the cell does there
/// itself, perhaps with a lock taken that others need.
void cell_memory_exempt(int is_exempt);
