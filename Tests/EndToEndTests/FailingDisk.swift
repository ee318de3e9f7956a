import Foundation

/// A library for a whole host that lets its writes to the store fail when the test says so.
///
/// It stands before the system's calls (`LD_PRELOAD`) and looks at one byte of a file.
struct FailingDisk {
    enum Fault: UInt8, CaseIterable, Sendable {
        case none = 0
        case full = 1
        case io = 2
        case short = 3
        case sync = 4
    }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <unistd.h>
        static volatile unsigned char *order;
        __attribute__((constructor)) static void begin(void) {
            const char *path = getenv("FAILING_DISK");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0) return;
            void *page = mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0);
            if (page != MAP_FAILED) order = page;
            close(file);
        }
        static int is_watched(int fd) {
            char link[64], path[512];
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t count = readlink(link, path, sizeof path - 1);
            if (count < 0) return 0;
            path[count] = 0;
            return strstr(path, "roost.sqlite") != 0;
        }
        static int fault(int fd) { return order && *order && is_watched(fd) ? *order : 0; }
        #define REAL(name) static __typeof__(&name) real; \\
            if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
        #define WRITE(name, offset_type) \\
            ssize_t name(int fd, const void *bytes, size_t count, offset_type offset) { \\
                REAL(name); \\
                switch (fault(fd)) { \\
                case 1: errno = ENOSPC; return -1; \\
                case 2: errno = EIO; return -1; \\
                case 3: if (count < 2) { errno = ENOSPC; return -1; } count /= 2; \\
                } \\
                return real(fd, bytes, count, offset); \\
            }
        WRITE(pwrite, off_t)
        WRITE(pwrite64, off64_t)
        int fsync(int fd) {
            REAL(fsync);
            if (fault(fd) == 4) { errno = EIO; return -1; }
            return real(fd);
        }
        int fdatasync(int fd) {
            REAL(fdatasync);
            if (fault(fd) == 4) { errno = EIO; return -1; }
            return real(fd);
        }
        """

    let environment: [String: String]
    private let order: URL

    /// Builds it, for hosts that are started with its environment.
    static func build() async throws -> FailingDisk {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let file = directory.appending(path: "disk.c")
        try source.write(to: file, atomically: true, encoding: .utf8)
        let library = directory.appending(path: "libdisk.so")
        let arguments = ["-shared", "-fPIC", "-O1", "-o", library.path, file.path, "-ldl"]
        let result = try await run("/usr/bin/cc", arguments)
        guard result.status == 0 else { throw NotInTime(what: result.errors) }
        let order = directory.appending(path: "order")
        try Data(repeating: 0, count: 4_096).write(to: order)
        return FailingDisk(
            environment: ["LD_PRELOAD": library.path, "FAILING_DISK": order.path],
            order: order
        )
    }

    /// What every write, or every sync, meets from now on.
    func fail(with fault: Fault) throws {
        let file = try FileHandle(forUpdating: order)
        try file.write(contentsOf: [fault.rawValue])
        try file.close()
    }

    func remove() throws {
        try FileManager.default.removeItem(at: order.deletingLastPathComponent())
    }
}
