// Who asks for memory. The runtime keeps books that all plugins share, and changes them with a lock
// taken: were it refused there, the lock would stay taken. What it asks for on a program's behalf, the
// memory of objects, comes from a few functions that hold nothing.
#include "memory.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

typedef struct range {
    uintptr_t low, high;
} range;

static range runtime, fronts[3];

__thread uintptr_t cell_memory_asker __attribute__((tls_model("initial-exec")));

static int find_text(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    uintptr_t wanted = *(uintptr_t *)argument;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + header->p_vaddr, high = low + header->p_memsz;
        if (header->p_type != PT_LOAD || wanted < low || wanted >= high) continue;
        runtime = (range){low, high};
        return 1;
    }
    return 0;
}

static __attribute__((constructor)) void find_fronts(void) {
    static const char *const names[] = {"swift_slowAlloc", "swift_slowAllocTyped",
                                        "swift_coroFrameAlloc"};
    for (int i = 0; i < 3; i++) {
        uintptr_t start = (uintptr_t)dlsym(RTLD_DEFAULT, names[i]);
        if (!start) continue;
        if (!runtime.high) dl_iterate_phdr(find_text, &start);
        Dl_info info;
        void *symbol = 0;
        if (dladdr1((void *)start, &info, &symbol, RTLD_DL_SYMENT) && symbol)
            fronts[i] = (range){start, start + ((const ElfW(Sym) *)symbol)->st_size};
    }
}

static int lies_in(range range, uintptr_t address) {
    return address >= range.low && address < range.high;
}

int cell_memory_is_for_books(void) {
    uintptr_t asker = cell_memory_asker;
    if (!lies_in(runtime, asker)) return 0;
    // A call at a function's very end returns to behind it.
    for (int i = 0; i < 3; i++)
        if (lies_in(fronts[i], asker - 1)) return 0;
    return 1;
}
