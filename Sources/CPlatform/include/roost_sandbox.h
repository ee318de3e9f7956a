// The pieces of a process's sandbox. Each function returns 0, or an error number; ENOSYS and its kin
// stand for "this kernel can't".
#pragma once

#include <stddef.h>
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

/// Lets other processes go before this one, as the command `nice` does.
int roost_sandbox_nice(int niceness);

/// Lets threads of this process that went behind others come back to where it is now, and no further.
int roost_sandbox_allow_nice(void);

/// Limits open descriptors, and processes and threads of its user, for good.
int roost_sandbox_limit_descriptors(uint64_t count);
int roost_sandbox_limit_processes(uint64_t count);

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
    ROOST_LANDLOCK_DATA = 3,     // to be read, and not to be run
    ROOST_LANDLOCK_CHANGE = 4,   // to be read, written, made and removed: files and directories
};

/// Allows something below a path; a path that isn't there is no error. Data and what may be changed
/// is looked up without following any link.
int roost_landlock_allow(int rules, int version, const char *_Nonnull path, int what);

/// Allows connections to every TCP port but these; to be called where connections are handled.
int roost_landlock_allow_ports(int rules, const uint16_t *_Nullable denied, size_t count);

/// Puts the rules into force for this thread and all it starts, and closes the set.
int roost_landlock_enter(int rules);

/// Whether the kernel filters system calls.
int roost_seccomp_available(void);

/// Puts the filter of system calls into force: no signals to others, no looking into others, no new
/// processes or programs, no local sockets, only plain TCP and UDP, and nobody listens.
int roost_seccomp_enter(int wishes);

enum {
    ROOST_SECCOMP_NETWORK = 1,    // may use TCP and UDP
    ROOST_SECCOMP_PROCESSES = 2,  // may start processes and programs
    ROOST_SECCOMP_WRITES = 4,     // may change files somewhere
    ROOST_SECCOMP_TRUNCATION = 8, // Landlock asks before a file is cut off (version 3, Linux 6.2)
};

/// Puts a further filter into force for the calling thread and those that it makes: the process's
/// signal handlers and filters stay, and it can't end the process. What is refused of the last kind
/// raises SIGSYS.
int roost_seccomp_enter_worker(void);
