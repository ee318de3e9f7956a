// The filter of a worker's threads: what the cell itself may do, and plugins may not.
#define _GNU_SOURCE
#include "filter.h"
#include "roost_sandbox.h"

#include <signal.h>
#include <sys/syscall.h>

// Signals whose handlers are the cell's.
static const int ours[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS, SIGUSR2};

// Signals that end nothing, but for SIGUSR1: it is for plugins to handle, and accuses one that
// doesn't.
static const int harmless[] = {0, SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGUSR1};

// Refuses a call whose argument is none of these signals.
static void only_signals(struct program *program, unsigned call, int argument, const int *signals,
                         unsigned count) {
    jump(program, BPF_JEQ, call, 0, (unsigned char)(count + 3));
    load(program, ARGUMENT(argument));
    for (unsigned i = 0; i < count; i++)
        jump(program, BPF_JEQ, (unsigned)signals[i], (unsigned char)(count - i), 0);
    answer(program, DENIED);
    answer(program, SECCOMP_RET_ALLOW);
}

// To the process come only signals that don't end it; to one thread also what the cell contains
// there, and what the C library cancels and changes threads with.
static void build_signals(struct program *program) {
    enum { HARMLESS = sizeof harmless / sizeof *harmless, OURS = sizeof ours / sizeof *ours };
    int to_threads[HARMLESS + OURS + 2] = {32, 33};
    unsigned count = 2;
    for (unsigned i = 0; i < HARMLESS; i++) to_threads[count++] = harmless[i];
    for (unsigned i = 0; i < OURS; i++) to_threads[count++] = ours[i];
    only_signals(program, SYS_kill, 1, harmless, HARMLESS);
    only_signals(program, SYS_rt_sigqueueinfo, 1, harmless, HARMLESS);
    only_signals(program, SYS_tgkill, 2, to_threads, count);
    only_signals(program, SYS_rt_tgsigqueueinfo, 2, to_threads, count);
}

// Limits are the whole process's: they may be looked at, and not be set.
static void build_limits(struct program *program) {
    deny(program, SYS_setrlimit, DENIED);
    jump(program, BPF_JEQ, SYS_prlimit64, 0, 6);
    load(program, ARGUMENT(2));
    jump(program, BPF_JEQ, 0, 0, 2);
    load(program, ARGUMENT(2) + 4);
    jump(program, BPF_JEQ, 0, 1, 0);
    answer(program, DENIED);
    answer(program, SECCOMP_RET_ALLOW);
}

int roost_seccomp_enter_worker(void) {
    // Programs that are started inherit the filter, and have to be able to end.
    if (roost_seccomp_wishes < 0 || roost_seccomp_wishes & ROOST_SECCOMP_PROCESSES) return 0;
    enum { COUNT = sizeof ours / sizeof *ours };
    struct program program = {.count = 0};
    load(&program, NUMBER);
    deny(&program, SYS_exit_group, SECCOMP_RET_TRAP);
    deny(&program, SYS_seccomp, DENIED);
    // The cell's word, and any thread's number would do, also one of the host's.
    deny(&program, SYS_setpriority, DENIED);
    deny(&program, SYS_sched_setscheduler, DENIED);
    deny(&program, SYS_sched_setaffinity, DENIED);
    // Their signals come to the process.
    deny(&program, SYS_setitimer, DENIED);
    deny(&program, SYS_timer_create, DENIED);
#if defined(__x86_64__)
    deny(&program, SYS_alarm, DENIED);
#endif
    jump(&program, BPF_JEQ, SYS_prctl, 0, 4);
    load(&program, ARGUMENT(0));
    jump(&program, BPF_JEQ, PR_SET_SECCOMP, 0, 1);
    answer(&program, DENIED);
    answer(&program, SECCOMP_RET_ALLOW);
    // A handler may be looked at: then there is no new one in either half of the argument.
    jump(&program, BPF_JEQ, SYS_rt_sigaction, 0, COUNT + 8);
    load(&program, ARGUMENT(0));
    for (unsigned i = 0; i < COUNT; i++)
        jump(&program, BPF_JEQ, (unsigned)ours[i], (unsigned char)(COUNT - i), 0);
    answer(&program, SECCOMP_RET_ALLOW);
    load(&program, ARGUMENT(1));
    jump(&program, BPF_JEQ, 0, 0, 2);
    load(&program, ARGUMENT(1) + 4);
    jump(&program, BPF_JEQ, 0, 1, 0);
    answer(&program, DENIED);
    answer(&program, SECCOMP_RET_ALLOW);
    build_signals(&program);
    build_limits(&program);
    answer(&program, SECCOMP_RET_ALLOW);
    return enter(&program);
}
