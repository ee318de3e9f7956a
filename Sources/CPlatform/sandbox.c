#define _GNU_SOURCE
#include "roost_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long code) { return code < 0 ? errno : 0; }

int roost_sandbox_die_with_parent(int32_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL)) return errno;
    // The parent may have gone before the kernel was asked.
    if (getppid() != parent) raise(SIGKILL);
    return 0;
}

int roost_sandbox_become(uint32_t user) {
    if (setgroups(0, 0)) return errno;
    if (setresgid(user, user, user)) return errno;
    return result(setresuid(user, user, user));
}

int roost_sandbox_drop_capabilities(void) {
    for (unsigned capability = 0; capability < 64; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) && errno == EINVAL) break;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    return result(syscall(SYS_capset, &header, none));
}

int roost_sandbox_no_new_privileges(void) { return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

int roost_sandbox_no_core(void) {
    struct rlimit none = {0, 0};
    return result(setrlimit(RLIMIT_CORE, &none));
}

int roost_sandbox_not_dumpable(void) { return result(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)); }

int roost_sandbox_nice(int niceness) { return result(setpriority(PRIO_PROCESS, 0, niceness)); }

int roost_sandbox_allow_nice(void) {
    errno = 0;
    int niceness = getpriority(PRIO_PROCESS, 0);
    if (niceness == -1 && errno) return errno;
    struct rlimit limit = {(rlim_t)(20 - niceness), (rlim_t)(20 - niceness)};
    return result(setrlimit(RLIMIT_NICE, &limit));
}

int roost_sandbox_limit_descriptors(uint64_t count) {
    struct rlimit limit = {count, count};
    return result(setrlimit(RLIMIT_NOFILE, &limit));
}

int roost_sandbox_limit_processes(uint64_t count) {
    struct rlimit limit = {count, count};
    return result(setrlimit(RLIMIT_NPROC, &limit));
}

int roost_sandbox_close_from(uint32_t first) {
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return 0;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return errno;
    for (rlim_t descriptor = first; descriptor < limit.rlim_cur && descriptor < 1 << 20; descriptor++)
        close((int)descriptor);
    return 0;
}
