// One arena of the allocator for each slot whose workers need it, whose extent hooks count pages and
// refuse them beyond the limit. An arena is never reset: runtime and libraries allocate on workers'
// threads too, and keep it.
#include "private.h"

#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <stdio.h>

#include "cell_memory.h"
#include "memory.h"

// Few arenas beside those of the slots, and small caches: a cell has hundreds of threads, most of them
// idle.
EXPORTED const char *malloc_conf =
    "retain:false,background_thread:false,narenas:4,dirty_decay_ms:1000,muzzy_decay_ms:0,"
    "tcache_max:4096,tcache_nslots_small_max:32,tcache_nslots_large:4";

// What a worker may ask for in all before it gets an arena, at most and with a low limit.
enum { YOUNG = 1 << 20, YOUNG_SHARE = 16 };
// The part of the limit that is left for small requests: the runtime makes those with locks of its own
// taken, and whoever meets the limit with a larger one needs some to say so.
enum { RESERVE_SHARE = 32, SMALL = 80 << 10 };

__thread int cell_memory_is_young __attribute__((tls_model("initial-exec")));
// How many parts of the cell are at work on the calling thread that may pass its limit.
static __thread int exempt __attribute__((tls_model("initial-exec")));

static extent_hooks_t *plain;
static size_t peak_read[3], peak_reset[3], bind_arena[3], purge_arena[3], flush_cache[3];
static size_t peak_read_length, peak_reset_length, bind_length, purge_length, flush_length;

static size_t find(const char *name, size_t *numbers) {
    size_t length = 3;
    return mallctlnametomib(name, numbers, &length) == 0 ? length : 0;
}

static __attribute__((constructor)) void find_names(void) {
    peak_read_length = find("thread.peak.read", peak_read);
    peak_reset_length = find("thread.peak.reset", peak_reset);
    bind_length = find("thread.arena", bind_arena);
    purge_length = find("arena.0.purge", purge_arena);
    flush_length = find("thread.tcache.flush", flush_cache);
    size_t size = sizeof plain;
    if (mallctl("arena.0.extent_hooks", &plain, &size, 0, 0)) plain = 0;
}

static void purge(const cell_memory *memory) {
    size_t numbers[3] = {purge_arena[0], memory->arena, purge_arena[2]};
    if (purge_length) mallctlbymib(numbers, purge_length, 0, 0, 0, 0);
}

// What the worker's own thread has allocated and not freed; UINT64_MAX when it can't be known.
static uint64_t own(const cell_memory *memory) {
    if (!memory->allocated || !memory->freed) return UINT64_MAX;
    int64_t bytes = (int64_t)(*memory->allocated - *memory->freed);
    return bytes > 0 ? (uint64_t)bytes : 0;
}

// Its part of the general store. Of a settled worker nothing more comes to lie there.
static uint64_t general(const cell_memory *memory) {
    uint64_t most = cell_load64(&memory->general), now = own(memory);
    if (cell_load32(&memory->is_young)) return now == UINT64_MAX ? 0 : now;
    return now < most ? now : most;
}

static uint64_t held(const cell_memory *memory) {
    int64_t pages = (int64_t)(cell_load64(&memory->mapped) - memory->base);
    return (pages > 0 ? (uint64_t)pages : 0) + general(memory) + cell_load64(&memory->charged);
}

static void raise_to(uint64_t *peak, uint64_t value) {
    uint64_t before = __atomic_load_n(peak, __ATOMIC_RELAXED);
    while (value > before && !__atomic_compare_exchange_n(peak, &before, value, 1, __ATOMIC_RELAXED,
                                                          __ATOMIC_RELAXED)) {}
}

// Whether the worker may hold so much after a request of `size`.
static int has_room(const cell_memory *memory, uint64_t bytes, size_t size) {
    uint64_t limit = cell_load64(&memory->limit);
    if (limit == 0 || exempt) return 1;
    return bytes <= (size <= SMALL ? limit : limit - limit / RESERVE_SHARE);
}

static int refuse(cell_memory *memory, size_t size) {
    memory->refusal.asked = size;
    memory->refusal.limit = cell_load64(&memory->limit);
    __atomic_add_fetch(&memory->refusal.count, 1, __ATOMIC_SEQ_CST);
    return 0;
}

