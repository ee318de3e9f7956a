#include "private.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAXIMUM_IMAGES = 4096, NAME_BITS = 24 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct { dev_t device; ino_t inode; } loaded[MAXIMUM_IMAGES];
static uint32_t loaded_count;
static uint32_t name_count;
static uint32_t loader_is_stuck;

// The loader gives an image that it has when it sees the same inode again.
static int seen_before(const struct stat *status) {
    int seen = 0;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < loaded_count && !seen; i++)
        seen = loaded[i].device == status->st_dev && loaded[i].inode == status->st_ino;
    if (!seen && loaded_count < MAXIMUM_IMAGES) {
        loaded[loaded_count].device = status->st_dev;
        loaded[loaded_count].inode = status->st_ino;
        loaded_count++;
    }
    pthread_mutex_unlock(&lock);
    return seen;
}

static int copy_image(int from, off_t size) {
    int to = memfd_create("image", MFD_CLOEXEC);
    if (to < 0 || ftruncate(to, size)) return to;
    void *source = mmap(0, (size_t)size, PROT_READ, MAP_PRIVATE, from, 0);
    if (source == MAP_FAILED) {
        close(to);
        return -1;
    }
    size_t done = 0;
    while (done < (size_t)size) {
        ssize_t count = syscall(SYS_write, to, (const char *)source + done, (size_t)size - done);
        if (count <= 0) break;
        done += (size_t)count;
    }
    munmap(source, (size_t)size);
    if (done == (size_t)size) return to;
    close(to);
    return -1;
}

// The same file under a spelling that was never used: each bit of a count is "/" or "./".
static void spell(int descriptor, char *name, size_t size) {
    uint32_t count = __atomic_fetch_add(&name_count, 1, __ATOMIC_RELAXED);
    size_t used = (size_t)snprintf(name, size, "/proc/self/");
    for (int bit = 0; bit < NAME_BITS; bit++)
        used += (size_t)snprintf(name + used, size - used, count >> bit & 1 ? "./" : "/");
    snprintf(name + used, size - used, "fd/%d", descriptor);
}

struct search {
    uintptr_t base, low, high;
};

static int take_text(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct search *search = argument;
    if (info->dlpi_addr != search->base) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X)) continue;
        uintptr_t low = (info->dlpi_addr + header->p_vaddr) & ~(uintptr_t)4095;
        uintptr_t high =
            (info->dlpi_addr + header->p_vaddr + header->p_memsz + 4095) & ~(uintptr_t)4095;
        if (!search->high || low < search->low) search->low = low;
        if (high > search->high) search->high = high;
    }
    return 1;
}

static int open_named(int descriptor, cell_image *image, char *error, size_t error_size) {
    char name[256];
    spell(descriptor, name, sizeof name);
    image->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!image->handle) {
        const char *text = dlerror();
        snprintf(error, error_size, "%s", text ? text : "the loader gave no reason");
        return -1;
    }
    struct link_map *map = 0;
    dlinfo(image->handle, RTLD_DI_LINKMAP, &map);
    struct search search = {map ? map->l_addr : 0, 0, 0};
    dl_iterate_phdr(take_text, &search);
    image->base = search.base;
    image->text_low = search.low;
    image->text_high = search.high;
    return 0;
}

int cell_image_open(int descriptor, cell_image *image, char *error, size_t error_size) {
    struct stat status;
    memset(image, 0, sizeof *image);
    if (fstat(descriptor, &status)) {
        snprintf(error, error_size, "the image's descriptor can't be read: %s", strerror(errno));
        return -1;
    }
    int copy = -1;
    if (seen_before(&status)) {
        copy = copy_image(descriptor, status.st_size);
        if (copy < 0 || fstat(copy, &status)) {
            snprintf(error, error_size, "the image can't be copied: %s", strerror(errno));
            return -1;
        }
        seen_before(&status);
    }
    cell_thread *thread = cell_current;
    if (thread) {
        thread->image_device = status.st_dev;
        cell_store64(&thread->image_inode, status.st_ino);
    }
    int result = open_named(copy < 0 ? descriptor : copy, image, error, error_size);
    if (copy >= 0) close(copy);
    return result;
}

static int copy_part(int from, size_t offset, size_t size) {
    int to = memfd_create("library", MFD_CLOEXEC);
    if (to < 0) return -1;
    char piece[16384];
    for (size_t done = 0; done < size;) {
        size_t wanted = size - done < sizeof piece ? size - done : sizeof piece;
        ssize_t count = syscall(SYS_pread64, from, piece, wanted, (off_t)(offset + done));
        if (count <= 0 || syscall(SYS_write, to, piece, (size_t)count) != count) {
            close(to);
            return -1;
        }
        done += (size_t)count;
    }
    return to;
}

int cell_image_open_part(int descriptor, size_t offset, size_t size, cell_image *image, char *error,
                         size_t error_size) {
    struct stat status;
    memset(image, 0, sizeof *image);
    int copy = copy_part(descriptor, offset, size);
    if (copy < 0 || fstat(copy, &status)) {
        snprintf(error, error_size, "the library can't be copied: %s", strerror(errno));
        if (copy >= 0) close(copy);
        return -1;
    }
    seen_before(&status);
    cell_thread *thread = cell_current;
    if (thread) {
        thread->image_device = status.st_dev;
        cell_store64(&thread->image_inode, status.st_ino);
    }
    int result = open_named(copy, image, error, error_size);
    close(copy);
    return result;
}

