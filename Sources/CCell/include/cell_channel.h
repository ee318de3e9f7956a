// Raw input and output of a cell's channels, past the entry points that plugins are given.
#pragma once

#include "cell_thread.h"

enum { CELL_CHANNEL_READY = 1, CELL_WOKEN = 2 };

/// Sends head and body in one call where the socket takes them; 0, or an error number. Bytes of an
/// abandoned thread are dropped (EPIPE).
int cell_channel_send(cell_thread *_Nonnull thread, const void *_Nonnull head, size_t head_count,
                      const void *_Nullable body, size_t body_count);

/// The same on behalf of a thread that has ended or was abandoned; gives up after `timeout` ns.
int cell_channel_send_last(cell_thread *_Nonnull thread, const void *_Nonnull bytes, size_t count,
                           int64_t timeout);

/// Receives: the count, 0 at the end, or minus an error number.
ssize_t cell_channel_receive(int descriptor, void *_Nonnull into, size_t count, int wait);

/// Reads a byte of every page, so that a bad pointer of a plugin's faults before a frame has begun.
void cell_touch(const void *_Nullable bytes, size_t count);

/// Waits for the channel or a wake-up: a set of CELL_CHANNEL_READY and CELL_WOKEN. `timeout` in
/// nanoseconds; negative for ever.
int cell_channel_wait(int channel, int wake, int64_t timeout);

/// Makes and uses a wake-up.
int cell_wake_make(void);
void cell_wake_raise(int wake);
void cell_wake_clear(int wake);

/// Receives a packet with up to three descriptors; the count, 0 at the end, or minus an error.
ssize_t cell_control_receive(int descriptor, void *_Nonnull into, size_t capacity,
                             int32_t descriptors[_Nonnull 3], int32_t *_Nonnull descriptor_count);

/// The same from the host's side, for tests that play it: 0, or an error number.
int cell_control_send(int descriptor, const void *_Nonnull bytes, size_t count,
                      const int32_t *_Nullable descriptors, int32_t descriptor_count);

/// An unnamed file in memory, closed by exec; -1 when there is none to be had.
int cell_memory_file(const char *_Nonnull name);
