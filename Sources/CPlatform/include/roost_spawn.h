// Processes, descriptors that travel between them, and memory that two of them share.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Runs a program in a session of its own with nothing open but: 0 = /dev/null, 1 and 2 = `output`,
/// 3 = `control`. No signal is blocked or ignored there. Returns the process id, or -1.
///
/// A parent-death signal that the child asks for follows the calling thread, not the process.
int roost_spawn(const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
                char *_Nullable const *_Nonnull environment, int control, int output);

/// Opens a descriptor that becomes readable when the process has ended.
int roost_open_process(int process);

/// Takes a child that has ended: 1 and its wait status, 0 while it runs, or -1.
int roost_reap(int process, int *_Nonnull status);

/// Limits the data segment of another process; 0 or -1.
int roost_limit_data(int process, uint64_t bytes);

/// Makes a connected pair of close-on-exec sockets: packets, or a stream. 0 or -1.
int roost_socket_pair(int packets, int pair[_Nonnull 2]);

/// Sends a packet with descriptors, without waiting and without SIGPIPE. The count, or -1.
long roost_send_packet(int socket, const void *_Nonnull bytes, size_t count,
                       const int *_Nullable descriptors, size_t descriptor_count);

/// Takes a packet without waiting: the count, 0 at the end, or -1 (EMSGSIZE for a packet that is
/// longer than `capacity` or carries descriptors).
long roost_receive_packet(int socket, void *_Nonnull bytes, size_t capacity);

/// Makes memory with a descriptor: executable (for an image) or not. -1 on failure.
int roost_memory_create(const char *_Nonnull name, int executable);

/// Forbids any change of size and, if asked, of content, for good. 0 or -1.
int roost_memory_seal(int memory, int content);

/// Appends a whole file to memory; the number of bytes or -1.
long roost_memory_fill(int memory, int file, size_t count);

/// Makes a close-on-exec pipe whose end to read, the first, never waits. 0 or -1.

/// Names the calling thread; at most 15 bytes.
