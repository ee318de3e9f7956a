// Signals and timers belong to the process, which is all workers'. What would end it ends the worker
// that asked for it instead.
#include "real.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

ORIGINAL(alarm)
ORIGINAL(kill)
ORIGINAL(pthread_kill)
ORIGINAL(raise)
ORIGINAL(setitimer)
ORIGINAL(sigaction)
ORIGINAL(sigqueue)
ORIGINAL(tgkill)
ORIGINAL(timer_create)
ORIGINAL(ualarm)

static int is_harmless(int signal) {
    return signal <= 0 || signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH ||
           signal == SIGCONT || signal == CELL_KICK_SIGNAL;
}

// Whether a signal that any thread of the process may get ends or stops it. The cell's own handlers
// can contain only what comes to the thread that it is meant for.
static int ends_process(int signal, int is_for_thread) {
    if (is_harmless(signal) || signal >= NSIG) return 0;
    struct sigaction action;
    REAL(sigaction);
    if (real(signal, 0, &action)) return 0;
    if (action.sa_handler == SIG_DFL) return 1;
    int is_ours = action.sa_flags & SA_SIGINFO && action.sa_sigaction == cell_on_fault;
    return is_ours && !is_for_thread;
}

static void leave_if_ending(int signal, int is_for_thread, uintptr_t caller) {
    cell_thread *thread = cell_guarded();
    if (!thread || thread->in_handler || !ends_process(signal, is_for_thread)) return;
    if (cell_on_side_thread) cell_blame_call(thread, CELL_RAISED, signal, caller);
    else cell_record_call(thread, CELL_RAISED, signal, caller);
    cell_depart(thread);
}

EXPORTED int kill(pid_t process, int signal) {
    if (process == getpid()) leave_if_ending(signal, 0, CALLER);
    REAL(kill);
    return real(process, signal);
}

EXPORTED int sigqueue(pid_t process, int signal, const union sigval value) {
    if (process == getpid()) leave_if_ending(signal, 0, CALLER);
    REAL(sigqueue);
    return real(process, signal, value);
}

EXPORTED int raise(int signal) {
    leave_if_ending(signal, 1, CALLER);
    REAL(raise);
    return real(signal);
}

EXPORTED int tgkill(pid_t process, pid_t thread, int signal) {
    int is_own = thread == (pid_t)syscall(SYS_gettid);
    if (process == getpid()) leave_if_ending(signal, is_own, CALLER);
    REAL(tgkill);
    return real(process, thread, signal);
}

EXPORTED int pthread_kill(pthread_t thread, int signal) {
    leave_if_ending(signal, pthread_equal(thread, pthread_self()), CALLER);
    REAL(pthread_kill);
    return real(thread, signal);
}

static int refuse(void) {
    errno = EPERM;
    return -1;
}

EXPORTED int setitimer(__itimer_which_t which, const struct itimerval *value,
                       struct itimerval *old) {
    int is_armed = value && (value->it_value.tv_sec || value->it_value.tv_usec);
    if (cell_guarded() && is_armed) return refuse();
    REAL(setitimer);
    return real(which, value, old);
}

EXPORTED int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer) {
    if (cell_guarded() && !(event && event->sigev_notify == SIGEV_NONE)) return refuse();
    REAL(timer_create);
    return real(clock, event, timer);
}

EXPORTED useconds_t ualarm(useconds_t value, useconds_t interval) {
    if (cell_guarded() && value) return (useconds_t)refuse();
    REAL(ualarm);
    return real(value, interval);
}

// It knows no failure, so the refusal goes to the log.
EXPORTED unsigned alarm(unsigned seconds) {
    cell_thread *thread = cell_guarded();
    if (thread && seconds) {
        static const char text[] = "alarm() does nothing here: its signal would end the whole cell\n";
        cell_capture(thread, 2, text, sizeof text - 1, 0);
        return 0;
    }
    REAL(alarm);
    return real(seconds);
}
