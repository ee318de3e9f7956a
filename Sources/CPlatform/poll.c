#define _GNU_SOURCE
#include "roost_poll.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { most_events = 64 };

int roost_poll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int roost_poll_control(int poll, int operation, int descriptor, uint64_t token, int writable) {
    static const int operations[] = {EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL};
    struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0)};
    event.data.u64 = token;
    return epoll_ctl(poll, operations[operation], descriptor, &event);
}

int roost_poll_wait(int poll, roost_poll_event *events, int capacity, int milliseconds) {
    struct epoll_event found[most_events];
    int most = capacity < most_events ? capacity : most_events;
    int count = epoll_wait(poll, found, most, milliseconds);
    for (int index = 0; index < count; index++) {
        uint32_t what = found[index].events;
        events[index].token = found[index].data.u64;
        events[index].ready = (what & EPOLLOUT ? ROOST_POLL_WRITABLE : 0) |
                              (what & ~(uint32_t)EPOLLOUT ? ROOST_POLL_READABLE : 0);
    }
    return count;
}

int roost_waker_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void roost_waker_wake(int waker) { eventfd_write(waker, 1); }

void roost_waker_rest(int waker) {
    eventfd_t value;
    eventfd_read(waker, &value);
}
