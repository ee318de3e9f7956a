// What takes memory and gives none back, and loops in other people's libraries.
#pragma once

#include <stddef.h>

/// Allocates blocks of a size for ever, and never looks whether it got one.
void zoo_bomb(size_t size);

/// Frees every second block, so that what is free fits nothing.
void zoo_fragments(void);

/// Maps memory until there is none; how many pieces it got.
long zoo_map(size_t size);

/// Keeps a block that nobody will free.
void zoo_leak(size_t size);

// Each is one call that stays in the library for seconds and comes back to nobody in between.
long zoo_loop_in_zlib(void);
long zoo_loop_in_jpeg(void);
long zoo_loop_in_pattern(void);
long zoo_loop_in_sort(void);

/// Makes threads that wait for ever until it gets no more; how many it got.
long zoo_thread_bomb(void);

/// Leaves a thread behind that goes on for ever.
long zoo_leave_thread(void);

/// Crashes on a thread of its own.
void zoo_crash_aside(void);
