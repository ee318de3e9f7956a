// The libc function behind one that this target defines in its place.
#pragma once

#include "private.h"
#include <dlfcn.h>

/// Finds the function behind `name` when the program starts: later a lookup could wait for ever for
/// the loader's lock, which a plugin may have died with.
#define ORIGINAL(name)                                                                             \
    static __typeof__(name) *original_##name;                                                      \
    static __attribute__((constructor)) void find_##name(void) {                                   \
        original_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                             \
    }

/// The same for a function of which glibc has an older version, with another layout, too.
#define ORIGINAL_VERSION(name, version)                                                            \
    static __typeof__(name) *original_##name;                                                      \
    static __attribute__((constructor)) void find_##name(void) {                                   \
        original_##name = (__typeof__(name) *)dlvsym(RTLD_NEXT, #name, version);                   \
    }

/// Makes `real` the function behind `name`, also when a library calls before this target's start.
#define REAL(name)                                                                                 \
    if (!original_##name) find_##name();                                                           \
    __typeof__(name) *real = original_##name

/// The same under another name, where a function needs two.
#define REAL_AS(variable, name)                                                                    \
    if (!original_##name) find_##name();                                                           \
    __typeof__(name) *variable = original_##name

#define CALLER ((uintptr_t)__builtin_return_address(0))

/// The calling worker, when the call comes from its plugin's text and its own thread.
static inline cell_thread *cell_called_by_plugin(uintptr_t caller) {
    cell_thread *thread = cell_guarded();
    return thread && cell_in_text(thread, caller) ? thread : 0;
}

/// Where a thread says that it waits in a call of its plugin's: a worker's own in its record.
static inline uint32_t *cell_waits_of(cell_thread *thread) {
    return cell_on_side_thread ? (uint32_t *)&cell_side_waits : &thread->blocking;
}
