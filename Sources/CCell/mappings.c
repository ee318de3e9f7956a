// What plugins map themselves counts as their memory, and is given back when they have ended.
#include "real.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include "memory.h"

ORIGINAL(mmap)
ORIGINAL(mprotect)
ORIGINAL(mremap)
ORIGINAL(munmap)

enum { PAGE = 4096, MAPPINGS = 16 * PAGE / sizeof(cell_mapping) };

static size_t whole_pages(size_t size) { return (size + PAGE - 1) & ~(size_t)(PAGE - 1); }

// Remembers a mapping; one that can't be remembered stays counted for as long as the worker lives.
static void add(cell_memory *memory, uintptr_t low, uintptr_t high) {
    if (!memory->mappings) {
        REAL(mmap);
        void *room = real(0, MAPPINGS * sizeof(cell_mapping), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (room == MAP_FAILED) return;
        memory->mappings = room;
    }
    for (uint32_t i = 0; i < memory->mapping_count; i++) {
        cell_mapping *mapping = &memory->mappings[i];
        if (mapping->high == low) mapping->high = high;
        else if (mapping->low == high) mapping->low = low;
        else continue;
        return;
    }
    if (memory->mapping_count < MAPPINGS)
        memory->mappings[memory->mapping_count++] = (cell_mapping){low, high};
}

// What a mapping has in common with a range; empty when `low` isn't below `high`.
static cell_mapping common(const cell_mapping *mapping, uintptr_t low, uintptr_t high) {
    return (cell_mapping){mapping->low > low ? mapping->low : low,
                          mapping->high < high ? mapping->high : high};
}

// Forgets what of a range is remembered, and says how much that is.
static size_t cut(cell_memory *memory, uintptr_t low, uintptr_t high) {
    size_t bytes = 0;
    for (uint32_t i = 0; i < memory->mapping_count;) {
        cell_mapping *mapping = &memory->mappings[i];
        cell_mapping part = common(mapping, low, high);
        if (part.low >= part.high) {
            i++;
            continue;
        }
        bytes += part.high - part.low;
        cell_mapping rest = {part.high, mapping->high};
        mapping->high = part.low;
        if (mapping->low == mapping->high) {
            *mapping = memory->mappings[--memory->mapping_count];
            if (rest.low < rest.high) add(memory, rest.low, rest.high);
            continue;
        }
        if (rest.low < rest.high) add(memory, rest.low, rest.high);
        i++;
    }
    return bytes;
}

// How much of a range is remembered.
static size_t counted(cell_thread *thread, void *at, size_t size) {
    cell_memory *memory = thread->memory;
    uintptr_t low = (uintptr_t)at, high = low + size;
    size_t bytes = 0;
    pthread_mutex_lock(&memory->mappings_lock);
    for (uint32_t i = 0; i < memory->mapping_count; i++) {
        cell_mapping part = common(&memory->mappings[i], low, high);
        if (part.low < part.high) bytes += part.high - part.low;
    }
    pthread_mutex_unlock(&memory->mappings_lock);
    return bytes;
}

static size_t forget(cell_thread *thread, void *at, size_t size) {
    cell_memory *memory = thread->memory;
    uintptr_t low = (uintptr_t)at;
    pthread_mutex_lock(&memory->mappings_lock);
    size_t bytes = cut(memory, low, low + size);
    pthread_mutex_unlock(&memory->mappings_lock);
    if (bytes) cell_memory_discharge(thread, bytes);
    return bytes;
}

static void remember(cell_thread *thread, void *at, size_t size) {
    cell_memory *memory = thread->memory;
    pthread_mutex_lock(&memory->mappings_lock);
    add(memory, (uintptr_t)at, (uintptr_t)at + size);
    pthread_mutex_unlock(&memory->mappings_lock);
}

void cell_mappings_drop(cell_memory *memory) {
    REAL(munmap);
    for (uint32_t i = 0; i < memory->mapping_count; i++)
        real((void *)memory->mappings[i].low, memory->mappings[i].high - memory->mappings[i].low);
    memory->mapping_count = 0;
}

// Memory of the mapping's own: what can be written and belongs to no file.
static int is_memory(int protection, int flags) {
    return (protection & PROT_WRITE) && ((flags & MAP_ANONYMOUS) || (flags & MAP_PRIVATE));
}

static void *map(cell_thread *thread, void *at, size_t size, int protection, int flags,
                 int descriptor, off_t offset) {
    REAL(mmap);
    if (!thread) return real(at, size, protection, flags, descriptor, offset);
    size_t bytes = is_memory(protection, flags) ? whole_pages(size) : 0;
    if (bytes && !cell_memory_charge(thread, bytes)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    void *block = real(at, size, protection, flags, descriptor, offset);
    if (block == MAP_FAILED) {
        if (bytes) cell_memory_discharge(thread, bytes);
        return block;
    }
    if (flags & MAP_FIXED) forget(thread, block, whole_pages(size));
    if (bytes) remember(thread, block, bytes);
    return block;
}

EXPORTED void *mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset) {
    return map(cell_called_by_plugin(CALLER), at, size, protection, flags, descriptor, offset);
}

EXPORTED void *mmap64(void *at, size_t size, int protection, int flags, int descriptor,
                      off_t offset) {
    return map(cell_called_by_plugin(CALLER), at, size, protection, flags, descriptor, offset);
}

// Whoever unmaps it, a library or the runtime on the plugin's behalf: the addresses may be another's at
// once, so they are forgotten before.
EXPORTED int munmap(void *at, size_t size) {
    cell_thread *thread = cell_current;
    REAL(munmap);
    int is_whole = (uintptr_t)at % PAGE == 0 && size > 0;
    if (!thread || !is_whole || !cell_load32(&thread->memory->mapping_count)) return real(at, size);
    size_t bytes = forget(thread, at, whole_pages(size));
    int result = real(at, size);
    // Still there, and counted for as long as the worker lives.
    if (result && bytes) __atomic_add_fetch(&thread->memory->charged, bytes, __ATOMIC_SEQ_CST);
    return result;
}

// What was only reserved counts from when it can be written.
EXPORTED int mprotect(void *at, size_t size, int protection) {
    cell_thread *thread = cell_called_by_plugin(CALLER);
    REAL(mprotect);
    if (!thread || !(protection & PROT_WRITE)) return real(at, size, protection);
    size_t all = whole_pages(size), before = counted(thread, at, all);
    size_t more = all > before ? all - before : 0;
    if (more && !cell_memory_charge(thread, more)) {
        errno = ENOMEM;
        return -1;
    }
    int result = real(at, size, protection);
    if (!more) return result;
    if (result) {
        cell_memory_discharge(thread, more);
    } else {
        forget(thread, at, all);
        __atomic_add_fetch(&thread->memory->charged, before, __ATOMIC_SEQ_CST);
        remember(thread, at, all);
    }
    return result;
}

EXPORTED void *mremap(void *at, size_t size, size_t wanted, int flags, ...) {
    va_list list;
    va_start(list, flags);
    void *to = flags & MREMAP_FIXED ? va_arg(list, void *) : 0;
    va_end(list);
    cell_thread *thread = cell_called_by_plugin(CALLER);
    REAL(mremap);
    size_t before = whole_pages(size), after = whole_pages(wanted);
    size_t more = thread && after > before ? after - before : 0;
    if (more && !cell_memory_charge(thread, more)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    void *block = real(at, size, wanted, flags, to);
    if (more) cell_memory_discharge(thread, more);
    if (!thread || block == MAP_FAILED) return block;
    size_t counted = forget(thread, at, before);
    if (!counted) return block;
    __atomic_add_fetch(&thread->memory->charged, after, __ATOMIC_SEQ_CST);
    remember(thread, block, after);
    return block;
}
