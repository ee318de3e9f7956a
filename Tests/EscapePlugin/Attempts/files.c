#define _GNU_SOURCE
// Files of the host, of other plugins and of the machine, by their names and by other ways.
#include <sys/stat.h>
#include <sys/xattr.h>

#include "private.h"

#include <sys/inotify.h>

static int in_home(const attempt_target *target, const char *name, int flags, int *error) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", target->home, name);
    return opened(path, flags, error);
}
ATTEMPT(try_read_token) { return in_home(target, "admin.token", O_RDONLY, error); }
// The lock is there from the first instant on, as the store is later.
ATTEMPT(try_read_store) { return in_home(target, "host.lock", O_RDWR, error); }
ATTEMPT(try_read_settings) { return in_home(target, "roost.yaml", O_RDONLY, error); }
ATTEMPT(try_read_plugin) { return in_home(target, "plugins/libHello.so", O_RDONLY, error); }
ATTEMPT(try_list_home) { return in_home(target, "images", O_RDONLY | O_DIRECTORY, error); }
ATTEMPT(try_drop_plugin) {
    return in_home(target, "plugins/libEvil.so", O_CREAT | O_EXCL | O_WRONLY, error);
}
ATTEMPT(try_read_by_dots) {
    char path[4096];
    snprintf(path, sizeof path, "/usr/../%s/admin.token", target->home);
    return opened(path, O_RDONLY, error);
}
ATTEMPT(try_symlink) {
    char from[4096], to[4096];
    snprintf(from, sizeof from, "%s/admin.token", target->home);
    snprintf(to, sizeof to, "%s/link", target->scratch);
    if (symlink(from, to) < 0) return worked(-1, error);
    unlink(to);
    return 1;
}
ATTEMPT(try_hard_link) {
    char from[4096], to[4096];
    snprintf(from, sizeof from, "%s/admin.token", target->home);
    snprintf(to, sizeof to, "%s/link", target->scratch);
    if (link(from, to) < 0) return worked(-1, error);
    unlink(to);
    return 1;
}
ATTEMPT(try_rename) {
    char from[4096], to[4096];
    snprintf(from, sizeof from, "%s/plugins/libHello.so", target->home);
    snprintf(to, sizeof to, "%s/plugins/libGone.so", target->home);
    return worked(rename(from, to), error);
}
static const char *scratch(const attempt_target *target, const char *name) {
    static _Thread_local char path[4096];
    snprintf(path, sizeof path, "%s/%s", target->scratch, name);
    return path;
}
ATTEMPT(try_neighbours_file) { return opened(scratch(target, "secret"), O_RDONLY, error); }
ATTEMPT(try_write_neighbours) { return opened(scratch(target, "secret"), O_WRONLY, error); }
ATTEMPT(try_through_link) { return opened(scratch(target, "token"), O_RDONLY, error); }
ATTEMPT(try_remove) { return worked(unlink(scratch(target, "secret")), error); }
ATTEMPT(try_make_directory) { return worked(mkdir(scratch(target, "made"), 0700), error); }
ATTEMPT(try_make_pipe) { return worked(mkfifo(scratch(target, "pipe"), 0600), error); }
ATTEMPT(try_make_device) {
    return worked(mknod(scratch(target, "null"), S_IFCHR | 0666, 0x103), error);
}
ATTEMPT(try_truncate_by_opening) {
    return opened(scratch(target, "secret"), O_RDONLY | O_TRUNC, error);
}
ATTEMPT(try_watch_home) {
    int watch = inotify_init1(IN_CLOEXEC);
    if (watch < 0) return worked(watch, error);
    int ok = worked(inotify_add_watch(watch, target->home, IN_CREATE), error);
    close(watch);
    return ok;
}
ATTEMPT(try_truncate) { return worked(truncate(scratch(target, "secret"), 0), error); }

