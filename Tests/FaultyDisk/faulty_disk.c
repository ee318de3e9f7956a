#include "faulty_disk.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, MOST_FILES = 16, KINDS = 7 };

// One call that changed a file and that no sync has confirmed yet.
struct change {
    struct change *next;
    int64_t offset;
    int64_t length; // of `bytes`; -1 for a truncation to `offset`
    unsigned char bytes[];
};

// What a disk would hold of one file.
struct disk_file {
    char name[512]; // empty: unused
    unsigned char *synced;
    int64_t length;
    int exists; // after a loss of power
    struct change *first, *last;
};

// A file as SQLite sees it; the system's own follows behind.
struct open_file {
    sqlite3_file base;
    struct disk_file *disk; // NULL: passes through
    sqlite3_file *real;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs layer;
static char watched[256];
static struct disk_file files[MOST_FILES];
static int64_t calls[KINDS], failures;
static int fault_kind;
static int64_t fault_skip, fault_count, steps_left = -1;
static int is_off;

static void clear_changes(struct disk_file *file) {
    while (file->first) {
        struct change *next = file->first->next;
        free(file->first);
        file->first = next;
    }
    file->last = NULL;
}

static struct disk_file *find(const char *name, int create) {
    if (!name || !watched[0] || strncmp(name, watched, strlen(watched)) != 0) return NULL;
    for (int i = 0; i < MOST_FILES; i++)
        if (strcmp(files[i].name, name) == 0) return &files[i];
    for (int i = 0; create && i < MOST_FILES; i++)
        if (!files[i].name[0]) {
            snprintf(files[i].name, sizeof files[i].name, "%s", name);
            return &files[i];
        }
    return NULL;
}

static void grow(struct disk_file *file, int64_t length) {
    if (length <= file->length) return;
    file->synced = realloc(file->synced, length);
    if (!file->synced) abort();
    memset(file->synced + file->length, 0, length - file->length);
    file->length = length;
}

static void apply(struct disk_file *file, const struct change *change) {
    if (change->length < 0) {
        grow(file, change->offset);
        file->length = change->offset;
        return;
    }
    grow(file, change->offset + change->length);
    memcpy(file->synced + change->offset, change->bytes, change->length);
}

static void remember(struct disk_file *file, int64_t offset, int64_t length, const void *bytes) {
    struct change *change = malloc(sizeof *change + (length > 0 ? length : 0));
    if (!change) abort();
    change->next = NULL;
    change->offset = offset;
    change->length = length;
    if (length > 0) memcpy(change->bytes, bytes, length);
    if (file->last) file->last->next = change; else file->first = change;
    file->last = change;
}

// Counts a call of a kind; whether it fails as asked. With the lock held.
static int fails(int kind) {
    calls[kind]++;
    if (is_off) return 1;
    if (kind != fault_kind) return 0;
    if (fault_skip > 0) { fault_skip--; return 0; }
    if (fault_count == 0) return 0;
    if (fault_count > 0) fault_count--;
    failures++;
    return 1;
}

// One step towards the loss of power. With the lock held.
static void step(void) {
    if (steps_left > 0 && --steps_left == 0) is_off = 1;
}

static struct open_file *as_open(sqlite3_file *file) { return (struct open_file *)file; }

static int file_close(sqlite3_file *base) {
    struct open_file *file = as_open(base);
    return file->real->pMethods ? file->real->pMethods->xClose(file->real) : SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes, int length, sqlite3_int64 offset) {
    struct open_file *file = as_open(base);
    if (file->disk) {
        pthread_mutex_lock(&lock);
        int failed = fails(FAULTY_DISK_READ);
        pthread_mutex_unlock(&lock);
        if (failed) return SQLITE_IOERR_READ;
    }
    return file->real->pMethods->xRead(file->real, bytes, length, offset);
}

static int file_write(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset) {
    struct open_file *file = as_open(base);
    const sqlite3_io_methods *real = file->real->pMethods;
    if (!file->disk) return real->xWrite(file->real, bytes, length, offset);
    pthread_mutex_lock(&lock);
    int code = SQLITE_OK;
    // Each kind counts every write, so that a test can choose one by its number.
    int full = fails(FAULTY_DISK_FULL), io = fails(FAULTY_DISK_IO);
    int partial = fails(FAULTY_DISK_SHORT);
    if (full) code = SQLITE_FULL;
    else if (io || partial) code = SQLITE_IOERR_WRITE;
    int written = code == SQLITE_OK ? length : partial && !is_off ? length / 2 : 0;
    if (written > 0) {
        remember(file->disk, offset, written, bytes);
        int wrote = real->xWrite(file->real, bytes, written, offset);
        if (wrote != SQLITE_OK) code = wrote;
        step();
    }
    pthread_mutex_unlock(&lock);
    return code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    struct open_file *file = as_open(base);
    if (!file->disk) return file->real->pMethods->xTruncate(file->real, size);
    pthread_mutex_lock(&lock);
    int code = SQLITE_IOERR_TRUNCATE;
    if (!fails(FAULTY_DISK_TRUNCATE)) {
        remember(file->disk, size, -1, NULL);
        code = file->real->pMethods->xTruncate(file->real, size);
        step();
    }
    pthread_mutex_unlock(&lock);
    return code;
}

static int file_sync(sqlite3_file *base, int flags) {
    struct open_file *file = as_open(base);
    (void)flags;
    // What isn't watched is a test's own business; syncing it would only wear the disk.
    if (!file->disk) return SQLITE_OK;
    pthread_mutex_lock(&lock);
    int code = SQLITE_IOERR_FSYNC;
    step();
    if (fails(FAULTY_DISK_SYNC)) {
        // The kernel marks such pages clean: no later sync writes them, unless they change again.
        if (!is_off) clear_changes(file->disk);
    } else {
        for (struct change *change = file->disk->first; change; change = change->next)
            apply(file->disk, change);
        clear_changes(file->disk);
        file->disk->exists = 1;
        code = SQLITE_OK;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    return as_open(base)->real->pMethods->xFileSize(as_open(base)->real, size);
}
static int file_lock(sqlite3_file *base, int level) {
    return as_open(base)->real->pMethods->xLock(as_open(base)->real, level);
}
static int file_unlock(sqlite3_file *base, int level) {
    return as_open(base)->real->pMethods->xUnlock(as_open(base)->real, level);
}
static int file_check_lock(sqlite3_file *base, int *result) {
    return as_open(base)->real->pMethods->xCheckReservedLock(as_open(base)->real, result);
}
static int file_control(sqlite3_file *base, int operation, void *argument) {
    return as_open(base)->real->pMethods->xFileControl(as_open(base)->real, operation, argument);
}
static int file_sector_size(sqlite3_file *base) { (void)base; return SECTOR; }
// Promises nothing of what a disk does with writes under way.
static int file_characteristics(sqlite3_file *base) { (void)base; return 0; }
static int file_map(sqlite3_file *base, int page, int size, int extend, void volatile **at) {
    return as_open(base)->real->pMethods->xShmMap(as_open(base)->real, page, size, extend, at);
}
static int file_map_lock(sqlite3_file *base, int offset, int count, int flags) {
    return as_open(base)->real->pMethods->xShmLock(as_open(base)->real, offset, count, flags);
}
static void file_barrier(sqlite3_file *base) {
    as_open(base)->real->pMethods->xShmBarrier(as_open(base)->real);
}
static int file_unmap(sqlite3_file *base, int delete_it) {
    return as_open(base)->real->pMethods->xShmUnmap(as_open(base)->real, delete_it);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, // no memory mapping: every access comes through here
    .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate,
    .xSync = file_sync, .xFileSize = file_size, .xLock = file_lock, .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock, .xFileControl = file_control,
    .xSectorSize = file_sector_size, .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_map, .xShmLock = file_map_lock, .xShmBarrier = file_barrier,
    .xShmUnmap = file_unmap,
};

static int layer_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags) {
    (void)vfs;
    struct open_file *file = as_open(base);
    memset(file, 0, sizeof *file);
    file->real = (sqlite3_file *)(file + 1);
    pthread_mutex_lock(&lock);
    int refused = is_off && find(name, 0);
    pthread_mutex_unlock(&lock);
    if (refused) return SQLITE_CANTOPEN;
    int code = real_vfs->xOpen(real_vfs, name, file->real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    pthread_mutex_lock(&lock);
    file->disk = find(name, 1);
    pthread_mutex_unlock(&lock);
    file->base.pMethods = &methods;
    return SQLITE_OK;
}

static int layer_delete(sqlite3_vfs *vfs, const char *name, int sync_directory) {
    (void)vfs;
    pthread_mutex_lock(&lock);
    struct disk_file *file = find(name, 0);
    int refused = file && is_off;
    if (file && !is_off) {
        clear_changes(file);
        file->length = 0;
        file->exists = 0;
    }
    pthread_mutex_unlock(&lock);
    return refused ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, name, sync_directory);
}

static int layer_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    (void)vfs;
    return real_vfs->xAccess(real_vfs, name, flags, result);
}
static int layer_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out) {
    (void)vfs;
    return real_vfs->xFullPathname(real_vfs, name, size, out);
}

