#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attempts.h"

// Judges a call that gives a negative number when it is refused, and closes what it gave otherwise.
static inline int worked(long code, int *error) {
    *error = code < 0 ? errno : 0;
    return code >= 0;
}

static inline int opened(const char *path, int flags, int *error) {
    int file = open(path, flags | O_CLOEXEC, 0600);
    *error = file < 0 ? errno : 0;
    if (file >= 0) close(file);
    return file >= 0;
}

#define ATTEMPT(name) int name(const attempt_target *target, int *error)
#define UNUSED (void)target

ATTEMPT(try_fork);
ATTEMPT(try_vfork);
ATTEMPT(try_clone);
ATTEMPT(try_clone3);
ATTEMPT(try_exec);
ATTEMPT(try_memory_exec);
ATTEMPT(try_spawn);
ATTEMPT(try_system);
ATTEMPT(try_thread_bomb);
ATTEMPT(try_raw_thread_bomb);
ATTEMPT(try_descriptor_bomb);
ATTEMPT(try_unshare_user);
ATTEMPT(try_setns);
ATTEMPT(try_chroot);
ATTEMPT(try_mount);
ATTEMPT(try_setuid);
ATTEMPT(try_ptrace_host);
ATTEMPT(try_ptrace_neighbour);
ATTEMPT(try_read_host_memory);
ATTEMPT(try_write_host_memory);
ATTEMPT(try_pidfd_getfd);
ATTEMPT(try_kill_host);
ATTEMPT(try_kill_neighbour);
ATTEMPT(try_kill_init);
ATTEMPT(try_kill_all);
ATTEMPT(try_tkill);
ATTEMPT(try_queue_signal);
ATTEMPT(try_signal_handler);
ATTEMPT(try_raw_signal_handler);
ATTEMPT(try_signal_mask);
ATTEMPT(try_alternate_stack);
ATTEMPT(try_undo_parent_death);
ATTEMPT(try_dumpable);
ATTEMPT(try_own_filter);
ATTEMPT(try_raise_limit);
ATTEMPT(try_lower_host_limit);
ATTEMPT(try_priority);
ATTEMPT(try_real_time);
ATTEMPT(try_raw_socket);
ATTEMPT(try_packet_socket);
ATTEMPT(try_netlink);
ATTEMPT(try_tcp_loopback);
ATTEMPT(try_tcp_admin);
ATTEMPT(try_tcp_fast_open);
ATTEMPT(try_multipath);
ATTEMPT(try_tcp_listen);
ATTEMPT(try_tcp_listen_anywhere);
ATTEMPT(try_udp);
ATTEMPT(try_admin_socket);
ATTEMPT(try_abstract_socket);
ATTEMPT(try_vsock);
ATTEMPT(try_read_token);
ATTEMPT(try_read_store);
ATTEMPT(try_read_settings);
ATTEMPT(try_read_plugin);
ATTEMPT(try_read_by_dots);
ATTEMPT(try_list_home);
ATTEMPT(try_drop_plugin);
ATTEMPT(try_symlink);
ATTEMPT(try_hard_link);
ATTEMPT(try_rename);
ATTEMPT(try_shadow);
ATTEMPT(try_temporary);
ATTEMPT(try_device_memory);
ATTEMPT(try_core_pattern);
ATTEMPT(try_sysfs);
ATTEMPT(try_control_group);
ATTEMPT(try_own_memory_file);
ATTEMPT(try_host_environment);
ATTEMPT(try_host_memory_file);
ATTEMPT(try_host_descriptors);
ATTEMPT(try_host_root);
ATTEMPT(try_open_by_handle);
ATTEMPT(try_keyctl);
ATTEMPT(try_bpf);
ATTEMPT(try_perf);
ATTEMPT(try_userfaultfd);
ATTEMPT(try_io_uring);
ATTEMPT(try_shared_memory);
ATTEMPT(try_semaphores);
ATTEMPT(try_messages);
ATTEMPT(try_message_queue);
ATTEMPT(try_posix_shared_memory);
ATTEMPT(try_clock);
ATTEMPT(try_host_name);
ATTEMPT(try_32_bit_call);
ATTEMPT(try_host_priority);
ATTEMPT(try_compare);
ATTEMPT(try_watch_process);
ATTEMPT(try_niceness);
ATTEMPT(try_personality);
ATTEMPT(try_own_score);
ATTEMPT(try_datagram_pair);
ATTEMPT(try_datagram_service);
ATTEMPT(try_raw_pair_service);
ATTEMPT(try_neighbours_file);
ATTEMPT(try_through_link);
ATTEMPT(try_remove);
ATTEMPT(try_make_directory);
ATTEMPT(try_make_pipe);
ATTEMPT(try_make_device);
ATTEMPT(try_truncate);
ATTEMPT(try_truncate_by_opening);
ATTEMPT(try_watch_home);
ATTEMPT(try_write_neighbours);
ATTEMPT(try_mark_by_call);
ATTEMPT(try_chmod);
ATTEMPT(try_chmod_at);
ATTEMPT(try_chown);
ATTEMPT(try_chown_link);
ATTEMPT(try_chown_empty);
ATTEMPT(try_times);
ATTEMPT(try_times_link);
ATTEMPT(try_set_mark);
ATTEMPT(try_set_mark_link);
ATTEMPT(try_remove_mark);
ATTEMPT(try_chmod_open);
ATTEMPT(try_bind_host);
ATTEMPT(try_bind_itself);
ATTEMPT(try_idle_host);
ATTEMPT(try_attributes_of_host);
ATTEMPT(try_input_priority_of_host);
ATTEMPT(try_host_as_owner);
ATTEMPT(try_host_as_socket_owner);
ATTEMPT(try_set_signal);
ATTEMPT(try_own_limit);
ATTEMPT(try_own_raw_limit);
ATTEMPT(try_end_itself);
ATTEMPT(try_stop_itself);
ATTEMPT(try_fault_elsewhere);
ATTEMPT(try_end_main_thread);
