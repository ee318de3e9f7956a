// Threads that plugins make belong to their worker: a fault there ends the worker, not the cell.
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

ORIGINAL(pthread_create)
ORIGINAL(pthread_sigmask)
ORIGINAL(sigaction)
ORIGINAL(sigaltstack)
ORIGINAL(signal)
ORIGINAL(sigprocmask)

enum { ALTERNATE_STACK = 64 << 10, MAXIMUM_SIDE_THREADS = 64 };

struct start {
    void *(*body)(void *);
    void *argument;
    cell_thread *thread;
};

static void end_side_thread(void *argument) {
    cell_thread *thread = argument;
    stack_t stack = {.ss_flags = SS_DISABLE}, old;
    if (sigaltstack(&stack, &old) == 0 && old.ss_sp) munmap(old.ss_sp, ALTERNATE_STACK);
    if (thread) __atomic_sub_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST);
}

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    cell_current = start.thread;
    cell_on_side_thread = 1;
    void *memory = mmap(0, ALTERNATE_STACK, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    stack_t stack = {.ss_sp = memory, .ss_size = ALTERNATE_STACK};
    if (memory != MAP_FAILED) sigaltstack(&stack, 0);
    void *result;
    pthread_cleanup_push(end_side_thread, start.thread);
    result = start.body(start.argument);
    pthread_cleanup_pop(1);
    return result;
}

EXPORTED int pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                            void *(*body)(void *), void *argument) {
    REAL(pthread_create);
    // A library's pool thread, made on behalf of whoever came first, belongs to nobody.
    cell_thread *thread = cell_called_by_plugin(CALLER);
    if (!thread) return real(handle, attributes, body, argument);
    if (__atomic_add_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST) > MAXIMUM_SIDE_THREADS) {
        __atomic_sub_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST);
        return EAGAIN;
    }
    struct start *start = malloc(sizeof *start);
    int error = ENOMEM;
    if (start) {
        *start = (struct start){body, argument, thread};
        error = real(handle, attributes, run, start);
    }
    if (error) {
        free(start);
        __atomic_sub_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST);
    }
    return error;
}

static int is_ours(int signal) {
    switch (signal) {
    case SIGSEGV: case SIGBUS: case SIGILL: case SIGTRAP: case SIGFPE: case SIGABRT: case SIGSYS:
    case CELL_KICK_SIGNAL:
        return 1;
    default: return 0;
    }
}

// A plugin can't take the cell's signals away.
EXPORTED int sigaction(int signal, const struct sigaction *action, struct sigaction *old) {
    REAL(sigaction);
    if (action && is_ours(signal) && cell_called_by_plugin(CALLER)) {
        errno = EPERM;
        return -1;
    }
    return real(signal, action, old);
}

EXPORTED __sighandler_t signal(int number, __sighandler_t handler) {
    REAL(signal);
    if (is_ours(number) && cell_called_by_plugin(CALLER)) {
        errno = EPERM;
        return SIG_ERR;
    }
    return real(number, handler);
}

static int without_ours(const sigset_t *set, sigset_t *copy) {
    *copy = *set;
    for (int signal = 1; signal < 32; signal++)
        if (is_ours(signal)) sigdelset(copy, signal);
    return 0;
}

EXPORTED int pthread_sigmask(int how, const sigset_t *set, sigset_t *old) {
    REAL(pthread_sigmask);
    sigset_t copy;
    if (set && how != SIG_UNBLOCK && cell_called_by_plugin(CALLER)) {
        without_ours(set, &copy);
        set = &copy;
    }
    return real(how, set, old);
}

EXPORTED int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
    REAL(sigprocmask);
    sigset_t copy;
    if (set && how != SIG_UNBLOCK && cell_called_by_plugin(CALLER)) {
        without_ours(set, &copy);
        set = &copy;
    }
    return real(how, set, old);
}

EXPORTED int sigaltstack(const stack_t *stack, stack_t *old) {
    REAL(sigaltstack);
    if (stack && cell_called_by_plugin(CALLER)) {
        errno = EPERM;
        return -1;
    }
    return real(stack, old);
}

// The dispatch library looks its own threads up below /proc by their numbers, which the sandbox
// doesn't tell from other processes', and ends the process when it can't. The same file lies below
// the process's own directory, which may be read.
static const char *own_path(const char *path, char *room, size_t size) {
    int number = 0, length = 0;
    if (!path || strncmp(path, "/proc/", 6) != 0) return path;
    if (sscanf(path, "/proc/%d/stat%n", &number, &length) != 1) return path;
    if (length == 0 || path[length] != 0) return path;
    snprintf(room, size, "/proc/self/task/%d/stat", number);
    return room;
}

#define OPENING(name)                                                                              \
    EXPORTED int name(const char *path, int flags, ...) {                                          \
        char room[64];                                                                             \
        int makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;                         \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        mode_t mode = makes ? va_arg(list, mode_t) : 0;                                            \
        va_end(list);                                                                              \
        REAL(name);                                                                                \
        return real(own_path(path, room, sizeof room), flags, mode);                               \
    }

ORIGINAL(open)
OPENING(open)
ORIGINAL(open64)
OPENING(open64)
