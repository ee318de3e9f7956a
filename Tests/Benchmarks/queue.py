#!/usr/bin/env python3
"""Queued calls end to end: how many a second are accepted, run and settled, how soon one begins, and
how soon a host that was killed with a long queue works again."""

import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import time

from figures import median, percentile, say, syncs
from host import Host, arguments, compile_c
from usage import cpu_seconds

ENQUEUE = """
wrk.method = "POST"
wrk.body = "%s"
wrk.headers["Prefer"] = "respond-async"
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() other = 0 end
function response(status) if status ~= 202 then other = other + 1 end end
function done(summary, latency)
    local others = 0
    for _, thread in ipairs(threads) do others = others + thread:get("other") end
    print(string.format("RESULT %%d %%d %%d", summary.requests, summary.duration, others))
end
"""

# Replies with the time of day at which it began, in nanoseconds.
CLOCK = r"""
#include "roost.h"
#include <stdio.h>
#include <time.h>
ROOST_STAMP("");
static const roost_host_api *host;
static const char manifest[] = "{\"plugin\":\"clock\",\"functions\":[{\"name\":\"run\"}]}";
static int32_t invoke(void *state, const roost_invocation *event, roost_context *context) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char text[32];
    roost_reply reply = {.struct_size = sizeof reply};
    reply.body.count = snprintf(text, sizeof text, "%lld", now.tv_sec * 1000000000LL + now.tv_nsec);
    reply.body.data = (const uint8_t *)text;
    host->reply(context, &reply);
    return ROOST_DONE;
}
static roost_plugin plugin = {
    ROOST_ABI_VERSION, sizeof plugin, {(const uint8_t *)manifest, sizeof manifest - 1},
    0, 0, 0, invoke};
const roost_plugin *roost_plugin_clock(const roost_host_api *api) { host = api; return &plugin; }
"""


class Book:
    """The store's file, read beside the host."""

    def __init__(self, host):
        self.file = sqlite3.connect(f"file:{host.home}/roost.sqlite?mode=ro", uri=True)

    def one(self, query):
        return self.file.execute(query).fetchone()[0]

    def is_waiting(self):
        return self.one(
            "select exists(select 1 from entries where phase < 3)"
            " or exists(select 1 from entries where phase = 3)"
        )

    def until(self, condition, seconds=120.0, pause=0.005):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return time.monotonic()
            time.sleep(pause)
        raise SystemExit("the queue did not come to its end")


def cpu_of(host):
    return sum(cpu_seconds(pid) for pid in [host.process.pid, *host.cells()])


def steady(host, connections, seconds, payload):
    """Clients queue in a closed loop while the host runs; until everything has been settled."""
    script = host.home / "enqueue.lua"
    script.write_text(ENQUEUE % ("x" * payload))
    book = Book(host)
    before, begun = cpu_of(host), time.monotonic()
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script,
         f"http://127.0.0.1:{host.port}/functions/noop.run"],
        check=True, capture_output=True, text=True, timeout=seconds + 60,
    ).stdout
    requests, duration, others = map(int, re.search(r"RESULT (.*)", output)[1].split())
    ended = book.until(lambda: not book.is_waiting())
    accepted = requests - others
    settled = book.one("select count(*) from entries where phase = 4")
    return {
        "accepted": accepted / (duration / 1e6),
        "end_to_end": accepted / (ended - begun),
        "refused": others,
        "lost": max(0, accepted - settled),
        "cpu_us": (cpu_of(host) - before) * 1e6 / max(1, accepted),
    }


def fill(options, home, count, function):
    """Queues so many in the store of a host that doesn't run."""
    subprocess.run(
        [options.products / "store-bench", "--fill", home / "roost.sqlite", "--count", str(count),
         "--function", function, "--payload", str(options.payload)],
        check=True, timeout=300, stdout=subprocess.DEVNULL,
    )


