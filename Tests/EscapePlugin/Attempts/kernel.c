#define _GNU_SOURCE
// Doors of the kernel that let a process see or change more than itself.
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sys/time.h>

#include "private.h"

ATTEMPT(try_keyctl) {
    UNUSED;
    return worked(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1), error);
}
ATTEMPT(try_bpf) {
    UNUSED;
    union bpf_attr attributes = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    return worked(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes), error);
}
ATTEMPT(try_perf) {
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE, .size = sizeof attributes, .config = PERF_COUNT_SW_CPU_CLOCK};
    return worked(syscall(SYS_perf_event_open, &attributes, target->host, -1, -1, 0), error);
}
ATTEMPT(try_userfaultfd) { UNUSED; return worked(syscall(SYS_userfaultfd, O_CLOEXEC | 1), error); }
ATTEMPT(try_io_uring) {
    UNUSED;
    char parameters[256] = {0};
    long ring = syscall(425, 1, parameters);
    if (ring >= 0) close((int)ring);
    return worked(ring, error);
}
ATTEMPT(try_clock) {
    UNUSED;
    struct timeval now;
    gettimeofday(&now, 0);
    return worked(settimeofday(&now, 0), error);
}
ATTEMPT(try_host_name) { UNUSED; return worked(sethostname("escaped", 7), error); }
ATTEMPT(try_32_bit_call) {
    UNUSED;
#if defined(__x86_64__)
    // The other numbering of the same kernel, which a filter may have forgotten: getpid.
    long code = syscall(0x40000000 + SYS_getpid);
    *error = code < 0 ? errno : 0;
    return code > 0;
#else
    *error = ENOSYS;
    return 0;
#endif
}
