// The filter of system calls, as plain BPF. It denies what a plugin has no business with; where a call
// is fine for oneself and not for others, it compares the argument with this process's own number.
#define _GNU_SOURCE
#include "roost_sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "unknown architecture"
#endif

enum { MAXIMUM = 512, ANOTHER_INTERFACE = 0x40000000 };

struct program {
    struct sock_filter code[MAXIMUM];
    unsigned count;
};

static void add(struct program *program, struct sock_filter instruction) {
    if (program->count < MAXIMUM) program->code[program->count] = instruction;
    program->count++;
}

static void load(struct program *program, size_t offset) {
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void answer(struct program *program, unsigned verdict) {
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

static void jump(struct program *program, unsigned operation, unsigned value, unsigned char yes,
                 unsigned char no) {
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | operation | BPF_K, value, yes, no));
}

#define NUMBER offsetof(struct seccomp_data, nr)
#define ARGUMENT(index) (offsetof(struct seccomp_data, args) + 8 * (index))
#define DENIED (SECCOMP_RET_ERRNO | EPERM)

static void deny(struct program *program, unsigned call, unsigned verdict) {
    jump(program, BPF_JEQ, call, 0, 1);
    answer(program, verdict);
}

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

static const int denied[] = {
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_tkill,
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_swapon,
    SYS_swapoff, SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key,
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot,
    SYS_userfaultfd, SYS_execve, SYS_execveat, SYS_acct, SYS_quotactl, SYS_open_by_handle_at,
    SYS_name_to_handle_at, SYS_fanotify_init, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_vhangup, SYS_personality,
    SYS_setpriority, SYS_sched_setparam, SYS_sched_setattr, SYS_ioprio_set, SYS_migrate_pages,
    SYS_move_pages,
#if defined(__x86_64__)
    SYS_fork, SYS_vfork, SYS_ioperm, SYS_iopl, SYS_modify_ldt, SYS_kexec_file_load,
#endif
    // Newer than some headers; the numbers are the same everywhere.
    424 /* pidfd_send_signal */, 425 /* io_uring_setup */, 426 /* io_uring_enter */,
    427 /* io_uring_register */, 428 /* open_tree */, 429 /* move_mount */, 430 /* fsopen */,
    431 /* fsconfig */, 432 /* fsmount */, 433 /* fspick */, 434 /* pidfd_open */,
    438 /* pidfd_getfd */, 440 /* process_madvise */, 442 /* mount_setattr */,
    448 /* process_mrelease */,
};

static void build(struct program *program, unsigned self, int deny_network) {
    load(program, offsetof(struct seccomp_data, arch));
    jump(program, BPF_JEQ, ARCHITECTURE, 1, 0);
    answer(program, SECCOMP_RET_KILL_PROCESS);
    load(program, NUMBER);
#if defined(__x86_64__)
    jump(program, BPF_JGE, ANOTHER_INTERFACE, 0, 1);
    answer(program, DENIED);
#endif
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
        deny(program, (unsigned)denied[i], DENIED);
    // The C library falls back to clone, whose flags can be looked at.
    deny(program, 435 /* clone3 */, SECCOMP_RET_ERRNO | ENOSYS);
    only(program, SYS_kill, 0, self, self);
    only(program, SYS_tgkill, 0, self, self);
    only(program, SYS_rt_sigqueueinfo, 0, self, self);
    only(program, SYS_rt_tgsigqueueinfo, 0, self, self);
    only(program, SYS_prlimit64, 0, 0, self);
    jump(program, BPF_JEQ, SYS_clone, 0, 4);
    load(program, ARGUMENT(0));
    jump(program, BPF_JSET, CLONE_THREAD, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, DENIED);
    // No local sockets: behind them are the host's administration and the machine's services.
    jump(program, BPF_JEQ, SYS_socket, 0, 6);
    load(program, ARGUMENT(0));
    jump(program, BPF_JEQ, deny_network ? AF_NETLINK : AF_INET, 2, 0);
    jump(program, BPF_JEQ, deny_network ? AF_NETLINK : AF_INET6, 1, 0);
    jump(program, BPF_JEQ, AF_NETLINK, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, DENIED);
    answer(program, SECCOMP_RET_ALLOW);
}

int roost_seccomp_available(void) {
    unsigned action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? errno : 0;
}

int roost_seccomp_enter(int deny_network) {
    struct program program = {.count = 0};
    build(&program, (unsigned)getpid(), deny_network);
    if (program.count > MAXIMUM) return E2BIG;
    struct sock_fprog list = {(unsigned short)program.count, program.code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &list) < 0 ? errno : 0;
}
