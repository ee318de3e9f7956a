// Faults and attempts that Swift can't commit by itself.
#pragma once

#include <stddef.h>

#include "bombs.h"
#include "corruption.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Returns its argument; the optimiser doesn't know.
long zoo_opaque(long value);

void zoo_double_free(void);

/// Crashes while the loader's lock is taken, which then stays taken.
void zoo_crash_in_loader(void);
void zoo_throw(const char *message);
void zoo_exit_group(int code);
void zoo_loop_in_c(void);

void zoo_fputs(const char *text);
void zoo_printf(const char *text);
long zoo_write(int descriptor, const char *text);

// Attempts to leave the cell; each returns what the system said, or the negative error number.
long zoo_kill(int process, int signal);
long zoo_open(const char *path);
long zoo_create(const char *directory);
long zoo_connect_unix(const char *path);
long zoo_connect_tcp(const char *address, int port);
long zoo_ptrace(int process);
long zoo_read_memory(int process, unsigned long address);

#ifdef __cplusplus
}
#endif