// What lies about a file: the one that all may write, so that nothing but the cell stands in the way.
ATTEMPT(try_mark_by_call) {
    struct { uint64_t flags; uint32_t extent, extents, project, clone; } none = {0, 0, 0, 0, 0};
    return worked(syscall(469, AT_FDCWD, scratch(target, "secret"), &none, sizeof none, 0), error);
}
ATTEMPT(try_chmod) { return worked(chmod(scratch(target, "secret"), 0600), error); }
ATTEMPT(try_chmod_at) {
    return worked(syscall(SYS_fchmodat, AT_FDCWD, scratch(target, "secret"), 0600), error);
}
ATTEMPT(try_chown) { return worked(chown(scratch(target, "secret"), (uid_t)-1, getgid()), error); }
ATTEMPT(try_chown_link) {
    return worked(lchown(scratch(target, "token"), (uid_t)-1, getgid()), error);
}
ATTEMPT(try_chown_empty) {
    int file = open(scratch(target, "secret"), O_PATH | O_CLOEXEC);
    if (file < 0) return worked(file, error);
    long code = fchownat(file, "", (uid_t)-1, getgid(), AT_EMPTY_PATH);
    int ok = worked(code, error);
    close(file);
    return ok;
}
ATTEMPT(try_times) { return worked(utimensat(AT_FDCWD, scratch(target, "secret"), 0, 0), error); }
ATTEMPT(try_times_link) {
    return worked(utimensat(AT_FDCWD, scratch(target, "token"), 0, AT_SYMLINK_NOFOLLOW), error);
}
ATTEMPT(try_set_mark) {
    return worked(setxattr(scratch(target, "secret"), "user.mark", "x", 1, 0), error);
}
ATTEMPT(try_set_mark_link) {
    return worked(lsetxattr(scratch(target, "secret"), "user.mark", "x", 1, 0), error);
}
ATTEMPT(try_remove_mark) {
    int ok = worked(removexattr(scratch(target, "secret"), "user.mark"), error);
    return ok || *error == ENODATA;  // looked at the file: only the mark wasn't there
}
ATTEMPT(try_chmod_open) {
    UNUSED;
    // A file that every cell may read; the kernel would look at its owner first.
    int file = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);
    if (file < 0) return worked(file, error);
    int ok = worked(fchmod(file, 0755), error);
    close(file);
    return ok;
}
ATTEMPT(try_shadow) { UNUSED; return opened("/etc/shadow", O_RDONLY, error); }
ATTEMPT(try_temporary) { UNUSED; return opened("/tmp", O_TMPFILE | O_RDWR, error); }
ATTEMPT(try_device_memory) { UNUSED; return opened("/dev/mem", O_RDWR, error); }
ATTEMPT(try_core_pattern) {
    UNUSED;
    return opened("/proc/sys/kernel/core_pattern", O_WRONLY, error);
}
ATTEMPT(try_sysfs) { UNUSED; return opened("/sys/power/state", O_WRONLY, error); }
ATTEMPT(try_control_group) {
    UNUSED;
    return opened("/sys/fs/cgroup/memory/cgroup.procs", O_WRONLY, error);
}
ATTEMPT(try_own_memory_file) { UNUSED; return opened("/proc/self/mem", O_RDWR, error); }
static int of_host(const attempt_target *target, const char *name, int flags, int *error) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", target->host, name);
    return opened(path, flags, error);
}
ATTEMPT(try_host_environment) { return of_host(target, "environ", O_RDONLY, error); }
ATTEMPT(try_host_memory_file) { return of_host(target, "mem", O_RDWR, error); }
ATTEMPT(try_host_descriptors) { return of_host(target, "fd", O_RDONLY | O_DIRECTORY, error); }
ATTEMPT(try_host_root) { return of_host(target, "root/etc/shadow", O_RDONLY, error); }
ATTEMPT(try_open_by_handle) {
    UNUSED;
    struct { unsigned bytes; int type; unsigned char handle[8]; } root = {8, 1, {2}};
    long code = syscall(SYS_open_by_handle_at, AT_FDCWD, &root, O_RDONLY);
    *error = code < 0 ? errno : 0;
    return code >= 0 || *error == ESTALE;
}