int faulty_disk_install(void) {
    pthread_mutex_lock(&lock);
    int code = SQLITE_OK;
    if (!real_vfs) {
        real_vfs = sqlite3_vfs_find(NULL);
        layer = *real_vfs;
        layer.zName = "faulty-disk";
        layer.pNext = NULL;
        layer.szOsFile = (int)sizeof(struct open_file) + real_vfs->szOsFile;
        layer.xOpen = layer_open;
        layer.xDelete = layer_delete;
        layer.xAccess = layer_access;
        layer.xFullPathname = layer_full_path;
        code = sqlite3_vfs_register(&layer, 1);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

void faulty_disk_watch(const char *directory) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MOST_FILES; i++) {
        clear_changes(&files[i]);
        free(files[i].synced);
        memset(&files[i], 0, sizeof files[i]);
    }
    snprintf(watched, sizeof watched, "%s", directory);
    memset(calls, 0, sizeof calls);
    failures = 0;
    fault_kind = FAULTY_DISK_NONE;
    steps_left = -1;
    is_off = 0;
    pthread_mutex_unlock(&lock);
}

void faulty_disk_fail(int fault, int64_t skip, int64_t count) {
    pthread_mutex_lock(&lock);
    fault_kind = fault;
    fault_skip = skip;
    fault_count = count;
    pthread_mutex_unlock(&lock);
}

