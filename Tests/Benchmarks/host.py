"""A real `roost serve` to measure: its home, its addresses, its processes and what they use."""

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ROOT / "sdk/Sources/CFunctionABI/include"

C_PLUGIN = r"""
#include "roost.h"
#include <string.h>
ROOST_STAMP("");
static const roost_host_api *host;
static const char manifest[] =
    "{\"plugin\":\"" NAME "\",\"functions\":[{\"name\":\"run\"}]}";
static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
    roost_reply reply = {.struct_size = sizeof reply};
    reply.body.data = (const uint8_t *)TEXT;
    reply.body.count = strlen(TEXT);
    host->reply(context, &reply);
    return ROOST_DONE;
}
static roost_plugin plugin = {
    ROOST_ABI_VERSION, sizeof plugin, {(const uint8_t *)manifest, sizeof manifest - 1},
    0, 0, 0, invoke};
const roost_plugin *roost_plugin_measured(const roost_host_api *api) {
    host = api;
    return &plugin;
}
"""


def arguments(description, **more):
    """Parses the arguments that every program takes, and those that only one does."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--products",
        type=pathlib.Path,
        default=ROOT / ".build/release",
        help="the directory with roost, roost-cell and the examples",
    )
    for name, (default, help_text) in more.items():
        parser.add_argument("--" + name, type=type(default), default=default, help=help_text)
    found = parser.parse_args()
    if not (found.products / "roost").exists():
        parser.error(f"there is no roost in {found.products}: run `swift build -c release`")
    return found


def compile_c(directory, name, text):
    """Builds a C plugin `name` whose function `run` replies with `text`."""
    source = pathlib.Path(directory) / "plugin.c"
    source.write_text(C_PLUGIN)
    output = pathlib.Path(directory) / f"{name}-{abs(hash(text))}.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-I", HEADER, f'-DNAME="{name}"', f'-DTEXT="{text}"',
         "-o", output, source],
        check=True, timeout=60,
    )
    return output


def median(values):
    return statistics.median(values) if values else float("nan")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def say(title, rows, figures):
    """Prints a small table, and one line of JSON."""
    print(title)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"  {name:<{width}}  {value}")
    print(json.dumps(figures), flush=True)


class Host:
    """A host with a home of its own, ended and removed with the `with` block."""

    def __init__(self, products, settings=None, home=None):
        self.products = products
        self.ownsHome = home is None
        self.home = pathlib.Path(home or tempfile.mkdtemp(prefix="roost-bench-"))
        self.plugins = self.home / "plugins"
        self.plugins.mkdir(mode=0o700, exist_ok=True)
        if settings:
            (self.home / "roost.yaml").write_text(settings)
            (self.home / "roost.yaml").chmod(0o600)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self.ownsHome:
            shutil.rmtree(self.home, ignore_errors=True)

    def start(self):
        self.log = open(self.home / "host.log", "ab")
        begin = os.path.getsize(self.home / "host.log")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [self.products / "roost", "serve", "--home", self.home,
             "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 60
        while True:
            said = (self.home / "host.log").read_bytes()[begin:].decode(errors="replace")
            functions = re.search(r"listening on http://127\.0\.0\.1:(\d+)", said)
            admin = re.search(r"admin on http://127\.0\.0\.1:(\d+)", said)
            if functions and admin:
                self.port, self.admin = int(functions[1]), int(admin[1])
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"roost did not start:\n{said[-2000:]}")
            time.sleep(0.005)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=20)
        self.log.close()

    def drop(self, file, name):
        """Drops a file as a careful user would: copy, then rename. Gives the time of the rename."""
        temporary = self.plugins / f".{name}.part"
        shutil.copyfile(file, temporary)
        temporary.chmod(0o644)
        os.rename(temporary, self.plugins / name)
        return time.monotonic()

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def call(self, connection, path, body=b""):
        connection.request("POST", path, body)
        response = connection.getresponse()
        return response.status, response.read()

    def until_served(self, path, body=b"", seconds=60.0, pause=0.0005):
        """Calls until the reply is a 200; gives the time of that reply."""
        connection = self.connection()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status, text = self.call(connection, path, body)
            if status == 200:
                now = time.monotonic()
                connection.close()
                return now
            time.sleep(pause)
        raise SystemExit(f"{path} was not served within {seconds} s; last: {status} {text[:300]}")

    def ask(self, path):
        """Asks the admin API."""
        token = (self.home / "admin.token").read_text().strip()
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=60)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        text = connection.getresponse().read()
        connection.close()
        return text.decode()

    def view(self, what):
        found = json.loads(self.ask(f"/v1/{what}"))
        return found if isinstance(found, list) else found.get(what, found)

    def metric(self, name):
        """The sum of a metric's values over all its labels."""
        lines = self.ask("/metrics").splitlines()
        values = [line.rsplit(" ", 1)[1] for line in lines if re.match(rf"{name}[ {{]", line)]
        return sum(float(value) for value in values)

    def cells(self):
        """The processes of the cells that live now."""
        pid = self.process.pid
        found = []
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            try:
                found += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue
        return found

    def memory(self):
        """Bytes in memory: of the host and of its cells, each process by itself; `total` counts
        what they share once (and does not depend on what other programs share with them)."""
        cells = self.cells()
        files = {}
        own = sum(pages(process, files) for process in [self.process.pid, *cells])
        return {
            "host": resident(self.process.pid),
            "cells": len(cells),
            "cells_sum": sum(resident(cell) for cell in cells),
            "own": own,
            "total": own + sum(files.values()),
        }

    def cpu_seconds(self):
        """CPU time of the host and its living cells."""
        return sum(cpu_seconds(pid) for pid in [self.process.pid] + self.cells())

    def all_cpu_seconds(self):
        """The same with all cells that have ended."""
        return self.cpu_seconds() + cpu_seconds(self.process.pid, first=13)


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
