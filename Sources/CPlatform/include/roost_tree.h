// Files below a directory that is trusted, by names that aren't: bytes, links and all.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// What is known of a file without opening it; times in nanoseconds since 1970.
typedef struct roost_file_status {
    uint64_t device;
    uint64_t inode;
    int64_t size;
    int64_t modified;
    int64_t changed;
    uint32_t kind;  // ROOST_FILE_…
} roost_file_status;

enum { ROOST_FILE_REGULAR = 1, ROOST_FILE_DIRECTORY = 2, ROOST_FILE_OTHER = 3 };

/// What `roost_open_below` opens for.
enum { ROOST_BELOW_LOOK = 0, ROOST_BELOW_READ = 1, ROOST_BELOW_LIST = 2 };

/// Opens a directory that is trusted, through whatever links: the descriptor, or -1.
int roost_open_directory(const char *_Nonnull path);

/// Opens what lies below a directory; no link is followed and no step leads up or out. The
/// descriptor, or -1.
int roost_open_below(int root, const char *_Nonnull path, int purpose);

/// Looks at an open file: 0, or -1.
int roost_status(int file, roost_file_status *_Nonnull status);

/// Looks at a name in a directory, without following a link there: 0, or -1.
int roost_status_at(int directory, const char *_Nonnull name, roost_file_status *_Nonnull status);

/// Reads the next names of an open directory; each is handed over with its kind, 0 where the file
/// system doesn't tell. 0 at the end, or -1.
int roost_list(int directory, void *_Nullable context,
               void (*_Nonnull take)(void *_Nullable context, const char *_Nonnull name,
                                     uint64_t length, uint32_t kind));

/// Renames without ever replacing anything: 0, or -1.
int roost_rename_exclusive(int from, const char *_Nonnull name, int to,
                           const char *_Nonnull new_name);

/// Whether a file system tells inotify of all changes: those that other machines or programs make
/// behind the kernel's back it doesn't. 1, 0, or -1.
int roost_tells_changes(int directory);

/// Orders two names by their bytes: negative, 0 or positive.
static inline int roost_compare(const void *_Nonnull left, size_t left_count,
                                const void *_Nonnull right, size_t right_count) {
    int order = memcmp(left, right, left_count < right_count ? left_count : right_count);
    if (order != 0) return order;
    return left_count < right_count ? -1 : left_count > right_count ? 1 : 0;
}