// Counts `size` more in `counter`, if the limit has room.
static int reserve(cell_memory *memory, uint64_t *counter, size_t size) {
    int is_mapped = counter == &memory->charged;
    for (int attempt = 0;; attempt++) {
        __atomic_add_fetch(counter, size, __ATOMIC_SEQ_CST);
        uint64_t now = held(memory);
        if (has_room(memory, now, size) || (!is_mapped && cell_memory_is_for_books())) {
            raise_to(&memory->peak, now);
            return 1;
        }
        __atomic_sub_fetch(counter, size, __ATOMIC_SEQ_CST);
        if (attempt > 0 || size > cell_load64(&memory->limit)) return refuse(memory, size);
        // The allocator keeps pages for a while that nobody uses.
        cell_store32(&memory->squeezed, 1);
        purge(memory);
    }
}

static void *map_extent(extent_hooks_t *hooks, void *at, size_t size, size_t alignment, bool *zero,
                        bool *commit, unsigned arena) {
    cell_memory *memory = (cell_memory *)hooks;
    if (!reserve(memory, &memory->mapped, size)) return 0;
    void *block = plain->alloc(plain, at, size, alignment, zero, commit, arena);
    if (!block) __atomic_sub_fetch(&memory->mapped, size, __ATOMIC_SEQ_CST);
    return block;
}

static bool unmap_extent(extent_hooks_t *hooks, void *block, size_t size, bool committed,
                         unsigned arena) {
    if (plain->dalloc(plain, block, size, committed, arena)) return true;
    __atomic_sub_fetch(&((cell_memory *)hooks)->mapped, size, __ATOMIC_SEQ_CST);
    return false;
}

static void destroy_extent(extent_hooks_t *hooks, void *block, size_t size, bool committed,
                           unsigned arena) {
    plain->destroy(plain, block, size, committed, arena);
    __atomic_sub_fetch(&((cell_memory *)hooks)->mapped, size, __ATOMIC_SEQ_CST);
}

// An arena whose own books come from the general store, so that its pages are the plugin's only.
static int make_arena(cell_memory *memory) {
    if (!plain) return -1;
    memory->hooks = *plain;
    memory->hooks.alloc = map_extent;
    memory->hooks.dalloc = unmap_extent;
    memory->hooks.destroy = destroy_extent;
    struct { extent_hooks_t *hooks; bool metadata_use_hooks; } wish = {&memory->hooks, false};
    size_t size = sizeof memory->arena;
    if (mallctl("experimental.arenas_create_ext", &memory->arena, &size, &wish, sizeof wish) == 0)
        return 0;
    return mallctl("arenas.create", &memory->arena, &size, &wish.hooks, sizeof wish.hooks) ? -1 : 0;
}

static int bind_to(const cell_memory *memory) {
    unsigned arena = memory->arena;
    if (!arena || !bind_length) return -1;
    return mallctlbymib(bind_arena, bind_length, 0, 0, &arena, sizeof arena) ? -1 : 0;
}

void cell_memory_begin(cell_thread *thread) {
    cell_memory *memory = thread->memory;
    memory->base = cell_load64(&memory->mapped);
    cell_store64(&memory->general, 0);
    cell_store64(&memory->charged, 0);
    cell_store64(&memory->peak, 0);
    memory->is_shared = memory->squeezed = 0;
    memory->refusal = (cell_refusal){0};
    size_t size = sizeof memory->allocated;
    if (mallctl("thread.allocatedp", &memory->allocated, &size, 0, 0)) memory->allocated = 0;
    if (mallctl("thread.deallocatedp", &memory->freed, &size, 0, 0)) memory->freed = 0;
    memory->allocated_before = memory->allocated ? *memory->allocated : 0;
    cell_store32(&memory->is_young, 1);
    cell_memory_is_young = 1;
}

void cell_memory_leave(cell_thread *thread) {
    cell_memory *memory = thread->memory;
    cell_memory_is_young = 0;
    cell_store64(&memory->general, general(memory));
    cell_store32(&memory->is_young, 0);
    // They go with the thread.
    memory->allocated = memory->freed = 0;
}

