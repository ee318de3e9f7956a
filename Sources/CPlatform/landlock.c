// Landlock, by its kernel interface alone: the machine's headers may be older than its kernel.
#define _GNU_SOURCE
#include "roost_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { VERSION_FLAG = 1, RULE_PATH_BENEATH = 1, RULE_PORT = 2 };

enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE_DIR = 1 << 4,
    REMOVE_FILE = 1 << 5,
    MAKE_DIR = 1 << 7,
    MAKE_REG = 1 << 8,
    REFER = 1 << 13,  // version 2
    TRUNCATE = 1 << 14,   // version 3
    IOCTL_DEVICE = 1 << 15,  // version 5
    BIND_TCP = 1 << 0,    // version 4
    CONNECT_TCP = 1 << 1,
    SCOPE_ABSTRACT = 1 << 0,  // version 6
    SCOPE_SIGNAL = 1 << 1,
};

struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scoped;
};

struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

int roost_landlock_version(void) {
    long version = syscall(CREATE_RULESET, 0, 0, VERSION_FLAG);
    return version < 0 ? 0 : (int)version;
}

// Every right that a version knows, so that a set handles all and grants what is allowed.
static uint64_t all_rights(int version) {
    uint64_t rights = (1 << 13) - 1;  // up to making symbolic links
    if (version >= 2) rights |= 1 << 13;
    if (version >= 3) rights |= TRUNCATE;
    if (version >= 5) rights |= IOCTL_DEVICE;
    return rights;
}

int roost_landlock_begin(int version, int deny_connect) {
    struct ruleset rules = {.files = all_rights(version)};
    size_t size = sizeof rules.files;
    if (version >= 4) {
        rules.network = BIND_TCP | (deny_connect ? CONNECT_TCP : 0);
        size = sizeof rules.files + sizeof rules.network;
    }
    if (version >= 6) {
        rules.scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
        size = sizeof rules;
    }
    long descriptor = syscall(CREATE_RULESET, &rules, size, 0);
    return descriptor < 0 ? -errno : (int)descriptor;
}

// As the kernel has it: struct open_how of openat2.
struct how {
    uint64_t flags, mode, resolve;
};

// Opens a path of somebody's choice; a link that has come into it since it was checked is an error.
static int open_exactly(const char *path) {
    enum { OPENAT2 = 437, NO_SYMLINKS = 4 };
    struct how how = {.flags = O_PATH | O_CLOEXEC, .resolve = NO_SYMLINKS};
    int file = (int)syscall(OPENAT2, AT_FDCWD, path, &how, sizeof how);
    if (file < 0 && errno == ENOSYS) file = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
    return file;
}

static uint64_t rights_to(int what, int version, int is_directory) {
    uint64_t rights = READ_FILE;
    if (what == ROOST_LANDLOCK_READ) rights |= EXECUTE;
    if (what == ROOST_LANDLOCK_DEVICE || what == ROOST_LANDLOCK_CHANGE) rights |= WRITE_FILE;
    if (rights & WRITE_FILE && version >= 3) rights |= TRUNCATE;
    if (!is_directory) return rights;
    rights |= READ_DIR;
    // No links, devices, pipes and sockets: the host and others may look at what is made there.
    if (what == ROOST_LANDLOCK_CHANGE) rights |= REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG;
    if (what == ROOST_LANDLOCK_CHANGE && version >= 2) rights |= REFER;
    return rights;
}

int roost_landlock_allow(int rules, int version, const char *path, int what) {
    int is_data = what == ROOST_LANDLOCK_DATA || what == ROOST_LANDLOCK_CHANGE;
    int parent = is_data ? open_exactly(path) : open(path, O_PATH | O_CLOEXEC);
    if (parent < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    struct stat status;
    int is_directory = fstat(parent, &status) == 0 && S_ISDIR(status.st_mode);
    struct path_beneath rule = {rights_to(what, version, is_directory), parent};
    long code = syscall(ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0);
    int error = code < 0 ? errno : 0;
    close(parent);
    return error;
}

struct port {
    uint64_t allowed, port;
};

int roost_landlock_allow_ports(int rules, const uint16_t *denied, size_t count) {
    for (unsigned port = 1; port <= UINT16_MAX; port++) {
        int is_denied = 0;
        for (size_t i = 0; i < count; i++) is_denied |= denied[i] == port;
        if (is_denied) continue;
        struct port rule = {CONNECT_TCP, port};
        if (syscall(ADD_RULE, rules, RULE_PORT, &rule, 0) < 0) return errno;
    }
    return 0;
}

int roost_landlock_enter(int rules) {
    int error = syscall(RESTRICT_SELF, rules, 0) < 0 ? errno : 0;
    close(rules);
    return error;
}
