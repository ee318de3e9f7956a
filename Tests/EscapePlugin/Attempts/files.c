#define _GNU_SOURCE
// Files of the host, of other plugins and of the machine, by their names and by other ways.
#include <sys/stat.h>

#include "private.h"

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
