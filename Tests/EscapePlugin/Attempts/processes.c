#define _GNU_SOURCE
// New processes and programs, other processes, and what the cell set up for itself.
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "private.h"

static char *const program[] = {"/bin/true", 0};
static char *const nothing[] = {0};

static int child(long process, int *error) {
    if (process == 0) syscall(SYS_exit, 0);
    *error = process < 0 ? errno : 0;
    if (process > 0) waitpid((pid_t)process, 0, __WALL);
    return process > 0;
}

ATTEMPT(try_fork) { UNUSED; return child(fork(), error); }
ATTEMPT(try_vfork) { UNUSED; return child(vfork(), error); }
ATTEMPT(try_clone) { UNUSED; return child(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), error); }
ATTEMPT(try_clone3) {
    UNUSED;
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    return child(syscall(435, &arguments, sizeof arguments), error);
}
ATTEMPT(try_exec) {
    UNUSED;
    // It would replace this process, so that no answer came at all.
    return worked(execve(program[0], program, nothing), error);
}
ATTEMPT(try_memory_exec) {
    UNUSED;
    int memory = (int)syscall(SYS_memfd_create, "program", 0);
    if (memory < 0) return worked(memory, error);
    long code = syscall(SYS_execveat, memory, "", program, nothing, AT_EMPTY_PATH);
    // What isn't a program is refused as such by a kernel that would run one.
    *error = errno;
    close(memory);
    return code >= 0 || *error == ENOEXEC || *error == ENOENT;
}
ATTEMPT(try_spawn) {
    UNUSED;
    pid_t process;
    int code = posix_spawn(&process, program[0], 0, 0, program, nothing);
    if (code == 0) waitpid(process, 0, 0);
    *error = code;
    return code == 0;
}
ATTEMPT(try_system) {
    UNUSED;
    int code = system("true");
    *error = errno;
    return code == 0;
}