def long_queue(options, plugin):
    """A host that is killed with a long queue: until it serves again, has settled a queued call, and
    has settled all."""
    with tempfile.TemporaryDirectory(prefix="roost-bench-") as directory:
        home = pathlib.Path(directory)
        fill(options, home, options.queued, "noop.run")
        host = Host(options.products, home=home)
        host.drop(plugin, "libnoop.so")
        host.start()
        try:
            book = Book(host)
            book.until(lambda: book.one("select exists(select 1 from results)"))
            os.kill(host.process.pid, signal.SIGKILL)
            host.process.wait()
            left = book.one("select count(*) from entries where phase < 4")
            done = book.one("select coalesce(max(ended), 0) from results")
            begun = time.monotonic()
            host.start()
            listening = time.monotonic() - begun
            served = host.until_served("/functions/noop.run") - begun
            settled = book.until(
                lambda: book.one(f"select exists(select 1 from results where ended > {done})"),
                pause=0.001,
            )
            before = cpu_of(host)
            ended = book.until(lambda: not book.is_waiting(), seconds=300)
            used = cpu_of(host) - before
        finally:
            host.stop()
        return {
            "left": left,
            "listening_ms": listening * 1e3,
            "served_ms": served * 1e3,
            "first_settled_ms": (settled - begun) * 1e3,
            "drained_per_second": left / (ended - settled),
            "drain_cpu_us": used * 1e6 / left,
        }


def begin_times(host, count):
    """From the request, and from its 202, to the run's beginning, one after the other."""
    connection = host.connection()
    from_request, from_reply = [], []
    for _ in range(count):
        sent = time.time_ns()
        connection.request("POST", "/functions/clock.run", b"", {"Prefer": "respond-async"})
        response = connection.getresponse()
        response.read()
        replied = time.time_ns()
        place = response.getheader("Location")
        connection.request("GET", place, headers={"Prefer": "wait=10"})
        state = json.loads(connection.getresponse().read())
        began = int(state["result"]["body"])
        from_request.append((began - sent) / 1e6)
        from_reply.append((began - replied) / 1e6)
        time.sleep(0.002)
    return from_request, from_reply


def main():
    options = arguments(
        __doc__, seconds=(5, "seconds of each round"), rounds=(3, "rounds"),
        connections=(128, "clients that queue"), payload=(100, "bytes of each payload"),
        queued=(100_000, "queued when the host is killed"),
    )
    with tempfile.TemporaryDirectory(prefix="roost-bench-") as work:
        noop = compile_c(work, "noop", "ok")
        source = pathlib.Path(work) / "clock.c"
        source.write_text(CLOCK)
        clock = pathlib.Path(work) / "libclock.so"
        header = pathlib.Path(__file__).resolve().parents[2] / "sdk/Sources/CFunctionABI/include"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-I", header, "-o", clock, source],
                       check=True, timeout=60)
        runs, begins, waits = [], [], []
        for _ in range(options.rounds):
            with Host(options.products) as host:
                host.drop(noop, "libnoop.so")
                host.drop(clock, "libclock.so")
                host.until_served("/functions/noop.run")
                host.until_served("/functions/clock.run")
                waits.append(median(syncs(host.home)))
                begins.append(begin_times(host, 300))
                runs.append(
                    steady(host, options.connections, options.seconds, options.payload)
                )
        late = long_queue(options, noop)
    sync = median(waits) * 1e3
    request = [value for one, _ in begins for value in one]
    reply = [value for _, one in begins for value in one]
    middle = {name: median([run[name] for run in runs]) for name in runs[0]}
    lost = sum(run["lost"] for run in runs)
    rows = [
        ("accepted, run and settled a second",
         f"{middle['end_to_end']:.0f} (accepted {middle['accepted']:.0f}; the client's CPU is in it)"),
        ("CPU of host and cells for each", f"{middle['cpu_us']:.0f} µs"),
        ("accepted and not settled", f"{lost}"),
        ("run and settled a second, queued before", f"{late['drained_per_second']:.0f}"),
        ("CPU of host and cells for each", f"{late['drain_cpu_us']:.0f} µs"),
        ("an fdatasync of 8 KiB", f"{sync:.2f} ms"),
        ("202 to start", f"p50 {median(reply):.2f} ms, p99 {percentile(reply, 0.99):.2f} ms"),
        ("request to start", f"p50 {median(request):.2f} ms, p99 {percentile(request, 0.99):.2f} ms"),
        (f"killed with {late['left']} queued: listens again", f"{late['listening_ms']:.0f} ms"),
        ("a call is answered", f"{late['served_ms']:.0f} ms"),
        ("a queued one is settled", f"{late['first_settled_ms']:.0f} ms"),
    ]
    say("queued calls", rows, {**middle, "lost": lost, **late, "fsync_ms": sync,
                               "start_p50_ms": median(reply), "request_p50_ms": median(request)})
    raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
