// The filter of system calls, as plain BPF. It denies what a plugin has no business with; where a call
// is fine for oneself and not for others, it compares the argument with this process's own number.
#define _GNU_SOURCE
#include "filter.h"
#include "roost_sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Allows a call whose argument is one of two values, and denies it with any other.
static void only(struct program *program, unsigned call, int argument, unsigned first,
                 unsigned second) {
    jump(program, BPF_JEQ, call, 0, 5);
    load(program, ARGUMENT(argument));
    jump(program, BPF_JEQ, first, 1, 0);
    jump(program, BPF_JEQ, second, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, DENIED);
}

// Nobody in a cell has any business with these.
static const int denied[] = {
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_tkill,
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_swapon,
    SYS_swapoff, SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key,
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot,
    SYS_userfaultfd, SYS_acct, SYS_quotactl, SYS_open_by_handle_at,
    SYS_name_to_handle_at, SYS_fanotify_init, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_vhangup, SYS_personality,
    SYS_sched_setparam, SYS_sched_setattr, SYS_ioprio_set, SYS_migrate_pages,
    SYS_move_pages,
    // Without bind a free port is listened on, and Landlock isn't asked.
    SYS_listen,
    // Tells names below any directory that the cell's user may list.
    SYS_inotify_add_watch,
    // What lies about a file's rights and owner isn't covered by Landlock, and where the host isn't
    // root its files belong to the cell's own user. The forms with a descriptor stay.
    SYS_fchmodat, SYS_fchownat, SYS_setxattr, SYS_lsetxattr, SYS_removexattr, SYS_lremovexattr,
#if defined(__x86_64__)
    SYS_ioperm, SYS_iopl, SYS_modify_ldt, SYS_kexec_file_load,
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
    // Newer than some headers; the numbers are the same everywhere.
    424 /* pidfd_send_signal */, 425 /* io_uring_setup */, 426 /* io_uring_enter */,
    427 /* io_uring_register */, 428 /* open_tree */, 429 /* move_mount */, 430 /* fsopen */,
    431 /* fsconfig */, 432 /* fsmount */, 433 /* fspick */, 434 /* pidfd_open */,
    438 /* pidfd_getfd */, 440 /* process_madvise */, 442 /* mount_setattr */,
    448 /* process_mrelease */, 452 /* fchmodat2 */, 463 /* setxattrat */, 466 /* removexattrat */,
    469 /* file_setattr */,
};

// The same by a descriptor, which may be open for reading only: fine where files may be changed.
static const int marking[] = {SYS_fchmod, SYS_fchown, SYS_fsetxattr, SYS_fremovexattr};

// Where processes may be started these are fine.
static const int starting[] = {
    SYS_execve, SYS_execveat,
#if defined(__x86_64__)
    SYS_fork, SYS_vfork,
#endif
};

// Objects of the kernel that every process of the machine can find by name or number.
static const int shared_objects[] = {
    SYS_shmget, SYS_shmat, SYS_shmctl, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl, SYS_semget,
    SYS_semop, SYS_semtimedop, SYS_semctl, SYS_mq_open, SYS_mq_unlink,
};

// Options of prctl that would undo the sandbox, or change how the cell is looked after.
static const int denied_options[] = {
    PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_MM, PR_SET_PTRACER, PR_SET_KEEPCAPS,
    PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_SET_TIMING, PR_TASK_PERF_EVENTS_DISABLE,
};

static void deny_all(struct program *program, const int *calls, size_t count) {
    for (size_t i = 0; i < count; i++) deny(program, (unsigned)calls[i], DENIED);
}

#define DENY_ALL(program, calls) deny_all(program, calls, sizeof calls / sizeof *calls)

// New processes: none, or none in namespaces of their own; threads always.
static void build_clone(struct program *program, int wishes) {
    enum { NAMESPACES = 0x7e020000 };  // of mounts, users, processes, the network and their like
    // The C library falls back to clone, whose flags can be looked at.
    deny(program, 435 /* clone3 */, SECCOMP_RET_ERRNO | ENOSYS);
    jump(program, BPF_JEQ, SYS_clone, 0, 4);
    load(program, ARGUMENT(0));
    if (wishes & ROOST_SECCOMP_PROCESSES)
        jump(program, BPF_JSET, NAMESPACES, 1, 0);
    else
        jump(program, BPF_JSET, CLONE_THREAD, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, DENIED);
}

