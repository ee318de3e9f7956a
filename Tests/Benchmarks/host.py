"""A real `roost serve` to measure: its home, its addresses, its processes and what they use."""

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from usage import cpu_seconds, pages, resident

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


class Host:
    """A host with a home of its own, ended and removed with the `with` block."""

    def __init__(self, products, settings=None, home=None):
        self.products = products
        self.owns_home = home is None
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
        if self.owns_home:
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
