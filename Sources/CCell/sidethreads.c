// Threads that plugins make belong to their worker: a fault there ends the worker, not the cell.
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cell_memory.h"
#include "sides.h"

ORIGINAL(pthread_create)
ORIGINAL(pthread_sigmask)
ORIGINAL(sigaction)
ORIGINAL(sigaltstack)
ORIGINAL(signal)
ORIGINAL(sigprocmask)

enum { SIDE_STACK = 1 << 20 };

struct start {
    void *(*body)(void *);
    void *argument;
    cell_thread *thread;
    cell_side *side;
    size_t stack;
};

static cell_range runtimes[2];

static __attribute__((constructor)) void find_runtimes(void) {
    static const char *const names[] = {"dispatch_queue_create", "swift_task_create"};
    for (int i = 0; i < 2; i++) {
        uintptr_t inside = (uintptr_t)dlsym(RTLD_DEFAULT, names[i]);
        if (inside) runtimes[i] = cell_range_around(inside);
    }
}

int cell_is_runtime(uintptr_t address) {
    return cell_lies_in(runtimes[0], address) || cell_lies_in(runtimes[1], address);
}

// What the calling thread, which a plugin made, is to give back.
static __thread struct start mine __attribute__((tls_model("initial-exec")));
static pthread_key_t ending_key;

// Destructors of the plugin's run after the body, in rounds: until the last the thread counts.
static void end_side_thread(void *argument) {
    static __thread int round __attribute__((tls_model("initial-exec")));
    if (argument && ++round < PTHREAD_DESTRUCTOR_ITERATIONS &&
        pthread_setspecific(ending_key, argument) == 0)
        return;
    struct start start = mine;
    stack_t stack = {.ss_flags = SS_DISABLE}, old;
    if (sigaltstack(&stack, &old) == 0 && old.ss_sp) munmap(old.ss_sp, old.ss_size);
    cell_side_leave(start.thread, start.side);
    cell_memory_discharge(start.thread, start.stack);
    __atomic_sub_fetch(&start.thread->side_threads, 1, __ATOMIC_SEQ_CST);
}

static __attribute__((constructor)) void make_key(void) {
    pthread_key_create(&ending_key, end_side_thread);
}

static void *run(void *argument) {
    mine = *(struct start *)argument;
    free(argument);
    mine.side = cell_side_enter(mine.thread, CELL_MADE);
    if (pthread_setspecific(ending_key, &mine) == 0) return mine.body(mine.argument);
    void *result;
    pthread_cleanup_push(end_side_thread, 0);
    result = mine.body(mine.argument);
    pthread_cleanup_pop(1);
    return result;
}

// What the thread's stack will take; the plugin's own wish, where it has one that isn't the default.
static size_t stack_size(const pthread_attr_t *attributes) {
    pthread_attr_t standard;
    size_t size = 0, usual = 0;
    void *own = 0;
    if (!attributes) return SIDE_STACK;
    if (pthread_attr_getstack(attributes, &own, &size) == 0 && own) return 0;
    pthread_attr_init(&standard);
    pthread_attr_getstacksize(&standard, &usual);
    pthread_attr_destroy(&standard);
    pthread_attr_getstacksize(attributes, &size);
    return size == usual ? SIDE_STACK : size;
}

static int make(pthread_t *handle, const pthread_attr_t *attributes, struct start *start) {
    REAL(pthread_create);
    pthread_attr_t own;
    if (start->stack == 0) return real(handle, attributes, run, start);
    // A copy for this one call, which owns nothing.
    if (attributes) memcpy(&own, attributes, sizeof own);
    else pthread_attr_init(&own);
    pthread_attr_setstacksize(&own, start->stack);
    int error = real(handle, &own, run, start);
    if (!attributes) pthread_attr_destroy(&own);
    return error;
}

EXPORTED int pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                            void *(*body)(void *), void *argument) {
    REAL(pthread_create);
    cell_thread *thread = cell_guarded();
    // A pool's threads, made on behalf of whoever came first, belong to nobody.
    if (!thread || cell_is_runtime(CALLER)) return real(handle, attributes, body, argument);
    if (__atomic_add_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST) > CELL_SIDES) {
        __atomic_sub_fetch(&thread->side_threads, 1, __ATOMIC_SEQ_CST);
        return EAGAIN;
    }
    cell_memory_settle(thread);
    size_t stack = stack_size(attributes);
    int error = cell_memory_charge(thread, stack) ? 0 : EAGAIN;
    struct start *start = error ? 0 : malloc(sizeof *start);
    if (start) {
        *start = (struct start){body, argument, thread, 0, stack};
        error = make(handle, attributes, start);
    } else if (!error) {
        error = EAGAIN;
        cell_memory_discharge(thread, stack);
        stack = 0;
    }
    if (error) {
        if (start) cell_memory_discharge(thread, stack);
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