int64_t faulty_disk_calls(int fault) {
    pthread_mutex_lock(&lock);
    int64_t count = fault > 0 && fault < KINDS ? calls[fault] : 0;
    pthread_mutex_unlock(&lock);
    return count;
}

int64_t faulty_disk_failures(void) {
    pthread_mutex_lock(&lock);
    int64_t count = failures;
    pthread_mutex_unlock(&lock);
    return count;
}

void faulty_disk_cut_power_after(int64_t steps) {
    pthread_mutex_lock(&lock);
    steps_left = steps;
    is_off = steps == 0;
    pthread_mutex_unlock(&lock);
}

int faulty_disk_is_off(void) {
    pthread_mutex_lock(&lock);
    int off = is_off;
    pthread_mutex_unlock(&lock);
    return off;
}

static uint64_t draw(uint64_t *state) {
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

// Lets a change that no sync confirmed reach the disk as far as chance has it.
static void half_apply(struct disk_file *file, const struct change *change, uint64_t *state) {
    if (change->length < 0) {
        if (draw(state) & 1) apply(file, change);
        return;
    }
    for (int64_t at = 0; at < change->length;) {
        int64_t place = change->offset + at;
        int64_t part = SECTOR - place % SECTOR;
        if (part > change->length - at) part = change->length - at;
        uint64_t fate = draw(state) % 5;
        int64_t kept = fate < 2 ? part : fate < 4 ? 0 : (int64_t)(draw(state) % (part + 1));
        if (kept > 0) {
            grow(file, place + kept);
            memcpy(file->synced + place, change->bytes + at, kept);
        }
        at += part;
    }
}

static int write_file(const struct disk_file *file, const char *directory) {
    const char *name = strrchr(file->name, '/');
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", directory, name ? name + 1 : file->name);
    FILE *out = fopen(path, "wb");
    if (!out) return errno;
    int code = 0;
    if (file->length && fwrite(file->synced, 1, file->length, out) != (size_t)file->length)
        code = errno;
    if (fclose(out) != 0) code = errno;
    return code;
}

int faulty_disk_write_remains(const char *directory, uint64_t seed) {
    pthread_mutex_lock(&lock);
    int code = 0;
    uint64_t state = seed;
    for (int i = 0; i < MOST_FILES && code == 0; i++) {
        struct disk_file *file = &files[i];
        if (!file->name[0]) continue;
        int exists = file->exists || (file->first && (draw(&state) & 1));
        for (struct change *change = file->first; exists && change; change = change->next)
            half_apply(file, change, &state);
        clear_changes(file);
        if (exists) code = write_file(file, directory);
    }
    pthread_mutex_unlock(&lock);
    return code;
}
