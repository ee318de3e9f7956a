#!/usr/bin/env python3
"""Replacements of a plugin while clients call it: no failed request, one version per reply."""

import collections
import http.client
import tempfile
import threading
import time

from figures import say
from host import Host, arguments, compile_c
from usage import Sampler, resident

VARIANTS = 4
PATH = "/functions/swapped.run"


class Client(threading.Thread):
    """Calls over one kept connection until told to stop, and counts what comes back."""

    def __init__(self, host, stop):
        super().__init__(daemon=True)
        self.host, self.ended = host, stop
        self.replies = collections.Counter()
        self.failures = []

    def run(self):
        connection = self.host.connection()
        while not self.ended.is_set():
            try:
                status, text = self.host.call(connection, PATH)
                if status == 200:
                    self.replies[text.decode(errors="replace")] += 1
                else:
                    self.failures.append(f"{status} {text[:200]}")
            except (OSError, http.client.HTTPException) as problem:
                self.failures.append(repr(problem))
                connection.close()
        connection.close()


def replace(host, files, count):
    """Replaces the plugin `count` times, each time until the new version answers."""
    connection = host.connection()
    for number in range(1, count + 1):
        expected = f"version {number % VARIANTS}".encode()
        host.drop(files[number % VARIANTS], "swapped.so")
        while host.call(connection, PATH)[1] != expected:
            pass
    connection.close()


def main():
    found = arguments(
        __doc__, swaps=(1000, "replacements"), clients=(4, "connections that call meanwhile")
    )
    allowed = {f"version {number}" for number in range(VARIANTS)}
    with tempfile.TemporaryDirectory() as work, Host(found.products) as host:
        files = [compile_c(work, "swapped", f"version {number}") for number in range(VARIANTS)]
        begun = host.drop(files[0], "swapped.so")
        host.until_served(PATH)
        stop = threading.Event()
        clients = [Client(host, stop) for _ in range(found.clients)]
        seen = set()

        def sample():
            cells = host.cells()
            seen.update(cells)
            return resident(host.process.pid), sum(resident(cell) for cell in cells), len(cells)

        for client in clients:
            client.start()
        with Sampler(sample, 0.25) as sampler:
            replace(host, files, found.swaps)
        stop.set()
        for client in clients:
            client.join(timeout=60)
        renewals = host.metric("roost_cell_renewals_total")
        seconds = time.monotonic() - begun
    replies = collections.Counter()
    failures = []
    for client in clients:
        replies.update(client.replies)
        failures += client.failures
    strange = {text: count for text, count in replies.items() if text not in allowed}
    tenth = max(1, len(sampler.samples) // 10)
    early = max(host + cells for host, cells, _ in sampler.samples[tenth : 2 * tenth + 1])
    peak = max(host + cells for host, cells, _ in sampler.samples)
    late = max(host + cells for host, cells, _ in sampler.samples[-tenth:])
    mebibyte = 1 << 20
    say(
        f"{found.swaps} replacements under load (targets: 0 failed, one version per reply)",
        [
            ("requests", f"{sum(replies.values()):,}"),
            ("failed", f"{len(failures)}   {failures[:3] if failures else ''}"),
            ("replies of no version", len(strange)),
            ("seconds", f"{seconds:.1f}   ({seconds / found.swaps * 1e3:.1f} ms each)"),
            ("memory of host and cells, early", f"{early / mebibyte:.0f} MiB"),
            ("  most, while a cell is renewed", f"{peak / mebibyte:.0f} MiB"),
            ("  at the end", f"{late / mebibyte:.0f} MiB"),
            ("cells renewed", f"{renewals:.0f}   (processes seen: {len(seen)})"),
        ],
        {
            "benchmark": "swap",
            "swaps": found.swaps,
            "requests": sum(replies.values()),
            "failed": len(failures),
            "strange": len(strange),
            "seconds": seconds,
            "early_bytes": early,
            "peak_bytes": peak,
            "late_bytes": late,
            "host_last_bytes": sampler.samples[-1][0],
            "renewals": renewals,
        },
    )
    raise SystemExit(1 if failures or strange else 0)


if __name__ == "__main__":
    main()
