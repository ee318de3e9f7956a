#include "private.h"

#include "cell_channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void cell_touch(const void *bytes, size_t count) {
    const volatile char *from = bytes;
    if (count == 0) return;
    for (size_t i = 0; i < count; i += 4096) (void)from[i];
    (void)from[count - 1];
}

static void advance(struct iovec **parts, size_t *part_count, size_t done) {
    while (*part_count > 0 && done >= (*parts)->iov_len) {
        done -= (*parts)->iov_len;
        ++*parts;
        --*part_count;
    }
    if (*part_count > 0) {
        (*parts)->iov_base = (char *)(*parts)->iov_base + done;
        (*parts)->iov_len -= done;
    }
}

static int send_all(cell_thread *thread, struct iovec *parts, size_t part_count) {
    advance(&parts, &part_count, 0);
    while (part_count > 0) {
        if (cell_load32(&thread->abandoned) || cell_load32(&thread->answered)) return EPIPE;
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = part_count};
        ssize_t count = syscall(SYS_sendmsg, thread->channel, &message, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        advance(&parts, &part_count, (size_t)count);
    }
    return 0;
}

int cell_channel_send(cell_thread *thread, const void *head, size_t head_count, const void *body,
                      size_t body_count) {
    struct iovec parts[2] = {{(void *)head, head_count}, {(void *)body, body_count}};
    while (__atomic_exchange_n(&thread->sending, 1, __ATOMIC_ACQUIRE)) {
        // Only a plugin's side threads ever meet here.
        struct timespec pause = {0, 50000};
        syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, 0);
    }
    int error = send_all(thread, parts, 2);
    __atomic_store_n(&thread->sending, 0, __ATOMIC_RELEASE);
    return error;
}

int cell_channel_send_last(cell_thread *thread, const void *bytes, size_t count, int64_t timeout) {
    int64_t end = cell_now() + timeout;
    if (__atomic_load_n(&thread->sending, __ATOMIC_ACQUIRE)) return EBUSY;
    while (count > 0) {
        ssize_t sent = syscall(SYS_sendto, thread->channel, bytes, count,
                               MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
        if (sent >= 0) {
            bytes = (const char *)bytes + sent;
            count -= (size_t)sent;
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return errno;
        int64_t left = end - cell_now();
        if (left <= 0) return ETIMEDOUT;
        struct pollfd item = {.fd = thread->channel, .events = POLLOUT};
        struct timespec time = {left / 1000000000, left % 1000000000};
        syscall(SYS_ppoll, &item, 1, &time, 0, 0);
    }
    return 0;
}

ssize_t cell_channel_receive(int descriptor, void *into, size_t count, int wait) {
    for (;;) {
        ssize_t result =
            syscall(SYS_recvfrom, descriptor, into, count, wait ? 0 : MSG_DONTWAIT, 0, 0);
        if (result >= 0) return result;
        if (errno != EINTR) return -errno;
        if (wait) return -EINTR;
    }
}

int cell_channel_wait(int channel, int wake, int64_t timeout) {
    struct pollfd items[2] = {{.fd = channel, .events = POLLIN}, {.fd = wake, .events = POLLIN}};
    struct timespec time = {timeout / 1000000000, timeout % 1000000000};
    if (syscall(SYS_ppoll, items, 2, timeout < 0 ? 0 : &time, 0, 0) <= 0) return 0;
    return (items[0].revents ? CELL_CHANNEL_READY : 0) | (items[1].revents ? CELL_WOKEN : 0);
}

int cell_wake_make(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void cell_wake_raise(int wake) {
    uint64_t one = 1;
    syscall(SYS_write, wake, &one, sizeof one);
}

void cell_wake_clear(int wake) {
    uint64_t count;
    syscall(SYS_read, wake, &count, sizeof count);
}

ssize_t cell_control_receive(int descriptor, void *into, size_t capacity, int32_t descriptors[3],
                             int32_t *descriptor_count) {
    union {
        char bytes[CMSG_SPACE(3 * sizeof(int32_t))];
        struct cmsghdr aligned;
    } control;
    struct iovec part = {into, capacity};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = sizeof control};
    *descriptor_count = 0;
    ssize_t count;
    do {
        count = syscall(SYS_recvmsg, descriptor, &message, MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
        size_t bytes = item->cmsg_len - CMSG_LEN(0);
        memcpy(descriptors, CMSG_DATA(item), bytes);
        *descriptor_count = (int32_t)(bytes / sizeof(int32_t));
    }
    return count;
}

int cell_control_send(int descriptor, const void *bytes, size_t count, const int32_t *descriptors,
                      int32_t descriptor_count) {
    union {
        char bytes[CMSG_SPACE(3 * sizeof(int32_t))];
        struct cmsghdr aligned;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > 0 && descriptor_count <= 3) {
        size_t size = (size_t)descriptor_count * sizeof(int32_t);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(item), descriptors, size);
    }
    return syscall(SYS_sendmsg, descriptor, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

int cell_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 1U); }
