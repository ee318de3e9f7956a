#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "roost_spawn.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum { first_free_descriptor = 4, out_of_the_way = 64 };

static int attributes_for_cell(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    int code = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (code == 0) code = posix_spawnattr_setsigmask(attributes, &none);
    if (code == 0) code = posix_spawnattr_setsigdefault(attributes, &all);
    return code;
}

static int descriptors_for_cell(posix_spawn_file_actions_t *actions, int null, int control,
                                int output) {
    int code = posix_spawn_file_actions_adddup2(actions, null, 0);
    if (code == 0) code = posix_spawn_file_actions_adddup2(actions, output, 1);
    if (code == 0) code = posix_spawn_file_actions_adddup2(actions, output, 2);
    if (code == 0) code = posix_spawn_file_actions_adddup2(actions, control, 3);
    if (code == 0) {
        code = posix_spawn_file_actions_addclosefrom_np(actions, first_free_descriptor);
    }
    return code;
}

static int spawn_with(const char *path, char *const *arguments, char *const *environment,
                      int null, int control, int output) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    pid_t process = -1;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0) return errno = code, -1;
    code = posix_spawn_file_actions_init(&actions);
    if (code == 0) {
        code = attributes_for_cell(&attributes);
        if (code == 0) code = descriptors_for_cell(&actions, null, control, output);
        if (code == 0) {
            code = posix_spawn(&process, path, &actions, &attributes, arguments, environment);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    if (code != 0) return errno = code, -1;
    return process;
}

int roost_spawn(const char *path, char *const *arguments, char *const *environment, int control,
                int output) {
    // Copies above the numbers that the child gives away, so that no dup2 tramples on another.
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high_null = null < 0 ? -1 : fcntl(null, F_DUPFD_CLOEXEC, out_of_the_way);
    int high_control = fcntl(control, F_DUPFD_CLOEXEC, out_of_the_way);
    int high_output = fcntl(output, F_DUPFD_CLOEXEC, out_of_the_way);
    int process = -1;
    if (high_null >= 0 && high_control >= 0 && high_output >= 0) {
        process = spawn_with(path, arguments, environment, high_null, high_control, high_output);
    }
    int code = errno;
    if (null >= 0) close(null);
    if (high_null >= 0) close(high_null);
    if (high_control >= 0) close(high_control);
    if (high_output >= 0) close(high_output);
    errno = code;
    return process;
}

int roost_open_process(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int roost_reap(int process, int *status) {
    pid_t result;
    do {
        result = waitpid(process, status, WNOHANG);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -1 : result == process;
}

int roost_limit_data(int process, uint64_t bytes) {
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
    return prlimit(process, RLIMIT_DATA, &limit, NULL);
}

int roost_socket_pair(int packets, int pair[2]) {
    int type = packets ? SOCK_SEQPACKET : SOCK_STREAM;
    return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair);
}

long roost_send_packet(int socket, const void *bytes, size_t count, const int *descriptors,
                       size_t descriptor_count) {
    enum { most_descriptors = 8 };
    union {
        char bytes[CMSG_SPACE(most_descriptors * sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > most_descriptors) return errno = EINVAL, -1;
    if (descriptor_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(descriptor_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptor_count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, descriptor_count * sizeof(int));
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

long roost_receive_packet(int socket, void *bytes, size_t capacity) {
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t count;
    do {
        // Without room for control data the kernel drops what descriptors come along.
        count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count >= 0 && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) return errno = EMSGSIZE, -1;
    return count;
}

int roost_memory_create(const char *name, int executable) {
    unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int memory = memfd_create(name, flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));
    // Kernels before 6.3 know neither flag, and allow execution.
    if (memory < 0 && errno == EINVAL) memory = memfd_create(name, flags);
    return memory;
}

int roost_memory_seal(int memory, int content) {
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    return fcntl(memory, F_ADD_SEALS, content ? seals | F_SEAL_WRITE : seals);
}

long roost_memory_fill(int memory, int file, size_t count) {
    off_t from = 0;
    while ((size_t)from < count) {
        ssize_t moved = sendfile(memory, file, &from, count - (size_t)from);
        if (moved < 0 && errno == EINTR) continue;
        if (moved < 0) return -1;
        if (moved == 0) break;
    }
    return (long)from;
}

