// Attempts to leave a cell. Each is a real one: 1 stands for "it worked", 0 for "it was refused", and
// `error` says by which error number.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// What an attempt may need to know of the world outside.
typedef struct attempt_target {
    int32_t host, neighbour, admin_port, listener_port;
    const char *_Nonnull home, *_Nonnull scratch;
} attempt_target;

typedef int (*attempt)(const attempt_target *_Nonnull target, int *_Nonnull error);

typedef struct named_attempt {
    const char *_Nonnull kind, *_Nonnull name;
    attempt _Nonnull run;
} named_attempt;

/// Those that come back, in the order of the table.
int attempt_count(void);
named_attempt attempt_at(int index);

/// Makes one on a thread of its own.
int attempt_on_thread(int index, const attempt_target *_Nonnull target, int *_Nonnull error);

/// Those that may not come back.
void attempt_raw_exit(void);
void attempt_kill_self(void);
void attempt_loop_with_signals_blocked(void);
