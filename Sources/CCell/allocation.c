// The allocator's front. A worker begins in the general store, and gets the arena of its slot when it
// has asked for so much that its limit may come to matter: most workers never do, and an arena costs
// 88 kB.
#include "real.h"

#include <errno.h>
#include <jemalloc/jemalloc.h>

#include "memory.h"

ORIGINAL(malloc)
ORIGINAL(calloc)
ORIGINAL(realloc)
ORIGINAL(aligned_alloc)
ORIGINAL(memalign)
ORIGINAL(posix_memalign)
ORIGINAL(valloc)

// Looking the real function up may itself ask for memory: until it has been found, there is none.
#define FRONT(name, size, early, refused, arguments)                                               \
    cell_memory_asker = CALLER;                                                                    \
    if (__builtin_expect(cell_memory_is_young, 0) && !cell_memory_expect(size)) return refused;    \
    if (__builtin_expect(!original_##name, 0)) return early;                                       \
    return original_##name arguments

static void *early(size_t size, int flags) {
    void *block = mallocx(size ? size : 1, flags);
    if (!block) errno = ENOMEM;
    return block;
}

static void *none(void) {
    errno = ENOMEM;
    return 0;
}

EXPORTED void *malloc(size_t size) { FRONT(malloc, size, early(size, 0), none(), (size)); }

EXPORTED void *calloc(size_t count, size_t size) {
    size_t all;
    if (__builtin_mul_overflow(count, size, &all)) all = PTRDIFF_MAX;
    FRONT(calloc, all, early(all, MALLOCX_ZERO), none(), (count, size));
}

EXPORTED void *realloc(void *block, size_t size) {
    FRONT(realloc, size, block ? rallocx(block, size ? size : 1, 0) : early(size, 0), none(),
          (block, size));
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size) {
    FRONT(aligned_alloc, size, early(size, MALLOCX_ALIGN(alignment)), none(),
          (alignment, size));
}

EXPORTED void *memalign(size_t alignment, size_t size) {
    FRONT(memalign, size, early(size, MALLOCX_ALIGN(alignment)), none(),
          (alignment, size));
}

EXPORTED void *valloc(size_t size) { FRONT(valloc, size, early(size, MALLOCX_ALIGN(4096)), none(), (size)); }

EXPORTED int posix_memalign(void **place, size_t alignment, size_t size) {
    FRONT(posix_memalign, size,
          (*place = early(size, MALLOCX_ALIGN(alignment))) ? 0 : ENOMEM, ENOMEM,
          (place, alignment, size));
}
