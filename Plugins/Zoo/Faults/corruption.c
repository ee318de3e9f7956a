#define _GNU_SOURCE
#include "corruption.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUBBISH = 0x5a, BLOCKS = 512 };

static void overwrite(uintptr_t low, uintptr_t high) {
    for (; low + sizeof(uint64_t) <= high; low += sizeof(uint64_t))
        *(volatile uint64_t *)low = RUBBISH * 0x0101010101010101ull;
}

// What any program does next.
static long use_heap(void) {
    void *blocks[BLOCKS];
    long sum = 0;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            blocks[i] = malloc((size_t)(16 + i % 128 * 8));
            if (blocks[i]) memset(blocks[i], i, 16);
        }
        for (int i = 0; i < BLOCKS; i++) {
            if (blocks[i]) sum += *(unsigned char *)blocks[i];
            free(blocks[i]);
        }
    }
    return sum;
}

struct record {
    long (*answer)(void);
    char text[40];
};

static long one(void) { return 1; }

long zoo_double_free_and_use(void) {
    void *volatile block = malloc(sizeof(struct record));
    free(block);
    free(block);
    struct record *volatile first = malloc(sizeof *first);
    char *volatile second = malloc(sizeof *first);
    if (!first || !second) return -ENOMEM;
    first->answer = one;
    memset(second, RUBBISH, sizeof *first);
    return first->answer();
}

long zoo_overrun(long bytes) {
    char *volatile block = malloc(64);
    if (!block) return -ENOMEM;
    overwrite((uintptr_t)block, (uintptr_t)block + (uintptr_t)bytes);
    return use_heap();
}

struct search {
    const char *name;
    long count;
};

static int overwrite_found(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct search *search = argument;
    if (search->name[0] ? !strstr(info->dlpi_name, search->name) : info->dlpi_name[0] != 0) return 0;
    uintptr_t protected_end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_GNU_RELRO) protected_end = part->p_vaddr + part->p_memsz;
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_W)) continue;
        uintptr_t low = part->p_vaddr, high = part->p_vaddr + part->p_memsz;
        if (low < protected_end) low = (protected_end + 4095) & ~(uintptr_t)4095;
        if (low >= high) continue;
        search->count += (long)(high - low);
        overwrite(info->dlpi_addr + low, info->dlpi_addr + high);
    }
    return 1;
}

long zoo_overwrite_library(const char *name) {
    struct search search = {name, 0};
    dl_iterate_phdr(overwrite_found, &search);
    return search.count;
}

long zoo_overwrite_neighbours(void) {
    static char maps[1 << 18];
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    size_t length = 0;
    for (long count = 1; count > 0 && length + 1 < sizeof maps; length += (size_t)count) {
        count = read(file, maps + length, sizeof maps - 1 - length);
        if (count < 0) break;
    }
    close(file);
    char *volatile own = malloc(64);
    uintptr_t stack = (uintptr_t)&length, heap = (uintptr_t)own;
    long sum = 0;
    for (char *line = maps; line && *line;) {
        char *end = strchr(line, '\n');
        if (end) *end = 0;
        unsigned long low, high, inode;
        char rights[5];
        int name = 0;
        int found = sscanf(line, "%lx-%lx %4s %*s %*s %lu %n", &low, &high, rights, &inode, &name);
        int is_own = (stack >= low && stack < high) || (heap >= low && heap < high);
        if (found == 4 && !strcmp(rights, "rw-p") && !inode && !line[name] && !is_own) {
            overwrite(low, high);
            sum += (long)(high - low);
        }
        line = end ? end + 1 : 0;
    }
    free(own);
    return sum;
}
