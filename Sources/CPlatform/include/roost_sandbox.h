// The pieces of a process's sandbox. Each function returns 0, or an error number; ENOSYS and its kin
// stand for "this kernel can't".
#pragma once

#include <stdint.h>

/// Asks for a signal when the thread that started this process ends.
int roost_sandbox_die_with_parent(int32_t parent);

/// Becomes another user, with the group of the same number and no others.
int roost_sandbox_become(uint32_t user);

/// Gives up every capability, also for the future.
int roost_sandbox_drop_capabilities(void);

/// Can never gain rights by running a program again.
int roost_sandbox_no_new_privileges(void);

/// Writes no core file, and lets nobody of the same user look inside.
int roost_sandbox_no_core(void);
int roost_sandbox_not_dumpable(void);

/// Closes every descriptor from `first` on.
int roost_sandbox_close_from(uint32_t first);

/// The version of Landlock's interface; 0 when the kernel has none.
int roost_landlock_version(void);

/// A set of rules in the making: a descriptor, or minus an error number. Everything that the kernel
/// can handle is denied but for what `roost_landlock_allow` adds.
int roost_landlock_begin(int version, int deny_connect);

enum {
    ROOST_LANDLOCK_READ = 1,     // files and directories below, also to be mapped for execution
    ROOST_LANDLOCK_DEVICE = 2,   // a device: read and write
};

/// Allows something below a path; a path that isn't there is no error.
int roost_landlock_allow(int rules, int version, const char *_Nonnull path, int what);

/// Puts the rules into force for this thread and all it starts, and closes the set.
int roost_landlock_enter(int rules);

/// Whether the kernel filters system calls.
int roost_seccomp_available(void);

/// Puts the filter of system calls into force: no signals to others, no looking into others, no new
/// processes or programs, no local sockets, and no network either where `deny_network`.
int roost_seccomp_enter(int deny_network);