// Signals to nobody but oneself; who starts processes may signal them, and Landlock knows which.
static void build_signals(struct program *program, unsigned self, int wishes) {
    only(program, SYS_prlimit64, 0, 0, self);
    if (wishes & ROOST_SECCOMP_PROCESSES) return;
    only(program, SYS_kill, 0, self, self);
    only(program, SYS_tgkill, 0, self, self);
    only(program, SYS_rt_sigqueueinfo, 0, self, self);
    only(program, SYS_rt_tgsigqueueinfo, 0, self, self);
}

// Times of files: of those that are open, where files may be changed.
static void build_times(struct program *program, int wishes) {
    if (!(wishes & ROOST_SECCOMP_WRITES)) return deny(program, SYS_utimensat, DENIED);
    jump(program, BPF_JEQ, SYS_utimensat, 0, 6);
    load(program, ARGUMENT(1));
    jump(program, BPF_JEQ, 0, 0, 3);
    load(program, ARGUMENT(1) + 4);
    jump(program, BPF_JEQ, 0, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, DENIED);
}

static void build_options(struct program *program) {
    enum { COUNT = sizeof denied_options / sizeof *denied_options };
    jump(program, BPF_JEQ, SYS_prctl, 0, COUNT * 2 + 2);
    load(program, ARGUMENT(0));
    for (size_t i = 0; i < COUNT; i++) deny(program, (unsigned)denied_options[i], DENIED);
    answer(program, SECCOMP_RET_ALLOW);
}

// Denies a call with some values of an argument, and allows it with any other.
static void except(struct program *program, int call, int argument, const unsigned *values,
                   unsigned count) {
    jump(program, BPF_JEQ, (unsigned)call, 0, (unsigned char)(count + 3));
    load(program, ARGUMENT(argument));
    for (unsigned i = 0; i < count; i++)
        jump(program, BPF_JEQ, values[i], (unsigned char)(count - i), 0);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, DENIED);
}

// A descriptor's owner is signalled by the kernel, which asks for no more than the same user; a
// file's marks are changed through one that is open for reading only.
static void build_descriptors(struct program *program, int wishes) {
    static const unsigned owners[] = {F_SETOWN, F_SETOWN_EX, F_SETSIG};
    static const unsigned requests[] = {
        0x8901 /* FIOSETOWN */, 0x8902 /* SIOCSPGRP */,
        0x40086602 /* FS_IOC_SETFLAGS */, 0x40046602 /* the same of 32 bits */,
        0x401c5820 /* FS_IOC_FSSETXATTR */, 0x40087602 /* FS_IOC_SETVERSION */,
        0x40806685 /* FS_IOC_ENABLE_VERITY */,
    };
    enum { OF_OWNERS = 2, ALL = sizeof requests / sizeof *requests };
    except(program, SYS_fcntl, 1, owners, sizeof owners / sizeof *owners);
    except(program, SYS_ioctl, 1, requests, wishes & ROOST_SECCOMP_WRITES ? OF_OWNERS : ALL);
}

// Where Landlock doesn't ask before a file is cut off, only what is open for writing may be: that
// it does ask about. Flags that lie in memory can't be looked at; libraries fall back to openat.
static void build_truncation(struct program *program) {
    static const struct { int call, flags; } openings[] = {
        {SYS_openat, 2},
#if defined(__x86_64__)
        {SYS_open, 1},
#endif
    };
    deny(program, SYS_truncate, DENIED);
    deny(program, 437 /* openat2 */, SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        jump(program, BPF_JEQ, (unsigned)openings[i].call, 0, 7);
        load(program, ARGUMENT(openings[i].flags));
        jump(program, BPF_JSET, O_TRUNC, 0, 3);
        add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, O_ACCMODE));
        jump(program, BPF_JEQ, O_WRONLY, 1, 0);
        jump(program, BPF_JEQ, O_RDWR, 0, 1);
        answer(program, SECCOMP_RET_ALLOW);
        answer(program, DENIED);
    }
}

// A connection that is opened by the first bytes sent passes no check of Landlock's.
static void build_sends(struct program *program) {
    enum { OPENING = 0x20000000 };  // MSG_FASTOPEN
    static const struct { int call, flags; } sends[] = {
        {SYS_sendto, 3}, {SYS_sendmsg, 2}, {SYS_sendmmsg, 3},
    };
    for (size_t i = 0; i < sizeof sends / sizeof *sends; i++) {
        jump(program, BPF_JEQ, (unsigned)sends[i].call, 0, 4);
        load(program, ARGUMENT(sends[i].flags));
        jump(program, BPF_JSET, OPENING, 0, 1);
        answer(program, DENIED);
        answer(program, SECCOMP_RET_ALLOW);
    }
}

