#include "private.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "sides.h"

enum { GUARD = 1 << 20 };

struct sigaction cell_old_actions[65];
static const char **(*fatal_message)(void);
static uint32_t stray_faults;

uint32_t cell_stray_faults(void) { return cell_load32(&stray_faults); }

void cell_stray_fault(void) { __atomic_add_fetch(&stray_faults, 1, __ATOMIC_SEQ_CST); }

static uintptr_t program_counter(const ucontext_t *context) {
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
#error "unknown architecture"
#endif
}

static uintptr_t stack_pointer(const ucontext_t *context) {
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#else
    return (uintptr_t)context->uc_mcontext.sp;
#endif
}

// Where a function that was called through a wild pointer would have returned to.
static uintptr_t return_address(const ucontext_t *context, const cell_thread *thread) {
#if defined(__aarch64__)
    (void)thread;
    return (uintptr_t)context->uc_mcontext.regs[30];
#else
    uintptr_t stack = stack_pointer(context);
    if (stack < thread->stack_low || stack + sizeof(uintptr_t) > thread->stack_high) return 0;
    return *(const uintptr_t *)stack;
#endif
}

struct walk {
    cell_report *report;
    uintptr_t from;  // the address to begin at
    int begun;
};

static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *argument) {
    struct walk *walk = argument;
    int before = 0;
    uintptr_t address = _Unwind_GetIPInfo(context, &before);
    if (!walk->begun && address != walk->from) return _URC_NO_REASON;
    walk->begun = 1;
    cell_report *report = walk->report;
    // A return address belongs to the line of the call before it.
    report->frames[report->frame_count++] = before || address == 0 ? address : address - 1;
    return report->frame_count < CELL_FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static void walk_stack(cell_report *report, uintptr_t from) {
    report->frame_count = 0;
    struct walk walk = {report, from, 0};
    _Unwind_Backtrace(take_frame, &walk);
}

static void take_message(cell_thread *thread) {
    const char *text = 0;
    // The runtime's own buffer isn't given back to malloc: this may be a signal handler.
    if (fatal_message) text = __atomic_exchange_n(fatal_message(), 0, __ATOMIC_ACQ_REL);
    // What it printed may hold more than its last sentence.
    if (text && memmem(thread->message, thread->message_count, text, strnlen(text, 64))) text = 0;
    size_t count = text ? strnlen(text, CELL_MESSAGE - 1) : thread->message_count;
    memcpy(thread->report.message, text ? text : thread->message, count);
    thread->report.message[count] = 0;
}

static void record(cell_thread *thread, int signal, const siginfo_t *info,
                   const ucontext_t *context) {
    cell_report *report = &thread->report;
    report->kind = CELL_FAULT;
    report->signal = signal;
    report->signal_code = info->si_code;
    report->address = (uintptr_t)info->si_addr;
    report->pc = program_counter(context);
    report->frame_count = 0;
    report->stack_overflow = signal == SIGSEGV && !cell_on_side_thread &&
                             report->address >= thread->stack_low - GUARD &&
                             report->address < thread->stack_low + 4096;
    take_message(thread);
    report->frames[0] = report->pc;
    report->frame_count = 1;
    if (report->stack_overflow) return;
    walk_stack(report, report->pc);
    if (report->frame_count > 1) return;
    report->frames[0] = report->pc;
    report->frame_count = 1;
    uintptr_t back = return_address(context, thread);
    if (back) report->frames[report->frame_count++] = back - 1;
}

static void fill_call(cell_thread *thread, int kind, int exit_code, uintptr_t caller) {
    cell_report *report = &thread->report;
    report->kind = kind;
    report->signal = kind == CELL_ABORT ? SIGABRT : kind == CELL_RAISED ? exit_code : 0;
    report->exit_code = kind == CELL_EXIT ? exit_code : 0;
    report->pc = caller;
    take_message(thread);
    walk_stack(report, caller);
    if (report->frame_count == 0) report->frames[report->frame_count++] = caller - 1;
}

void cell_record_call(cell_thread *thread, int kind, int exit_code, uintptr_t caller) {
    thread->in_handler = 1;
    fill_call(thread, kind, exit_code, caller);
}

// Ends a worker whose report has been filled on another of its threads. What the report says has to be
// there before the worker's own thread sees that it is being ended.
static void end_by_side(cell_thread *thread) {
    uint32_t verdict = cell_load32(&thread->verdict);
    cell_store32(&thread->verdict, CELL_VERDICT_SIDE_FAULT);
    for (;;) {
        uint64_t word = cell_load64(&thread->run_word);
        if ((word & 0xff) == CELL_RUN_ENDING) {
            cell_store32(&thread->verdict, verdict);
            return;
        }
        if (cell_swap64(&thread->run_word, word, (word & ~(uint64_t)0xff) | CELL_RUN_ENDING)) break;
    }
    cell_thread_forbid_text(thread);
    cell_thread_kick(thread);
    cell_supervisor_note(INT64_MIN + 1);
}

// The first of a worker's other threads that crashes tells why.
static int may_tell(cell_thread *thread) {
    return !is_ending(thread) && !__atomic_exchange_n(&thread->blamed, 1, __ATOMIC_SEQ_CST);
}

// A thread that isn't the worker's own has crashed: the worker is ended with this report.
static void blame(cell_thread *thread, int signal, siginfo_t *info, ucontext_t *context) {
    if (!may_tell(thread)) return;
    record(thread, signal, info, context);
    end_by_side(thread);
}

void cell_blame_call(cell_thread *thread, int kind, int exit_code, uintptr_t caller) {
    if (!may_tell(thread)) return;
    fill_call(thread, kind, exit_code, caller);
    end_by_side(thread);
}

// Whether the fault is the fetch of an instruction whose page was taken from another worker. The
// runtime calls into any image when it looks types up, so a healthy thread may come by while that
// worker is being ended; it waits until the text is back. A fetch from a page that has just come back
// is tried once more, for the same reason.
static int is_others_text(cell_thread *thread, int signal, siginfo_t *info, uintptr_t pc) {
    if (signal != SIGSEGV || (uintptr_t)info->si_addr != pc) return 0;
    cell_thread *owner = cell_thread_of_text(pc);
    if (owner == thread) return 0;
    if (owner && is_ending(owner) && !cell_load32(&owner->abandoned)) {
        struct timespec pause = {0, 100000};
        syscall(SYS_nanosleep, &pause, 0);
        return 1;
    }
    if (thread->retried_pc == pc) return 0;
    thread->retried_pc = pc;
    return 1;
}

void cell_on_fault(int signal, siginfo_t *info, void *argument) {
    ucontext_t *context = argument;
    cell_thread *thread = cell_current;
    int own = thread && !cell_on_side_thread;
    if (thread && is_others_text(thread, signal, info, program_counter(context))) return;
    if (own && thread->guarded) {
        if (thread->in_handler) cell_depart(thread);
        thread->in_handler = 1;
        if (is_ending(thread) && cell_in_text(thread, program_counter(context))) {
            if (thread->verdict != CELL_VERDICT_SIDE_FAULT) thread->report.kind = CELL_ENDED;
            cell_depart(thread);
        }
        record(thread, signal, info, context);
        cell_depart(thread);
    }
    if (cell_departed()) cell_thread_lose(thread);
    if (!thread) thread = cell_thread_of_text(program_counter(context));
    if (thread && cell_on_side_thread && is_ending(thread) &&
        cell_in_text(thread, program_counter(context)))
        cell_side_quit(thread);
    if (thread) {
        cell_stray_fault();
        blame(thread, signal, info, context);
        cell_side_quit(cell_current);
    }
    // The cell's own fault, or one that nobody can be blamed for: end as if there were no handler.
    if (sigaction(signal, &cell_old_actions[signal], 0) == 0) {
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
        return;
    }
    // A worker's thread may not change handlers; a fault while its signal is blocked ends all.
    sigset_t all;
    sigfillset(&all);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, 0, 8);
    __builtin_trap();
}

