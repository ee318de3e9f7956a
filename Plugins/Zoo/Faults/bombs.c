#define _GNU_SOURCE
#include "bombs.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *volatile kept;

static char *block_of(size_t size) {
    char *block = malloc(size);
    kept = block;
    return block;
}

void zoo_bomb(size_t size) {
    for (;;) {
        void *before = kept;
        char *block = block_of(size);
        memset(block, 1, size);
        memcpy(block, &before, sizeof before);
    }
}

void zoo_fragments(void) {
    for (size_t size = 4096;; size += 4096) {
        void *last = 0;
        for (int i = 0; i < 64; i++) {
            char *block = block_of(size);
            memset(block, 1, size);
            if (i % 2) free(last);
            last = block;
        }
    }
}

long zoo_map(size_t size) {
    for (long count = 0;; count++) {
        char *block = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return count;
        memset(block, 1, size);
    }
}

void zoo_leak(size_t size) {
    char *block = block_of(size);
    if (block) memset(block, 1, size);
}

static void *wait_for_ever(void *argument) {
    for (;;) pause();
    return argument;
}

long zoo_thread_bomb(void) {
    pthread_t thread;
    for (long count = 0;; count++) {
        int error = pthread_create(&thread, 0, wait_for_ever, 0);
        if (error) return error == EAGAIN ? count : -error;
    }
}

static void *spin(void *argument) {
    volatile long turns = 0;
    for (;;) turns++;
    return argument;
}

long zoo_leave_thread(void) {
    pthread_t thread;
    int error = pthread_create(&thread, 0, spin, 0);
    if (error) return -error;
    pthread_detach(thread);
    return 0;
}

static void *crash(void *argument) {
    *(volatile int *)32 = 1;
    return argument;
}

void zoo_crash_aside(void) {
    pthread_t thread;
    if (pthread_create(&thread, 0, crash, 0)) return;
    pthread_join(thread, 0);
    for (;;) pause();
}
