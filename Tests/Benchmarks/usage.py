"""What processes use: memory, processor time; sampled while something runs."""

import os
import threading


def pages(pid, files):
    """Bytes that no other process has. What is in memory of files is added to `files`: of each
    part of a file on disk the most that any process maps of it, of a memory file all it holds."""
    own, part, memory_file = 0, None, False
    try:
        for line in open(f"/proc/{pid}/smaps"):
            first, _, rest = line.partition(" ")
            if not first.endswith(":"):
                rights, offset, device, inode, *path = rest.split()
                memory_file = bool(path) and path[0].startswith("/memfd:")
                part = (device, inode) if memory_file else (device, inode, offset, rights)
                if memory_file and part not in files:
                    files[part] = held(f"/proc/{pid}/map_files/{first}")
            elif first == "Rss:":
                size = int(rest.split()[0]) * 1024
            elif first == "Anonymous:":
                anonymous = int(rest.split()[0]) * 1024
                own += anonymous
                if not memory_file:
                    files[part] = max(files.get(part, 0), size - anonymous)
    except OSError:
        pass
    return own


def held(path):
    """Bytes that a memory file holds, mapped or not."""
    try:
        return os.stat(path).st_blocks * 512
    except OSError:
        return 0


def resident(pid):
    """Resident bytes of a process, cheaply; 0 when it is gone."""
    try:
        return int(open(f"/proc/{pid}/statm").read().split()[1]) * 4096
    except (OSError, IndexError):
        return 0


def cpu_seconds(pid, first=11):
    """CPU time of a process; with `first` 13 that of its children that have ended."""
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[first]) + int(fields[first + 1])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


class Sampler:
    """Calls `take` every `pause` seconds on a thread of its own while the `with` block runs."""

    def __init__(self, take, pause):
        self.samples = []
        self.take, self.pause, self.ended = take, pause, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.ended.wait(self.pause):
            self.samples.append(self.take())

    def __enter__(self):
        self.samples.append(self.take())
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join(timeout=60)
        self.samples.append(self.take())
