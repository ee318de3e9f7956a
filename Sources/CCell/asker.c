// Who asks for memory. The runtime keeps books that all plugins share, and changes them with a lock
// taken: were it refused there, the lock would stay taken. What it asks for on a program's behalf, the
// memory of objects, comes from a few functions that hold nothing.
#include "memory.h"

#include <dlfcn.h>
#include <link.h>

static cell_range runtime, fronts[3];

__thread uintptr_t cell_memory_asker __attribute__((tls_model("initial-exec")));

static __attribute__((constructor)) void find_fronts(void) {
    static const char *const names[] = {"swift_slowAlloc", "swift_slowAllocTyped",
                                        "swift_coroFrameAlloc"};
    for (int i = 0; i < 3; i++) {
        uintptr_t start = (uintptr_t)dlsym(RTLD_DEFAULT, names[i]);
        if (!start) continue;
        if (!runtime.high) runtime = cell_range_around(start);
        Dl_info info;
        void *symbol = 0;
        if (dladdr1((void *)start, &info, &symbol, RTLD_DL_SYMENT) && symbol)
            fronts[i] = (cell_range){start, start + ((const ElfW(Sym) *)symbol)->st_size};
    }
}

int cell_memory_is_for_books(void) {
    uintptr_t asker = cell_memory_asker;
    if (!cell_lies_in(runtime, asker)) return 0;
    // A call at a function's very end returns to behind it.
    for (int i = 0; i < 3; i++)
        if (cell_lies_in(fronts[i], asker - 1)) return 0;
    return 1;
}