static void on_kick(int signal, siginfo_t *info, void *argument) {
    (void)signal;
    (void)info;
    int error = errno;
    ucontext_t *context = argument;
    cell_thread *thread = cell_current;
    if (thread && !cell_on_side_thread && thread->guarded && !thread->in_handler &&
        is_ending(thread) &&
        (thread->blocking || cell_in_text(thread, program_counter(context)))) {
        thread->in_handler = 1;
        if (thread->verdict != CELL_VERDICT_SIDE_FAULT) thread->report.kind = CELL_ENDED;
        cell_depart(thread);
    }
    if (cell_departed() && is_ending(thread) && cell_in_text(thread, program_counter(context)))
        cell_thread_lose(thread);
    if (thread && cell_on_side_thread && is_ending(thread) &&
        (cell_side_waits || cell_in_text(thread, program_counter(context))))
        cell_side_quit(thread);
    errno = error;
}

static _Unwind_Reason_Code stop_at_once(struct _Unwind_Context *context, void *argument) {
    (void)context;
    (void)argument;
    return _URC_END_OF_STACK;
}

void cell_faults_install(void) {
    cell_terminate_install();
    fatal_message = (const char **(*)(void))dlsym(RTLD_DEFAULT, "swift_getFatalErrorMessageBuffer");
    _Unwind_Backtrace(stop_at_once, 0);  // lets the unwinder load what it needs, outside of a handler
    // Who started this process may have had signals blocked, which is inherited.
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, 0);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = cell_on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaddset(&action.sa_mask, CELL_KICK_SIGNAL);
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, &cell_old_actions[signals[i]]);
    action.sa_sigaction = on_kick;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(CELL_KICK_SIGNAL, &action, 0);
}
