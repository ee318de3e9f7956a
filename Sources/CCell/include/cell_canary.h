// Finds locks that a plugin's end has left taken, for all plugins of the cell.
#pragma once

#include <stddef.h>

/// Takes what locks it can of the Swift runtime's; on the canary's thread.
typedef void (*cell_canary_look)(void);

/// Starts the canary: once, after the sandbox. When it gets stuck, `bytes` are sent as they are on the
/// control channel, past any lock; 0, or -1 when it can't be started.
int cell_canary_start(int control, const void *_Nonnull bytes, size_t count,
                      cell_canary_look _Nonnull look);

/// The main thread begins with an event, or goes back to sleep. One that stays with the same event for
/// seconds, or a supervisor that doesn't look when it should, ends the process: its memory is destroyed.
void cell_main_is_busy(void);
void cell_main_is_idle(void);

/// Keeps the canary awake for a while; called again and again while something runs.
void cell_canary_wake(void);
