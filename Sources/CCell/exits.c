// exit, abort and their kin: on a worker's thread they end the worker, not the process.
#include "real.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

ORIGINAL(abort)
ORIGINAL(exit)
ORIGINAL(quick_exit)

static void leave_by_exit(int code, uintptr_t caller) {
    cell_thread *thread = cell_guarded();
    if (cell_departed()) cell_thread_lose(cell_current);
    if (!thread) return;
    if (cell_on_side_thread) cell_blame_call(thread, CELL_EXIT, code, caller);
    else cell_record_call(thread, CELL_EXIT, code, caller);
    cell_depart(thread);
}

EXPORTED _Noreturn void exit(int code) {
    leave_by_exit(code, CALLER);
    REAL(exit);
    real(code);
    __builtin_unreachable();
}

EXPORTED _Noreturn void _exit(int code) {
    leave_by_exit(code, CALLER);
    for (;;) syscall(SYS_exit_group, code);
}

EXPORTED _Noreturn void _Exit(int code) {
    leave_by_exit(code, CALLER);
    for (;;) syscall(SYS_exit_group, code);
}

EXPORTED _Noreturn void quick_exit(int code) {
    leave_by_exit(code, CALLER);
    REAL(quick_exit);
    real(code);
    __builtin_unreachable();
}

EXPORTED _Noreturn void abort(void) {
    cell_thread *thread = cell_guarded();
    if (thread && !cell_on_side_thread && !thread->in_handler) {
        cell_record_call(thread, CELL_ABORT, 0, CALLER);
        cell_depart(thread);
    }
    REAL(abort);
    real();
    __builtin_unreachable();
}

EXPORTED _Noreturn void __assert_fail(const char *expression, const char *file, unsigned line,
                                      const char *function) {
    char text[512];
    int count = snprintf(text, sizeof text, "%s:%u: %s: Assertion `%s' failed.\n", file, line,
                         function ? function : "?", expression);
    if (count > (int)sizeof text - 1) count = sizeof text - 1;
    cell_thread *thread = cell_guarded();
    if (!thread) syscall(SYS_write, 2, text, (size_t)count);
    if (thread) cell_capture(thread, 2, text, (size_t)count, 0);
    if (thread && !cell_on_side_thread && !thread->in_handler) {
        cell_record_call(thread, CELL_ABORT, 0, CALLER);
        cell_depart(thread);
    }
    abort();
}