// No local sockets, behind which are the host's administration and the machine's services; of the
// network plain TCP and UDP, and no other protocol, which Landlock might not know.
static void build_sockets(struct program *program, int wishes) {
    enum { TYPE = 0xf, TCP = 6, UDP = 17 };
    if (!(wishes & ROOST_SECCOMP_NETWORK)) return deny(program, SYS_socket, DENIED);
    jump(program, BPF_JEQ, SYS_socket, 0, 14);
    load(program, ARGUMENT(0));
    jump(program, BPF_JEQ, AF_INET, 2, 0);
    jump(program, BPF_JEQ, AF_INET6, 1, 0);
    answer(program, DENIED);
    load(program, ARGUMENT(1));
    add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TYPE));
    jump(program, BPF_JEQ, SOCK_STREAM, 1, 0);
    jump(program, BPF_JEQ, SOCK_DGRAM, 0, 5);
    load(program, ARGUMENT(2));
    jump(program, BPF_JEQ, 0, 2, 0);
    jump(program, BPF_JEQ, TCP, 1, 0);
    jump(program, BPF_JEQ, UDP, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, DENIED);
}

// Pairs whose ends stay with each other: one of datagrams can send to whoever has a path.
static void build_pairs(struct program *program) {
    enum { TYPE = 0xf };
    jump(program, BPF_JEQ, SYS_socketpair, 0, 8);
    load(program, ARGUMENT(0));
    jump(program, BPF_JEQ, AF_UNIX, 0, 4);
    load(program, ARGUMENT(1));
    add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TYPE));
    jump(program, BPF_JEQ, SOCK_STREAM, 2, 0);
    jump(program, BPF_JEQ, SOCK_SEQPACKET, 1, 0);
    answer(program, DENIED);
    answer(program, SECCOMP_RET_ALLOW);
}

static void build(struct program *program, unsigned self, int wishes) {
    load(program, offsetof(struct seccomp_data, arch));
    jump(program, BPF_JEQ, ARCHITECTURE, 1, 0);
    answer(program, SECCOMP_RET_KILL_PROCESS);
    load(program, NUMBER);
#if defined(__x86_64__)
    jump(program, BPF_JGE, ANOTHER_INTERFACE, 0, 1);
    answer(program, DENIED);
#endif
    // First, because every reply goes through it, and no verdict that looks at arguments is kept.
    build_sends(program);
    DENY_ALL(program, denied);
    if (!(wishes & ROOST_SECCOMP_PROCESSES)) DENY_ALL(program, starting);
    DENY_ALL(program, shared_objects);
    if (!(wishes & ROOST_SECCOMP_WRITES)) DENY_ALL(program, marking);
    build_times(program, wishes);
    build_signals(program, self, wishes);
    // The cell lets workers go behind others, and makes threads that it can't end idle; nothing else
    // is anybody's business.
    if (wishes & ROOST_SECCOMP_PROCESSES) {
        deny(program, SYS_setpriority, DENIED);
        deny(program, SYS_sched_setscheduler, DENIED);
    }
    only(program, SYS_setpriority, 0, PRIO_PROCESS, PRIO_PROCESS);
    only(program, SYS_sched_setscheduler, 1, SCHED_IDLE, SCHED_IDLE);
    only(program, SYS_sched_setaffinity, 0, 0, self);
    build_descriptors(program, wishes);
    if (!(wishes & ROOST_SECCOMP_TRUNCATION)) build_truncation(program);
    build_options(program);
    build_clone(program, wishes);
    build_pairs(program);
    build_sockets(program, wishes);
    answer(program, SECCOMP_RET_ALLOW);
}

int roost_seccomp_available(void) {
    unsigned action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? errno : 0;
}

// What the process's filter was asked for; negative as long as there is none.
int roost_seccomp_wishes = -1;

int roost_seccomp_enter(int wishes) {
    struct program program = {.count = 0};
    build(&program, (unsigned)getpid(), wishes);
    int error = enter(&program);
    if (!error) roost_seccomp_wishes = wishes;
    return error;
}
