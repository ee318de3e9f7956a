#define _GNU_SOURCE
// Doors of the kernel that let a process see or change more than itself, and the table of attempts.
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <pthread.h>
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

static const named_attempt attempts[] = {
    {"fork", try_fork}, {"vfork", try_vfork}, {"clone", try_clone}, {"clone3", try_clone3},
    {"exec", try_exec}, {"exec from memory", try_memory_exec}, {"posix_spawn", try_spawn},
    {"system", try_system}, {"2,000 threads", try_thread_bomb},
    {"1,000 raw threads", try_raw_thread_bomb}, {"10,000 descriptors", try_descriptor_bomb},
    {"unshare users", try_unshare_user}, {"setns", try_setns}, {"chroot", try_chroot},
    {"mount", try_mount}, {"become root", try_setuid}, {"ptrace the host", try_ptrace_host},
    {"ptrace another cell", try_ptrace_neighbour}, {"read the host's memory", try_read_host_memory},
    {"write the host's memory", try_write_host_memory},
    {"take the host's descriptors", try_pidfd_getfd}, {"signal the host", try_kill_host},
    {"signal another cell", try_kill_neighbour}, {"signal process 1", try_kill_init},
    {"signal everybody", try_kill_all}, {"tkill the host", try_tkill},
    {"queue a signal", try_queue_signal}, {"own handler of SIGSEGV", try_signal_handler},
    {"raw handler of SIGUSR2", try_raw_signal_handler}, {"block the cell's signals", try_signal_mask},
    {"own alternate stack", try_alternate_stack},
    {"clear the parent-death signal", try_undo_parent_death}, {"become dumpable", try_dumpable},
    {"add a filter", try_own_filter}, {"raise the core limit", try_raise_limit},
    {"read the host's limits", try_lower_host_limit}, {"raise the priority", try_priority},
    {"real-time priority", try_real_time}, {"raw socket", try_raw_socket},
    {"packet socket", try_packet_socket}, {"netlink", try_netlink}, {"vsock", try_vsock},
    {"TCP to loopback", try_tcp_loopback}, {"TCP to the admin port", try_tcp_admin},
    {"fast open to the admin port", try_tcp_fast_open},
    {"multipath to the admin port", try_multipath}, {"TCP listen", try_tcp_listen},
    {"UDP", try_udp}, {"admin.sock", try_admin_socket}, {"abstract socket", try_abstract_socket},
    {"read admin.token", try_read_token}, {"open the host's lock", try_read_store},
    {"read roost.yaml", try_read_settings}, {"read another plugin", try_read_plugin},
    {"admin.token by ..", try_read_by_dots}, {"list the home", try_list_home},
    {"drop a plugin", try_drop_plugin}, {"symbolic link", try_symlink},
    {"hard link", try_hard_link}, {"rename a plugin", try_rename}, {"/etc/shadow", try_shadow},
    {"file in /tmp", try_temporary}, {"/dev/mem", try_device_memory},
    {"core pattern", try_core_pattern}, {"/sys", try_sysfs}, {"control groups", try_control_group},
    {"/proc/self/mem", try_own_memory_file}, {"the host's environment", try_host_environment},
    {"the host's mem file", try_host_memory_file}, {"the host's fd directory", try_host_descriptors},
    {"the host's root", try_host_root}, {"open by handle", try_open_by_handle},
    {"keyctl", try_keyctl}, {"bpf", try_bpf}, {"perf", try_perf}, {"userfaultfd", try_userfaultfd},
    {"io_uring", try_io_uring}, {"System V shared memory", try_shared_memory},
    {"System V semaphores", try_semaphores}, {"System V messages", try_messages},
    {"message queue", try_message_queue}, {"POSIX shared memory", try_posix_shared_memory},
    {"set the clock", try_clock}, {"set the host name", try_host_name},
    {"x32 system call", try_32_bit_call},
};

int attempt_count(void) { return sizeof attempts / sizeof *attempts; }

named_attempt attempt_at(int index) { return attempts[index]; }

struct on_thread {
    int index, result, *error;
    const attempt_target *target;
};

static void *run(void *argument) {
    struct on_thread *call = argument;
    call->result = attempts[call->index].run(call->target, call->error);
    return 0;
}

int attempt_on_thread(int index, const attempt_target *target, int *error) {
    struct on_thread call = {index, -1, error, target};
    pthread_t thread;
    if (pthread_create(&thread, 0, run, &call) != 0) return -1;
    pthread_join(thread, 0);
    return call.result;
}