void cell_memory_settle(cell_thread *thread) {
    cell_memory *memory = thread->memory;
    if (!cell_memory_is_young) return;
    // What follows allocates too.
    cell_memory_is_young = 0;
    if ((!memory->arena && make_arena(memory)) || bind_to(memory)) {
        cell_memory_is_young = 1;
        return;
    }
    // What it has of the general store at hand would be used on, and not counted.
    if (flush_length) mallctlbymib(flush_cache, flush_length, 0, 0, 0, 0);
    cell_store64(&memory->general, general(memory));
    cell_store32(&memory->is_young, 0);
}

int cell_memory_expect(size_t size) {
    cell_thread *thread = cell_current;
    cell_memory *memory = thread->memory;
    uint64_t limit = cell_load64(&memory->limit), most = YOUNG;
    if (limit && limit / YOUNG_SHARE < most) most = limit / YOUNG_SHARE;
    uint64_t all = memory->allocated ? *memory->allocated - memory->allocated_before : UINT64_MAX;
    if (all <= most && size <= most - all) return 1;
    cell_memory_settle(thread);
    // Without an arena, its bytes are counted instead of its pages.
    if (!cell_memory_is_young || has_room(memory, held(memory) + size, size) ||
        cell_memory_is_for_books())
        return 1;
    return refuse(memory, size);
}

void cell_memory_share(cell_thread *thread) {
    cell_store32(&thread->memory->is_shared, 1);
    bind_to(thread->memory);
}

void cell_memory_unshare(void) {
    unsigned general = 0;
    if (bind_length) mallctlbymib(bind_arena, bind_length, 0, 0, &general, sizeof general);
}

void cell_memory_set_limit(cell_thread *thread, uint64_t limit) {
    cell_store64(&thread->memory->limit, limit);
}

void cell_memory_reset(cell_thread *thread) {
    cell_memory *memory = thread->memory;
    if (peak_reset_length) mallctlbymib(peak_reset, peak_reset_length, 0, 0, 0, 0);
    memory->own_before = own(memory);
    cell_store64(&memory->charged_peak, cell_load64(&memory->charged));
    cell_store64(&memory->peak, held(memory));
    cell_store32(&memory->squeezed, 0);
    cell_store32(&memory->refusal.count, 0);
}

uint64_t cell_memory_page_peak(const cell_thread *thread) {
    uint64_t peak = cell_load64(&thread->memory->peak), now = held(thread->memory);
    return now > peak ? now : peak;
}

uint64_t cell_memory_peak(const cell_thread *thread) {
    const cell_memory *memory = thread->memory;
    uint64_t pages = cell_load64(&memory->peak), more = 0;
    size_t size = sizeof more;
    // The thread's own counts are exact, but know nothing of other threads.
    if (cell_load32(&memory->is_shared) || memory->own_before == UINT64_MAX || !peak_read_length ||
        mallctlbymib(peak_read, peak_read_length, &more, &size, 0, 0))
        return pages;
    uint64_t exact = memory->own_before + more + cell_load64(&memory->charged_peak);
    return exact < pages || cell_load32(&memory->is_young) ? exact : pages;
}

uint64_t cell_memory_live(const cell_thread *thread) {
    const cell_memory *memory = thread->memory;
    uint64_t pages = held(memory), exact = own(memory);
    if (cell_load32(&memory->is_shared) || exact == UINT64_MAX) return pages;
    exact += cell_load64(&memory->charged);
    return exact < pages ? exact : pages;
}

uint64_t cell_memory_pages(const cell_thread *thread) { return held(thread->memory); }

int cell_memory_was_squeezed(const cell_thread *thread) {
    return cell_load32(&thread->memory->squeezed) != 0;
}

cell_refusal cell_memory_refusal(const cell_thread *thread) { return thread->memory->refusal; }

uint64_t cell_memory_end(cell_thread *thread) {
    cell_memory *memory = thread->memory;
    cell_mappings_drop(memory);
    cell_store64(&memory->limit, 0);
    if (memory->arena) purge(memory);
    return held(memory);
}

int cell_memory_charge(cell_thread *thread, size_t bytes) {
    cell_memory *memory = thread->memory;
    if (!reserve(memory, &memory->charged, bytes)) return 0;
    raise_to(&memory->charged_peak, cell_load64(&memory->charged));
    return 1;
}

void cell_memory_discharge(cell_thread *thread, size_t bytes) {
    __atomic_sub_fetch(&thread->memory->charged, bytes, __ATOMIC_SEQ_CST);
}

void cell_memory_exempt(int is_exempt) { exempt += is_exempt ? 1 : -1; }
