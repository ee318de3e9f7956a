// Waiting for many descriptors at once (epoll, eventfd).
#pragma once

#include <stdint.h>

enum { ROOST_POLL_READABLE = 1, ROOST_POLL_WRITABLE = 2 };
enum { ROOST_POLL_ADD, ROOST_POLL_CHANGE, ROOST_POLL_REMOVE };

/// What happened to the descriptor that was added with `token`.
typedef struct roost_poll_event {
    uint64_t token;
    uint32_t ready;  // ROOST_POLL_READABLE (also at the end), ROOST_POLL_WRITABLE
} roost_poll_event;

/// Makes an empty set: a descriptor, or -1.
int roost_poll_create(void);

/// Adds a descriptor, changes what it waits for, or removes it; always waits for something to read.
int roost_poll_control(int poll, int operation, int descriptor, uint64_t token, int writable);

/// Waits up to `milliseconds` (-1: for ever) for up to 64 events: how many, or -1.
int roost_poll_wait(int poll, roost_poll_event *_Nonnull events, int capacity, int milliseconds);

/// Makes a descriptor that can be made readable by `roost_waker_wake`, or -1.
int roost_waker_create(void);

/// Makes it readable.
void roost_waker_wake(int waker);

/// Makes it unreadable again.
void roost_waker_rest(int waker);
