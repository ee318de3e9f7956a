#!/usr/bin/env python3
"""What healthy functions notice of one that takes all the CPU time it gets, in their own cell, next to
the same loop in a plain process outside of the host."""

import os
import pathlib
import subprocess
import tempfile
import threading
import time

from arrivals import HEALTHY, Arrivals, capacity
from figures import median, say
from host import HEADER, Host, arguments

LOOP = r"""
#include <stdlib.h>
#include <time.h>
static long spin(double seconds) {
    struct timespec begin, now;
    volatile long turns = 0;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        for (int i = 0; i < 1000000; i++) turns++;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - begin.tv_sec + (now.tv_nsec - begin.tv_nsec) / 1e9 < seconds);
    return turns;
}
"""
PROCESS = LOOP + "int main(int count, char **words) { return spin(atof(words[1])) == 0; }\n"
PLUGIN = LOOP + r"""
#include "roost.h"
#include <string.h>
ROOST_STAMP("");
static const roost_host_api *host;
static const char manifest[] = "{\"plugin\":\"hog\",\"functions\":[{\"name\":\"spin\"}]}";
static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
    char text[32] = "";
    size_t size = event->body.count < 31 ? event->body.count : 31;
    if (size) memcpy(text, event->body.data, size);
    spin(atof(text));
    roost_reply reply = {.struct_size = sizeof reply};
    reply.body = event->body;
    host->reply(context, &reply);
    return ROOST_DONE;
}
static roost_plugin plugin = {
    ROOST_ABI_VERSION, sizeof plugin, {(const uint8_t *)manifest, sizeof manifest - 1},
    0, 0, 0, invoke};
const roost_plugin *roost_plugin_hog(const roost_host_api *api) {
    host = api;
    return &plugin;
}
"""


def build(work):
    """The loop as a program and as a plugin."""
    for name, text, flags in [("hog", PROCESS, []), ("hog.so", PLUGIN, ["-shared", "-fPIC"])]:
        source = pathlib.Path(work) / "hog.c"
        source.write_text(text)
        subprocess.run(
            ["cc", "-O1", "-I", HEADER, *flags, "-o", pathlib.Path(work) / name, source],
            check=True, timeout=60,
        )


class Outside:
    """The loop in plain processes, of the niceness that this program has."""

    def __init__(self, work, workers, seconds):
        program = pathlib.Path(work) / "hog"
        self.processes = [subprocess.Popen([program, str(seconds)]) for _ in range(workers)]

    def wait(self):
        for process in self.processes:
            process.wait(timeout=120)


class Inside:
    """The loop in all workers of a function, in the cell of the healthy ones."""

    def __init__(self, host, workers, seconds):
        self.wrong = []
        self.threads = [
            threading.Thread(target=self.call, args=(host, seconds)) for _ in range(workers)
        ]
        for thread in self.threads:
            thread.start()

    def call(self, host, seconds):
        connection = host.connection()
        status, text = host.call(connection, "/functions/hog.spin", str(seconds).encode())
        connection.close()
        if status != 200:
            self.wrong.append(f"{status} {text[:200]}")

    def wait(self):
        for thread in self.threads:
            thread.join(timeout=120)
        if self.wrong:
            raise SystemExit(f"the hog was not left alone: {self.wrong}")


def measure(found, host, work):
    """Stretches without a hog, with one outside and with one inside, in turn."""
    length = found.seconds + 2.5
    starts = {
        "none": lambda: Outside(work, 0, length),
        "outside": lambda: Outside(work, found.workers, length),
        "inside": lambda: Inside(host, found.workers, length),
    }
    most = float("inf")
    for _ in range(3):
        hog = Outside(work, found.workers, 4)
        most = min(most, capacity(found.products, host.port, HEALTHY, 2))
        hog.wait()
    runs = {where: [] for where in starts}
    for number in range(found.rounds):
        for where in list(starts) if number % 2 else reversed(starts):
            hog = starts[where]()
            # Anew each time, so that no stretch begins with what waits of the one before.
            rate = most * found.load
            with Arrivals(found.products, host.port, rate, HEALTHY) as arrivals:
                time.sleep(1)
                runs[where].append(arrivals.during(found.seconds))
            hog.wait()
    return most, runs


def line(runs):
    middle, tail = (median([run[key] for run in runs]) for key in ("p50", "p99"))
    return f"{middle:8.0f} µs {tail:8.0f} µs"


def main():
    found = arguments(
        __doc__,
        rounds=(12, "alternating rounds; the p99 of one stretch is its two or three longest stalls"),
        seconds=(4.0, "length of one stretch"),
        workers=(os.cpu_count() or 1, "workers of the hog"),
        load=(0.3, "share that is sent of the capacity beside the hog outside, of 3 measurements the least"),
    )
    settings = f"functions: {{ hog.spin: {{ limits: {{ concurrency: {found.workers} }} }} }}\n"
    with tempfile.TemporaryDirectory() as work, Host(found.products, settings) as host:
        build(work)
        for name in ("Hello", "Users", "WordCount"):
            host.drop(found.products / f"lib{name}.so", f"lib{name}.so")
        host.drop(pathlib.Path(work) / "hog.so", "hog.so")
        for path in ("/hello", "/wordcount", "/functions/hog.spin"):
            host.until_served(path, b'{"name":"Ada"}')
        busy = [cell for cell in host.view("cells") if cell["workers"] > 0]
        if len(busy) != 1:
            raise SystemExit(f"they don't live in one cell: {busy}")
        most, runs = measure(found, host, work)
    failures = sum(run["failures"] for all_runs in runs.values() for run in all_runs)
    ratio = median(
        [one["p99"] / other["p99"] for one, other in zip(runs["inside"], runs["outside"])]
    )
    figures = {"benchmark": "hog", "rounds": found.rounds, "rate": most * found.load}
    for where, all_runs in runs.items():
        figures[f"p99_{where}_us"] = median([run["p99"] for run in all_runs])
    figures |= {"ratio": ratio, "failures": failures}
    say(
        f"Healthy functions beside a function that loops on {found.workers} workers, open loop",
        [
            ("capacity beside the hog outside", f"{most:8.0f}/s, of which {found.load:.0%} are sent"),
            ("p50, p99 without a hog", line(runs["none"])),
            ("p50, p99 hog outside of the host", line(runs["outside"])),
            ("p50, p99 hog in their cell", line(runs["inside"])),
            ("p99 inside to p99 outside", f"{ratio:8.2f}   (median of rounds; target: 1.5)"),
            ("failures of the healthy", f"{failures:8d}"),
        ],
        figures,
    )
    if failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