static int release;
static void *idle(void *unused) {
    while (!__atomic_load_n(&release, __ATOMIC_ACQUIRE)) usleep(1000);
    return unused;
}
ATTEMPT(try_thread_bomb) {
    UNUSED;
    enum { MANY = 2000 };
    static pthread_t threads[MANY];
    int count = 0;
    *error = 0;
    __atomic_store_n(&release, 0, __ATOMIC_RELEASE);
    while (count < MANY && (*error = pthread_create(&threads[count], 0, idle, 0)) == 0) count++;
    __atomic_store_n(&release, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
    return count == MANY;
}

// A thread that the C library doesn't know of: it may touch nothing of it.
static int idle_raw(void *unused) {
    struct timespec pause = {0, 20000000};
    while (!__atomic_load_n(&release, __ATOMIC_ACQUIRE))
        syscall(SYS_clock_nanosleep, 0, 0, &pause, 0);
    return unused != 0;
}
ATTEMPT(try_raw_thread_bomb) {
    UNUSED;
    enum { MANY = 1000, STACK = 16 << 10 };
    static pid_t alive[MANY];
    char *stacks = mmap(0, (size_t)MANY * STACK, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks == MAP_FAILED) return worked(-1, error);
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    int count = 0;
    *error = 0;
    __atomic_store_n(&release, 0, __ATOMIC_RELEASE);
    while (count < MANY) {
        char *top = stacks + (size_t)(count + 1) * STACK;
        if (clone(idle_raw, top, flags, 0, &alive[count], 0, &alive[count]) < 0) break;
        count++;
    }
    if (count < MANY) *error = errno;
    __atomic_store_n(&release, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < count; i++)
        while (__atomic_load_n(&alive[i], __ATOMIC_ACQUIRE)) usleep(1000);
    munmap(stacks, (size_t)MANY * STACK);
    return count == MANY;
}
ATTEMPT(try_descriptor_bomb) {
    UNUSED;
    enum { MANY = 10000 };
    static int files[MANY];
    int count = 0;
    while (count < MANY && (files[count] = dup(2)) >= 0) count++;
    *error = count < MANY ? errno : 0;
    for (int i = 0; i < count; i++) close(files[i]);
    return count == MANY;
}

ATTEMPT(try_unshare_user) { UNUSED; return worked(unshare(CLONE_NEWUSER), error); }
ATTEMPT(try_setns) {
    UNUSED;
    int code = (int)syscall(SYS_setns, 3, CLONE_NEWNET);
    *error = errno;
    return code == 0 || *error == EINVAL;  // looked at the descriptor: only the wrong one
}
ATTEMPT(try_chroot) { UNUSED; return worked(chroot("/usr"), error); }
ATTEMPT(try_mount) { UNUSED; return worked(mount("none", "/usr", "tmpfs", 0, 0), error); }
ATTEMPT(try_setuid) { UNUSED; return worked(syscall(SYS_setresuid, 0, 0, 0), error); }

ATTEMPT(try_ptrace_host) { return worked(ptrace(PTRACE_SEIZE, target->host, 0, 0), error); }
ATTEMPT(try_ptrace_neighbour) { return worked(ptrace(PTRACE_SEIZE, target->neighbour, 0, 0), error); }
static int copy(pid_t process, int writes, int *error) {
    char byte = 0;
    struct iovec own = {&byte, 1}, other = {(void *)0x400000, 1};
    long code = writes ? process_vm_writev(process, &own, 1, &other, 1, 0)
                       : process_vm_readv(process, &own, 1, &other, 1, 0);
    *error = code < 0 ? errno : 0;
    return code >= 0 || *error == EFAULT;  // allowed, and only the address was wrong
}
ATTEMPT(try_read_host_memory) { return copy(target->host, 0, error); }
ATTEMPT(try_write_host_memory) { return copy(target->host, 1, error); }
ATTEMPT(try_pidfd_getfd) {
    int process = (int)syscall(434, target->host, 0);
    if (process < 0) return worked(process, error);
    long code = syscall(438, process, 0, 0);
    int ok = worked(code, error);
    close(process);
    return ok;
}

ATTEMPT(try_kill_host) { return worked(kill(target->host, 0), error); }
ATTEMPT(try_kill_neighbour) { return worked(kill(target->neighbour, 0), error); }
ATTEMPT(try_kill_init) { UNUSED; return worked(kill(1, 0), error); }
ATTEMPT(try_kill_all) { UNUSED; return worked(kill(-1, 0), error); }
ATTEMPT(try_host_priority) { return worked(setpriority(PRIO_PROCESS, target->host, 19), error); }
ATTEMPT(try_compare) {
    return worked(syscall(SYS_kcmp, target->host, getpid(), 0, 0, 0), error);
}
ATTEMPT(try_watch_process) {
    int process = (int)syscall(434, target->host, 0);
    int ok = worked(process, error);
    if (ok) close(process);
    return ok;
}
ATTEMPT(try_tkill) { return worked(syscall(SYS_tkill, target->host, 0), error); }
ATTEMPT(try_queue_signal) {
    siginfo_t info = {.si_code = -1};
    return worked(syscall(SYS_rt_sigqueueinfo, target->host, 0, &info), error);
}

ATTEMPT(try_signal_handler) {
    UNUSED;
    struct sigaction action = {.sa_handler = SIG_DFL};
    return worked(sigaction(SIGSEGV, &action, 0), error);
}
ATTEMPT(try_raw_signal_handler) {
    UNUSED;
    struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } none = {0};
    long code = syscall(SYS_rt_sigaction, SIGUSR2, &none, 0, 8);
    return worked(code, error);
}
ATTEMPT(try_signal_mask) {
    UNUSED;
    sigset_t all, now;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, 0);
    sigprocmask(SIG_BLOCK, 0, &now);
    int blocked = sigismember(&now, SIGSEGV) == 1 || sigismember(&now, SIGUSR2) == 1;
    pthread_sigmask(SIG_UNBLOCK, &all, 0);
    *error = blocked ? 0 : EPERM;
    return blocked;
}
ATTEMPT(try_alternate_stack) {
    UNUSED;
    static char stack[64 << 10];
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    return worked(sigaltstack(&own, 0), error);
}
ATTEMPT(try_undo_parent_death) { UNUSED; return worked(prctl(PR_SET_PDEATHSIG, 0), error); }
ATTEMPT(try_dumpable) { UNUSED; return worked(prctl(PR_SET_DUMPABLE, 1), error); }
ATTEMPT(try_own_filter) {
    UNUSED;
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog list = {1, &allow};
    return worked(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &list), error);
}
ATTEMPT(try_raise_limit) {
    UNUSED;
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    return worked(setrlimit(RLIMIT_CORE, &limit), error);
}
ATTEMPT(try_lower_host_limit) {
    struct rlimit limit;
    return worked(prlimit(target->host, RLIMIT_NOFILE, 0, &limit), error);
}
ATTEMPT(try_priority) { UNUSED; return worked(setpriority(PRIO_PROCESS, 0, -10), error); }
ATTEMPT(try_niceness) { UNUSED; return worked(setpriority(PRIO_PROCESS, 0, 0), error); }
ATTEMPT(try_personality) {
    UNUSED;
    enum { NO_RANDOM_ADDRESSES = 0x0040000 };
    return worked(syscall(SYS_personality, NO_RANDOM_ADDRESSES), error);
}
ATTEMPT(try_own_score) { UNUSED; return opened("/proc/self/oom_score_adj", O_RDWR, error); }
ATTEMPT(try_real_time) {
    UNUSED;
    struct sched_param parameter = {.sched_priority = 1};
    return worked(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameter), error);
}

