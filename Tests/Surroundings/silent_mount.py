#!/usr/bin/env python3
"""Shows a directory at another place through FUSE, read-only, and then runs a program: a file system as
networks have them, which tells nobody what others change there.

    unshare -m silent_mount.py BACKING PLACE PROGRAM ARGUMENT...
"""

import ctypes
import errno
import os
import signal
import stat
import struct
import sys

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE = 1, 2, 3, 14, 15, 17, 18
FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, INTERRUPT, BATCH_FORGET = 25, 26, 27, 28, 29, 36, 42
HEADER = struct.Struct("<IIQQIIIHH")
libc = ctypes.CDLL(None, use_errno=True)


class Server:
    """Answers the kernel; a node's number stands for its path."""

    def __init__(self, device, backing):
        self.device = device
        self.paths = {1: backing}
        self.numbers = {backing: 1}

    def number(self, path):
        if path not in self.numbers:
            self.numbers[path] = len(self.numbers) + 1
            self.paths[self.numbers[path]] = path
        return self.numbers[path]

    def attributes(self, path):
        known = os.lstat(path)
        seconds = [time // 10**9 for time in (known.st_atime_ns, known.st_mtime_ns, known.st_ctime_ns)]
        parts = [time % 10**9 for time in (known.st_atime_ns, known.st_mtime_ns, known.st_ctime_ns)]
        return struct.pack(
            "<QQQQQQIIIIIIIIII", known.st_ino, known.st_size, known.st_blocks, *seconds, *parts,
            known.st_mode, known.st_nlink, known.st_uid, known.st_gid, 0, 4096, 0,
        )

    def entry(self, path):
        # Nothing is to be remembered by the kernel: each look sees what is there.
        return struct.pack("<QQQQII", self.number(path), 0, 0, 0, 0, 0) + self.attributes(path)

    def listing(self, path, offset, size):
        found = b""
        names = [".", ".."] + sorted(os.listdir(path))
        for index, name in list(enumerate(names))[offset:]:
            raw = os.fsencode(name)
            known = os.lstat(os.path.join(path, name))
            item = struct.pack("<QQII", known.st_ino, index + 1, len(raw), known.st_mode >> 12) + raw
            item += b"\0" * (-len(item) % 8)
            if len(found) + len(item) > size:
                break
            found += item
        return found

    def answer(self, operation, node, body):
        path = self.paths.get(node)
        if operation == INIT:
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, 65536, 0, 12, 9, 65536, 1, 0, 0, 0)
        if operation == LOOKUP:
            return self.entry(os.path.join(path, os.fsdecode(body.rstrip(b"\0"))))
        if operation == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + self.attributes(path)
        if operation == OPEN:
            flags = struct.unpack_from("<I", body)[0]
            if flags & (os.O_WRONLY | os.O_RDWR):
                raise OSError(errno.EROFS, "read-only")
            return struct.pack("<QII", os.open(path, os.O_RDONLY), 1, 0)
        if operation == READ:
            handle, offset, size = struct.unpack_from("<QQI", body)
            return os.pread(handle, size, offset)
        if operation == RELEASE:
            os.close(struct.unpack_from("<Q", body)[0])
            return b""
        if operation == OPENDIR:
            return struct.pack("<QII", 0, 0, 0)
        if operation == READDIR:
            _, offset, size = struct.unpack_from("<QQI", body)
            return self.listing(path, offset, size)
        if operation in (RELEASEDIR, FLUSH):
            return b""
        if operation == STATFS:
            return struct.pack("<QQQQQIIII24x", 1, 0, 0, 1, 0, 4096, 255, 4096, 0)
        raise OSError(errno.ENOSYS, "not offered")

    def serve(self):
        while True:
            try:
                request = os.read(self.device, 1 << 17)
            except OSError:
                return
            _, operation, unique, node, *_ = HEADER.unpack_from(request)
            if operation in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            try:
                code, reply = 0, self.answer(operation, node, request[HEADER.size:])
            except OSError as error:
                code, reply = -error.errno, b""
            os.write(self.device, struct.pack("<IiQ", 16 + len(reply), code, unique) + reply)


def main():
    backing, place, *program = sys.argv[1:]
    device = os.open("/dev/fuse", os.O_RDWR)
    os.set_inheritable(device, True)
    mode = f"{stat.S_IFDIR:o}"
    options = f"fd={device},rootmode={mode},user_id=0,group_id=0,allow_other"
    parent = os.getpid()
    if os.fork() == 0:
        libc.prctl(1, signal.SIGKILL)
        if os.getppid() == parent:
            Server(device, os.path.realpath(backing)).serve()
        os._exit(0)
    if libc.mount(b"silent", os.fsencode(place), b"fuse.silent", 0, options.encode()) != 0:
        raise SystemExit(f"mount: {os.strerror(ctypes.get_errno())}")
    os.close(device)
    os.execvp(program[0], program)


main()
