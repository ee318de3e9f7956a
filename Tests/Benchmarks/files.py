#!/usr/bin/env python3
"""Watched directories: how soon a function starts once a file's writer has closed it, beside what
`inotifywait` (of inotify-tools) takes in the same run to say so, and how long looking at a tree of very
many files takes, and how much memory."""

import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

from figures import percentile, say, syncs
from host import Host, arguments

SETTINGS = """
plugins:
  fileledger:
    permissions: {{ network: true }}
    configuration: {{ book: '{port}' }}
{more}
"""


class Book:
    """Hears from the function when it began, for each file."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.began = {}
        self.came = threading.Event()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            path, _, began = self.socket.recv(4096).decode().rsplit(" ", 2)
            self.began[path] = int(began)
            self.came.set()

    def wait(self, path, seconds=30):
        """Waits without looking again and again, which would be in the way of what is measured."""
        deadline = time.monotonic() + seconds
        while path not in self.began:
            self.came.clear()
            if path in self.began:
                return
            if time.monotonic() > deadline:
                raise SystemExit(f"not in time: {path}")
            self.came.wait(0.1)


class Notifier:
    """`inotifywait` on the same directory, with the time at which each of its lines came."""

    def __init__(self, directory):
        self.said = {}
        self.process = subprocess.Popen(
            ["inotifywait", "-q", "-m", "-e", "close_write", "--format", "%f", directory],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1,
        )
        threading.Thread(target=self.read, daemon=True).start()
        time.sleep(0.5)

    def read(self):
        for line in self.process.stdout:
            self.said[line.rstrip("\n")] = time.time_ns()

    def end(self):
        self.process.kill()
        self.process.wait()


def watches(host):
    token = (host.home / "admin.token").read_text().strip()
    request = urllib.request.Request(
        f"http://127.0.0.1:{host.admin}/v1/files", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)["watches"]


def until(what, condition, seconds=900.0, pause=0.05):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(pause)
    raise SystemExit(f"not in time: {what}")


def watched(host):
    found = watches(host)
    return found[0] if found and found[0]["looks"] > 0 else None


def write(path, text):
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(file, text)
    os.close(file)
    return time.time_ns()


def latency(options):
    """From a writer's close to the function's first line, one file after the other."""
    book = Book()
    settings = SETTINGS.format(port=book.port, more="")
    with Host(options.products, settings) as host:
        host.drop(options.products / "libFileLedgerPlugin.so", "libFileLedgerPlugin.so")
        directory = host.home / "files/fileledger/in"
        until("the directory is watched", lambda: watched(host))
        notifier = Notifier(directory) if shutil.which("inotifywait") else None
        closed = {}
        for number in range(options.files + 50):
            name = f"f{number}"
            closed[name] = write(directory / name, b"end\n")
            book.wait(name)
            time.sleep(0.002)
        if notifier:
            notifier.end()
        # The first ones pay for a worker's start.
        names = [f"f{number}" for number in range(50, options.files + 50)]
        ours = [(book.began[name] - closed[name]) / 1e6 for name in names]
        theirs = [
            (notifier.said[name] - closed[name]) / 1e6 for name in names if name in notifier.said
        ] if notifier else []
        # A commit of a file's start writes seven pages, which have to be on the disk before it.
        floor = [time * 1e3 for time in syncs(host.home, 7 * 4096, options.files, pause=0.003)]
    return ours, theirs, floor


def tree(directory, count, width=1_000):
    for start in range(0, count, width):
        below = directory / f"{start // width:05}"
        below.mkdir(parents=True)
        for number in range(start, min(start + width, count)):
            os.close(os.open(below / f"file-{number:07}.csv", os.O_WRONLY | os.O_CREAT, 0o644))


def peak(host):
    text = pathlib.Path(f"/proc/{host.process.pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def look(options, directory, home, kinds):
    """A start with the tree there: until all of it has been looked at."""
    more = (
        "functions:\n  fileledger.note:\n    triggers:\n"
        f"      - files: {{ directory: '{directory}', recursive: true, kinds: [{kinds}] }}\n"
    )
    host = Host(options.products, SETTINGS.format(port=9, more=more), home=home)
    host.drop(options.products / "libFileLedgerPlugin.so", "libFileLedgerPlugin.so")
    begun = time.monotonic()
    host.start()
    try:
        found = until("all has been looked at", lambda: watched(host), pause=0.2)
        return found, time.monotonic() - begun, peak(host)
    finally:
        host.stop()


def main():
    options = arguments(
        __doc__,
        files=(1_000, "files for the latency"),
        tree=(1_000_000, "files in the tree; 0 leaves it out"),
    )
    ours, theirs, floor = latency(options)
    rows = [
        ("close to function start", f"p50 {statistics.median(ours):.3f} ms, "
         f"p99 {percentile(ours, 0.99):.3f} ms (target: p99 under 1 ms)"),
    ]
    rows.append(("of that, the disk's part alone", f"p50 {statistics.median(floor):.3f} ms, "
                 f"p99 {percentile(floor, 0.99):.3f} ms (an fdatasync of as many pages)"))
    figures = {"p50_ms": statistics.median(ours), "p99_ms": percentile(ours, 0.99),
               "sync_p50_ms": statistics.median(floor), "sync_p99_ms": percentile(floor, 0.99)}
    if theirs:
        rows.append(("close to inotifywait's line", f"p50 {statistics.median(theirs):.3f} ms, "
                     f"p99 {percentile(theirs, 0.99):.3f} ms"))
        figures["inotifywait_p50_ms"] = statistics.median(theirs)
        figures["inotifywait_p99_ms"] = percentile(theirs, 0.99)
    else:
        rows.append(("inotifywait", "not installed: apt-get install inotify-tools"))
    if options.tree:
        with tempfile.TemporaryDirectory(prefix="roost-bench-") as scratch:
            scratch = pathlib.Path(scratch)
            tree(scratch / "tree", options.tree)
            home = scratch / "home"
            home.mkdir(mode=0o700)
            for name in ("first start", "next start"):
                found, seconds, memory = look(options, scratch / "tree", home, "changed")
                known = sum(found["files"].values())
                rows.append((
                    f"{name}, {known} files",
                    f"looked at in {found['lookSeconds']:.1f} s ({seconds:.1f} s after the start), "
                    f"host's peak {memory:.0f} MiB (target: under 300)",
                ))
                key = name.replace(" ", "_")
                figures |= {f"{key}_s": found["lookSeconds"], f"{key}_mib": memory, "known": known}
    say("Watched directories", rows, figures)


main()