// Changes nothing where it is allowed: sets what there is.
static int bind_as_it_is(pid_t process, int *error) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) return worked(-1, error);
    return worked(syscall(SYS_sched_setaffinity, process, sizeof set, &set), error);
}
ATTEMPT(try_bind_host) { return bind_as_it_is(target->host, error); }
ATTEMPT(try_bind_itself) { UNUSED; return bind_as_it_is(0, error); }
ATTEMPT(try_idle_host) {
    struct sched_param none = {0};
    return worked(syscall(SYS_sched_setscheduler, target->host, SCHED_IDLE, &none), error);
}
ATTEMPT(try_attributes_of_host) {
    struct { unsigned size, policy; unsigned long flags; int nice; unsigned priority;
             unsigned long runtime, deadline, period; } attributes = {.size = 48, .policy = SCHED_BATCH};
    return worked(syscall(SYS_sched_setattr, target->host, &attributes, 0), error);
}
ATTEMPT(try_input_priority_of_host) {
    enum { PROCESS = 1, BEST_EFFORT = 2 << 13 };
    return worked(syscall(SYS_ioprio_set, PROCESS, target->host, BEST_EFFORT | 7), error);
}
// The kernel would tell the owner of what comes by a signal that ends it.
static int own(pid_t owner, int by_ioctl, int *error) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) return worked(-1, error);
    int ok = worked(by_ioctl ? ioctl(ends[0], FIOSETOWN, &owner) : fcntl(ends[0], F_SETOWN, owner),
                    error);
    close(ends[0]);
    close(ends[1]);
    return ok;
}
ATTEMPT(try_host_as_owner) { return own(target->host, 0, error); }
ATTEMPT(try_host_as_socket_owner) { return own(target->host, 1, error); }
ATTEMPT(try_set_signal) { UNUSED; return worked(fcntl(2, F_SETSIG, 0), error); }
ATTEMPT(try_own_limit) {
    UNUSED;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    return worked(setrlimit(RLIMIT_NOFILE, &limit), error);
}
ATTEMPT(try_own_raw_limit) {
    UNUSED;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    return worked(syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, &limit, 0), error);
}
ATTEMPT(try_end_itself) { UNUSED; return worked(syscall(SYS_kill, getpid(), SIGTERM), error); }
ATTEMPT(try_stop_itself) { UNUSED; return worked(syscall(SYS_kill, getpid(), SIGTSTP), error); }
ATTEMPT(try_fault_elsewhere) {
    UNUSED;
    return worked(syscall(SYS_kill, getpid(), SIGSEGV), error);
}
ATTEMPT(try_end_main_thread) {
    UNUSED;
    return worked(syscall(SYS_tgkill, getpid(), getpid(), SIGALRM), error);
}

void attempt_raw_exit(void) { syscall(SYS_exit_group, 3); }
void attempt_kill_self(void) { syscall(SYS_kill, getpid(), SIGKILL); }
void attempt_loop_with_signals_blocked(void) {
    sigset_t all;
    memset(&all, 0xff, sizeof all);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
    for (;;) __asm__ volatile("");
}
