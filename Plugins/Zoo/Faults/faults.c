#define _GNU_SOURCE
#include "faults.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

long zoo_opaque(long value) {
    volatile long kept = value;
    return kept;
}

void zoo_double_free(void) {
    void *volatile block = malloc((size_t)zoo_opaque(48));
    free(block);
    free(block);
}

void zoo_exit_group(int code) { syscall(SYS_exit_group, code); }

void zoo_loop_in_c(void) {
    volatile unsigned long turns = 0;
    while (1) turns++;
}

void zoo_fputs(const char *text) {
    fputs(text, stderr);
    fputc('\n', stderr);
}

void zoo_printf(const char *text) {
    printf("%s: %d\n", text, 42);
    fflush(stdout);
}

long zoo_write(int descriptor, const char *text) { return write(descriptor, text, strlen(text)); }

static int crash_here(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)info;
    (void)size;
    (void)argument;
    __builtin_trap();
    return 1;
}

void zoo_crash_in_loader(void) { dl_iterate_phdr(crash_here, 0); }
