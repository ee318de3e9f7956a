// A layer between SQLite and the disk that fails on demand and remembers what would survive a loss
// of power. For tests of one process; every function may be called on any thread.
#ifndef FAULTY_DISK_H
#define FAULTY_DISK_H

#include <stdint.h>

// What a call may fail with.
enum faulty_disk_fault {
    FAULTY_DISK_NONE = 0,
    FAULTY_DISK_FULL = 1,        // a write finds no space
    FAULTY_DISK_IO = 2,          // a write fails
    FAULTY_DISK_SHORT = 3,       // a write fails after its first half
    FAULTY_DISK_SYNC = 4,        // a sync fails; what was written before may be lost
    FAULTY_DISK_READ = 5,        // a read fails
    FAULTY_DISK_TRUNCATE = 6,    // a truncation fails
};

// Puts the layer before the system's one, for every database that this process opens from now on.
// Files outside the watched directory pass through untouched. Returns SQLite's result code.
int faulty_disk_install(void);

// Watches the files whose paths begin with `directory`, and forgets what was watched before.
void faulty_disk_watch(const char *directory);

// Lets calls of a kind fail: after `skip` calls of it that work, `count` calls fail (-1: all).
void faulty_disk_fail(int fault, int64_t skip, int64_t count);

// How many calls of a kind of fault have been made, failed ones included, since `faulty_disk_watch`.
int64_t faulty_disk_calls(int fault);

// How many calls failed since `faulty_disk_watch`.
int64_t faulty_disk_failures(void);

// Cuts the power when so many more bytes or syncs have gone to the disk: from then on every call
// fails, and what was not synced is in doubt. -1 for never.
void faulty_disk_cut_power_after(int64_t steps);

// Whether the power is off.
int faulty_disk_is_off(void);

// Writes what the disk holds after the loss of power to `directory`, one file for each watched one:
// all that was synced, and of what was not each sector whole, not at all or torn, as `seed` draws.
// Returns 0, or an error number.
int faulty_disk_write_remains(const char *directory, uint64_t seed);

#endif