int cell_image_open_system(const char *name, cell_image *image, char *error, size_t error_size) {
    memset(image, 0, sizeof *image);
    image->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (image->handle) return 0;
    const char *text = dlerror();
    snprintf(error, error_size, "%s", text ? text : "the loader gave no reason");
    return -1;
}

int cell_image_find(const cell_image *image, const char *name, void **address) {
    void *symbol = dlsym(image->handle, name);
    Dl_info info, libc;
    ElfW(Sym) *entry = 0;
    if (!symbol || !dladdr1(symbol, &info, (void **)&entry, RTLD_DL_SYMENT)) return 0;
    // Memory that the library takes comes from the cell's allocator, so that has to take it back.
    if (dladdr((void *)&gnu_get_libc_version, &libc) && libc.dli_fbase == info.dli_fbase) {
        void *own = dlsym(RTLD_DEFAULT, name);
        if (own) symbol = own;
    }
    *address = symbol;
    return entry && ELF64_ST_TYPE(entry->st_info) == STT_OBJECT ? 2 : 1;
}

void *cell_image_symbol(const cell_image *image, const char *name) {
    void *symbol = dlsym(image->handle, name);
    uintptr_t address = (uintptr_t)symbol;
    return address >= image->text_low && address < image->text_high ? symbol : 0;
}

struct range_search {
    uintptr_t wanted;
    cell_range found;
};

static int find_range(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct range_search *search = argument;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + header->p_vaddr;
        cell_range range = {low, low + header->p_memsz};
        if (header->p_type != PT_LOAD || !cell_lies_in(range, search->wanted)) continue;
        search->found = range;
        return 1;
    }
    return 0;
}

cell_range cell_range_around(uintptr_t address) {
    struct range_search search = {address, {0, 0}};
    dl_iterate_phdr(find_range, &search);
    return search.found;
}

int cell_image_find_text(uint64_t device, uint64_t inode, uintptr_t *low, uintptr_t *high) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return -1;
    char line[512];
    int found = -1;
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to, number;
        unsigned major, minor;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s %*x %x:%x %lu", &from, &to, rights, &major, &minor,
                   &number) != 6)
            continue;
        if (number != inode || (((uint64_t)major << 8) | minor) != device || rights[2] != 'x')
            continue;
        if (found < 0 || from < *low) *low = from;
        if (found < 0 || to > *high) *high = to;
        found = 0;
    }
    fclose(maps);
    return found;
}

// Images are never unloaded, so what is added here stays true; an executor outlives its worker and
// then drops what it is given.
static struct {
    uintptr_t low, high;
    void *executor;
} adopted[MAXIMUM_IMAGES];
static uint32_t adopted_count;

void cell_image_adopt(const cell_thread *thread, void *executor) {
    pthread_mutex_lock(&lock);
    uint32_t count = adopted_count;
    if (count < MAXIMUM_IMAGES) {
        adopted[count].low = thread->text_low;
        adopted[count].high = thread->text_high;
        adopted[count].executor = executor;
        __atomic_store_n(&adopted_count, count + 1, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&lock);
}

void *cell_image_executor(uintptr_t address) {
    uint32_t count = __atomic_load_n(&adopted_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        if (address >= adopted[i].low && address < adopted[i].high) return adopted[i].executor;
    return 0;
}

struct description {
    uint64_t address;
    char *name;
    size_t name_size;
    uint64_t *offset;
};

static int take_name(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct description *wanted = argument;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uint64_t low = info->dlpi_addr + header->p_vaddr;
        if (header->p_type != PT_LOAD || wanted->address < low ||
            wanted->address >= low + header->p_memsz)
            continue;
        const char *path = info->dlpi_name;
        if (!path || !*path) path = program_invocation_name;
        const char *slash = strrchr(path, '/');
        snprintf(wanted->name, wanted->name_size, "%s", slash ? slash + 1 : path);
        *wanted->offset = wanted->address - info->dlpi_addr;
        return 1;
    }
    return 0;
}

int cell_image_describe(uint64_t address, char *name, size_t name_size, uint64_t *offset,
                        char *symbol, size_t symbol_size) {
    struct description wanted = {address, name, name_size, offset};
    symbol[0] = 0;
    if (!dl_iterate_phdr(take_name, &wanted)) return -1;
    Dl_info info;
    if (!cell_load32(&loader_is_stuck) && dladdr((const void *)(uintptr_t)address, &info) &&
        info.dli_sname)
        snprintf(symbol, symbol_size, "%s", info.dli_sname);
    return 0;
}

void cell_image_loader_is_stuck(void) { cell_store32(&loader_is_stuck, 1); }

int cell_image_preload(const char *name) { return dlopen(name, RTLD_NOW | RTLD_LOCAL) ? 0 : -1; }

uint32_t cell_image_mappings(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return 0;
    uint32_t lines = 0;
    for (int character; (character = getc(maps)) != EOF;) lines += character == '\n';
    fclose(maps);
    return lines;
}

int cell_image_directory_of_swift(char *path, size_t size) {
    void *symbol = dlsym(RTLD_DEFAULT, "swift_retain");
    Dl_info info;
    if (!symbol || !dladdr(symbol, &info) || !info.dli_fname) return -1;
    const char *slash = strrchr(info.dli_fname, '/');
    if (!slash) return -1;
    snprintf(path, size, "%.*s", (int)(slash - info.dli_fname), info.dli_fname);
    return 0;
}
