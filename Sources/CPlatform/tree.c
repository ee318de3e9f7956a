#define _GNU_SOURCE
#include "CPlatform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static int64_t nanoseconds(struct timespec time) {
    int64_t whole;
    if (__builtin_mul_overflow((int64_t)time.tv_sec, (int64_t)1000000000, &whole)) return INT64_MAX;
    return whole + time.tv_nsec;
}

static void fill(const struct stat *from, roost_file_status *status) {
    status->device = from->st_dev;
    status->inode = from->st_ino;
    status->size = from->st_size;
    status->modified = nanoseconds(from->st_mtim);
    status->changed = nanoseconds(from->st_ctim);
    status->kind = S_ISREG(from->st_mode)   ? ROOST_FILE_REGULAR
                   : S_ISDIR(from->st_mode) ? ROOST_FILE_DIRECTORY
                                            : ROOST_FILE_OTHER;
}

static int flags_for(int purpose) {
    switch (purpose) {
    case ROOST_BELOW_READ: return O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    case ROOST_BELOW_LIST: return O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC;
    default: return O_PATH | O_NOFOLLOW | O_CLOEXEC;
    }
}

// For kernels before 5.6: one step after the other, none of which is a link or leads up.
static int open_by_steps(int root, const char *path, int flags) {
    char step[256];
    int directory = dup(root);
    while (directory >= 0) {
        const char *slash = strchr(path, '/');
        size_t length = slash ? (size_t)(slash - path) : strlen(path);
        int is_bad = length == 0 || length > 255 || (length == 2 && path[0] == '.' && path[1] == '.');
        if (is_bad) {
            close(directory);
            errno = EXDEV;
            return -1;
        }
        memcpy(step, path, length);
        step[length] = 0;
        int next = slash ? openat(directory, step, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC)
                         : openat(directory, step, flags);
        int error = errno;
        close(directory);
        errno = error;
        if (next < 0 || !slash) return next;
        directory = next;
        path = slash + 1;
    }
    return -1;
}

// Puts what a link says in front of what is left of a path; where it begins anew, so does the walk.
static int follow(int link, char *rest, const char *left, int *directory) {
    char spliced[PATH_MAX];
    ssize_t length = readlinkat(link, "", spliced, sizeof spliced);
    size_t more = strlen(left);
    if (length < 0) return -1;
    if ((size_t)length + 1 + more >= sizeof spliced) {
        errno = ENAMETOOLONG;
        return -1;
    }
    spliced[length] = '/';
    memcpy(spliced + length + 1, left, more + 1);
    memcpy(rest, spliced, (size_t)length + more + 2);
    if (rest[0] != '/') return 0;
    close(*directory);
    *directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *directory < 0 ? -1 : 0;
}

// One step after the other; a link is followed where root or this process's user has made it.
static int open_by_own_links(const char *path) {
    enum { MOST_LINKS = 40 };
    char rest[PATH_MAX], step[NAME_MAX + 1];
    size_t length = strlen(path);
    if (length >= sizeof rest) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(rest, path, length + 1);
    int links = 0, directory = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *next = rest;
    while (directory >= 0) {
        next += strspn(next, "/");
        if (!*next) break;
        size_t size = strcspn(next, "/");
        struct stat found;
        int entry = -1;
        errno = ENAMETOOLONG;
        if (size <= NAME_MAX) {
            memcpy(step, next, size);
            step[size] = 0;
            entry = openat(directory, step, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        }
        int is_bad = entry < 0 || fstat(entry, &found) != 0;
        if (!is_bad && S_ISLNK(found.st_mode)) {
            int is_own = found.st_uid == 0 || found.st_uid == geteuid();
            if (!is_own || ++links > MOST_LINKS) errno = ELOOP, is_bad = 1;
            is_bad = is_bad || follow(entry, rest, next + size, &directory) != 0;
            next = rest;
        } else if (!is_bad) {
            int before = directory;
            directory = entry;
            entry = before;
            next += size;
        }
        int error = errno;
        if (entry >= 0) close(entry);
        if (is_bad && directory >= 0) close(directory);
        errno = error;
        if (is_bad) return -1;
    }
    if (directory < 0) return -1;
    int file = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    close(directory);
    errno = error;
    return file;
}

int roost_open_directory(const char *path) {
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_NO_SYMLINKS,
    };
    // Mostly there is no link on the way.
    long file = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    return file >= 0 || (errno != ELOOP && errno != ENOSYS) ? (int)file : open_by_own_links(path);
}

int roost_open_below(int root, const char *path, int purpose) {
    struct open_how how = {
        .flags = (uint64_t)flags_for(purpose),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    for (int tries = 0; tries < 8; tries++) {
        long file = syscall(SYS_openat2, root, path, &how, sizeof how);
        // A rename somewhere in the tree makes the kernel unsure for an instant.
        if (file >= 0 || (errno != EAGAIN && errno != EINTR)) {
            if (file < 0 && errno == ENOSYS) break;
            return (int)file;
        }
    }
    if (errno != ENOSYS) return -1;
    return open_by_steps(root, path, flags_for(purpose));
}

int roost_status(int file, roost_file_status *status) {
    struct stat found;
    if (fstat(file, &found) != 0) return -1;
    fill(&found, status);
    return 0;
}

int roost_status_at(int directory, const char *name, roost_file_status *status) {
    struct stat found;
    if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return -1;
    fill(&found, status);
    return 0;
}

int roost_list(int directory, void *context,
               void (*take)(void *, const char *, uint64_t, uint32_t)) {
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    if (!stream) {
        if (copy >= 0) close(copy);
        return -1;
    }
    struct dirent *entry;
    errno = 0;
    while ((entry = readdir(stream))) {
        const char *name = entry->d_name;
        if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) continue;
        uint32_t kind = entry->d_type == DT_REG       ? ROOST_FILE_REGULAR
                        : entry->d_type == DT_DIR     ? ROOST_FILE_DIRECTORY
                        : entry->d_type == DT_UNKNOWN ? 0
                                                      : ROOST_FILE_OTHER;
        take(context, name, strlen(name), kind);
        errno = 0;
    }
    int error = errno;
    closedir(stream);
    errno = error;
    return error == 0 ? 0 : -1;
}

int roost_rename_exclusive(int from, const char *name, int to, const char *new_name) {
    if (syscall(SYS_renameat2, from, name, to, new_name, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    // A file system without it: a link never replaces either.
    if (linkat(from, name, to, new_name, 0) != 0) return -1;
    return unlinkat(from, name, 0);
}

int roost_tells_changes(int directory) {
    struct statfs system;
    if (fstatfs(directory, &system) != 0) return -1;
    switch ((unsigned long)system.f_type) {
    case 0x6969:      // NFS
    case 0x517b:      // SMB
    case 0xff534d42:  // CIFS
    case 0xfe534d42:  // SMB2
    case 0x65735546:  // FUSE
    case 0x01021997:  // 9P
    case 0x5346414f:  // AFS
    case 0x73757245:  // Coda
    case 0x00c36400:  // Ceph
    case 0x786f4256:  // VirtualBox's shared folders
    case 0x9fa0:      // proc
    case 0x62656572:  // sysfs
        return 0;
    default: return 1;
    }
}
