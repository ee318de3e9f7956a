// Every attempt by its kind.
#include <pthread.h>

#include "private.h"

#define PROGRAMS "new processes and programs"
#define BOMBS "threads and descriptors without end"
#define RIGHTS "other users, roots and name spaces"
#define OTHERS "memory, signals and descriptors of other processes"
#define ITSELF "the cell's own handlers, masks, filters and limits"
#define NETWORK "network"
#define LOCAL "local sockets"
#define FILES "files of the host, of others and of the machine"
#define MARKS "modes, owners, times and marks of files"
#define SHARED "objects that processes share by name"
#define KERNEL "doors of the kernel"

static const named_attempt attempts[] = {
    {PROGRAMS, "fork", try_fork}, {PROGRAMS, "vfork", try_vfork}, {PROGRAMS, "clone", try_clone},
    {PROGRAMS, "clone3", try_clone3}, {PROGRAMS, "exec", try_exec},
    {PROGRAMS, "exec from memory", try_memory_exec}, {PROGRAMS, "posix_spawn", try_spawn},
    {PROGRAMS, "system", try_system},
    {BOMBS, "2,000 threads", try_thread_bomb}, {BOMBS, "1,000 raw threads", try_raw_thread_bomb},
    {BOMBS, "10,000 descriptors", try_descriptor_bomb},
    {RIGHTS, "unshare users", try_unshare_user}, {RIGHTS, "setns", try_setns},
    {RIGHTS, "chroot", try_chroot}, {RIGHTS, "mount", try_mount},
    {RIGHTS, "become root", try_setuid},
    {OTHERS, "ptrace the host", try_ptrace_host},
    {OTHERS, "ptrace another cell", try_ptrace_neighbour},
    {OTHERS, "read the host's memory", try_read_host_memory},
    {OTHERS, "write the host's memory", try_write_host_memory},
    {OTHERS, "take the host's descriptors", try_pidfd_getfd},
    {OTHERS, "signal the host", try_kill_host},
    {OTHERS, "signal another cell", try_kill_neighbour},
    {OTHERS, "signal process 1", try_kill_init}, {OTHERS, "signal everybody", try_kill_all},
    {OTHERS, "tkill the host", try_tkill}, {OTHERS, "queue a signal", try_queue_signal},
    {OTHERS, "read the host's limits", try_lower_host_limit},
    {OTHERS, "the host's environment", try_host_environment},
    {OTHERS, "the host's mem file", try_host_memory_file},
    {OTHERS, "the host's fd directory", try_host_descriptors},
    {OTHERS, "the host's root", try_host_root},
    {OTHERS, "put the host behind others", try_host_priority},
    {OTHERS, "compare with the host", try_compare},
    {OTHERS, "watch the host's process", try_watch_process},
    {OTHERS, "bind the host to processors", try_bind_host},
    {OTHERS, "make the host idle", try_idle_host},
    {OTHERS, "the host's scheduling", try_attributes_of_host},
    {OTHERS, "the host's input priority", try_input_priority_of_host},
    {OTHERS, "signal the host as owner", try_host_as_owner},
    {OTHERS, "signal the host by a socket", try_host_as_socket_owner},
    {ITSELF, "own handler of SIGSEGV", try_signal_handler},
    {ITSELF, "raw handler of SIGUSR2", try_raw_signal_handler},
    {ITSELF, "block the cell's signals", try_signal_mask},
    {ITSELF, "own alternate stack", try_alternate_stack},
    {ITSELF, "clear the parent-death signal", try_undo_parent_death},
    {ITSELF, "become dumpable", try_dumpable}, {ITSELF, "add a filter", try_own_filter},
    {ITSELF, "raise the core limit", try_raise_limit},
    {ITSELF, "raise the priority", try_priority}, {ITSELF, "real-time priority", try_real_time},
    {ITSELF, "/proc/self/mem", try_own_memory_file}, {ITSELF, "own niceness", try_niceness},
    {ITSELF, "personality", try_personality}, {ITSELF, "own end by the kernel", try_own_score},
    {ITSELF, "bind itself to processors", try_bind_itself},
    {ITSELF, "choose the owner's signal", try_set_signal},
    {ITSELF, "own limit of descriptors", try_own_limit},
    {ITSELF, "own raw limit", try_own_raw_limit}, {ITSELF, "end the cell", try_end_itself},
    {ITSELF, "stop the cell", try_stop_itself},
    {ITSELF, "a fault of the main thread", try_fault_elsewhere},
    {ITSELF, "end the main thread", try_end_main_thread},
    {NETWORK, "raw socket", try_raw_socket}, {NETWORK, "packet socket", try_packet_socket},
    {NETWORK, "netlink", try_netlink}, {NETWORK, "vsock", try_vsock},
    {NETWORK, "TCP to loopback", try_tcp_loopback},
    {NETWORK, "TCP to the admin port", try_tcp_admin},
    {NETWORK, "fast open to the admin port", try_tcp_fast_open},
    {NETWORK, "multipath to the admin port", try_multipath},
    {NETWORK, "TCP listen", try_tcp_listen},
    {NETWORK, "TCP listen without an address", try_tcp_listen_anywhere},
    {NETWORK, "UDP", try_udp},
    {LOCAL, "admin.sock", try_admin_socket}, {LOCAL, "abstract socket", try_abstract_socket},
    {LOCAL, "datagram pair", try_datagram_pair},
    {LOCAL, "datagrams to a local service", try_datagram_service},
    {LOCAL, "raw pair to a local service", try_raw_pair_service},
    {FILES, "read admin.token", try_read_token}, {FILES, "open the host's lock", try_read_store},
    {FILES, "read roost.yaml", try_read_settings}, {FILES, "read another plugin", try_read_plugin},
    {FILES, "admin.token by ..", try_read_by_dots}, {FILES, "list the home", try_list_home},
    {FILES, "drop a plugin", try_drop_plugin}, {FILES, "symbolic link", try_symlink},
    {FILES, "hard link", try_hard_link}, {FILES, "rename a plugin", try_rename},
    {FILES, "/etc/shadow", try_shadow}, {FILES, "file in /tmp", try_temporary},
    {FILES, "/dev/mem", try_device_memory}, {FILES, "core pattern", try_core_pattern},
    {FILES, "/sys", try_sysfs}, {FILES, "control groups", try_control_group},
    {FILES, "a file of another plugin", try_neighbours_file},
    {FILES, "admin.token through a link", try_through_link},
    {FILES, "remove a plugin", try_remove}, {FILES, "make a directory", try_make_directory},
    {FILES, "make a pipe", try_make_pipe}, {FILES, "make a device", try_make_device},
    {FILES, "cut a file off", try_truncate},
    {FILES, "empty a file by opening it", try_truncate_by_opening},
    {FILES, "watch the home", try_watch_home},
    {FILES, "write another plugin's file", try_write_neighbours},
    {MARKS, "chmod by name", try_chmod}, {MARKS, "chmod by directory", try_chmod_at},
    {MARKS, "chown by name", try_chown}, {MARKS, "chown of a link", try_chown_link},
    {MARKS, "chown of an open path", try_chown_empty}, {MARKS, "times by name", try_times},
    {MARKS, "times of a link", try_times_link}, {MARKS, "set a mark by name", try_set_mark},
    {MARKS, "set a mark of a link", try_set_mark_link},
    {MARKS, "remove a mark by name", try_remove_mark},
    {MARKS, "set marks by their own call", try_mark_by_call},
    {MARKS, "chmod of an open file", try_chmod_open},
    {SHARED, "System V shared memory", try_shared_memory},
    {SHARED, "System V semaphores", try_semaphores}, {SHARED, "System V messages", try_messages},
    {SHARED, "message queue", try_message_queue},
    {SHARED, "POSIX shared memory", try_posix_shared_memory},
    {KERNEL, "open by handle", try_open_by_handle}, {KERNEL, "keyctl", try_keyctl},
    {KERNEL, "bpf", try_bpf}, {KERNEL, "perf", try_perf}, {KERNEL, "userfaultfd", try_userfaultfd},
    {KERNEL, "io_uring", try_io_uring}, {KERNEL, "set the clock", try_clock},
    {KERNEL, "set the host name", try_host_name}, {KERNEL, "x32 system call", try_32_bit_call},
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
