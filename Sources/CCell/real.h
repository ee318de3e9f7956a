// The libc function behind one that this target defines in its place.
#pragma once

#include "private.h"
#include <dlfcn.h>

#define REAL(name)                                                                                 \
    static __typeof__(name) *real;                                                                 \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define CALLER ((uintptr_t)__builtin_return_address(0))

/// The calling worker, when the call comes from its plugin's text and its own thread.
static inline cell_thread *cell_called_by_plugin(uintptr_t caller) {
    cell_thread *thread = cell_guarded();
    return thread && cell_in_text(thread, caller) ? thread : 0;
}
