#define _GNU_SOURCE
// The network, local sockets, and what processes of one machine share by name.
#include <arpa/inet.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "private.h"

static int makes(int family, int type, int protocol, int *error) {
    int out = socket(family, type | SOCK_CLOEXEC, protocol);
    int ok = worked(out, error);
    if (ok) close(out);
    return ok;
}
ATTEMPT(try_raw_socket) { UNUSED; return makes(AF_INET, SOCK_RAW, IPPROTO_ICMP, error); }
ATTEMPT(try_packet_socket) { UNUSED; return makes(AF_PACKET, SOCK_RAW, 0x300, error); }
ATTEMPT(try_netlink) { UNUSED; return makes(AF_NETLINK, SOCK_RAW, 0, error); }
ATTEMPT(try_vsock) { UNUSED; return makes(AF_VSOCK, SOCK_STREAM, 0, error); }

static int reach(int type, int protocol, int flags, int port, int *error) {
    int out = socket(AF_INET, type | SOCK_CLOEXEC, protocol);
    if (out < 0) return worked(out, error);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    long code = flags || type == SOCK_DGRAM
                    ? sendto(out, "x", 1, flags, (void *)&to, sizeof to)
                    : connect(out, (void *)&to, sizeof to);
    int ok = worked(code, error);
    close(out);
    // Whom nobody listens to has all the same been allowed to knock.
    return ok || *error == ECONNREFUSED || *error == EINPROGRESS;
}
ATTEMPT(try_tcp_loopback) { return reach(SOCK_STREAM, 0, 0, target->listener_port, error); }
ATTEMPT(try_tcp_admin) { return reach(SOCK_STREAM, 0, 0, target->admin_port, error); }
ATTEMPT(try_tcp_fast_open) {
    return reach(SOCK_STREAM, 0, MSG_FASTOPEN, target->admin_port, error);
}
ATTEMPT(try_multipath) {
    enum { MULTIPATH = 262 };
    return reach(SOCK_STREAM, MULTIPATH, 0, target->admin_port, error);
}
ATTEMPT(try_udp) { return reach(SOCK_DGRAM, 0, 0, target->listener_port, error); }
ATTEMPT(try_tcp_listen) {
    UNUSED;
    int in = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (in < 0) return worked(in, error);
    struct sockaddr_in own = {.sin_family = AF_INET};
    long code = bind(in, (void *)&own, sizeof own);
    if (code == 0) code = listen(in, 1);
    int ok = worked(code, error);
    close(in);
    return ok;
}
ATTEMPT(try_tcp_listen_anywhere) {
    UNUSED;
    int in = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (in < 0) return worked(in, error);
    int ok = worked(listen(in, 1), error);
    close(in);
    return ok;
}
static int reach_local(const char *path, int is_abstract, int *error) {
    int out = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (out < 0) return worked(out, error);
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    memcpy(to.sun_path + is_abstract, path, length);
    long code = connect(out, (void *)&to,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + is_abstract + length));
    int ok = worked(code, error);
    close(out);
    return ok || *error == ECONNREFUSED;
}
ATTEMPT(try_admin_socket) {
    char path[108];
    snprintf(path, sizeof path, "%s/admin.sock", target->home);
    return reach_local(path, 0, error);
}
// The service listens for datagrams, and lets everybody in.
static int reach_by_pair(const attempt_target *target, int type, int *error) {
    int pair[2];
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0) return worked(-1, error);
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s/service", target->scratch);
    int ok = worked(sendto(pair[0], "x", 1, 0, (void *)&to, sizeof to), error);
    if (!ok) ok = worked(connect(pair[1], (void *)&to, sizeof to), error);
    close(pair[0]);
    close(pair[1]);
    return ok;
}
ATTEMPT(try_datagram_pair) {
    UNUSED;
    int pair[2];
    int ok = worked(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), error);
    if (ok) close(pair[0]), close(pair[1]);
    return ok;
}
ATTEMPT(try_datagram_service) { return reach_by_pair(target, SOCK_DGRAM, error); }
// The kernel makes datagrams of it.
ATTEMPT(try_raw_pair_service) { return reach_by_pair(target, SOCK_RAW, error); }
ATTEMPT(try_abstract_socket) { UNUSED; return reach_local("somebody", 1, error); }

ATTEMPT(try_shared_memory) {
    UNUSED;
    int id = shmget(IPC_PRIVATE, 4096, 0600);
    int ok = worked(id, error);
    if (ok) shmctl(id, IPC_RMID, 0);
    return ok;
}
ATTEMPT(try_semaphores) {
    UNUSED;
    int id = semget(IPC_PRIVATE, 1, 0600);
    int ok = worked(id, error);
    if (ok) semctl(id, 0, IPC_RMID);
    return ok;
}
ATTEMPT(try_messages) {
    UNUSED;
    int id = msgget(IPC_PRIVATE, 0600);
    int ok = worked(id, error);
    if (ok) msgctl(id, IPC_RMID, 0);
    return ok;
}
ATTEMPT(try_message_queue) {
    UNUSED;
    long id = syscall(SYS_mq_open, "roost-escape", O_CREAT | O_RDWR, 0600, 0);
    int ok = worked(id, error);
    if (ok) {
        syscall(SYS_mq_unlink, "roost-escape");
        close((int)id);
    }
    return ok;
}
ATTEMPT(try_posix_shared_memory) {
    UNUSED;
    int memory = shm_open("/roost-escape", O_CREAT | O_RDWR, 0600);
    int ok = worked(memory, error);
    if (ok) {
        shm_unlink("/roost-escape");
        close(memory);
    }
    return ok;
}
