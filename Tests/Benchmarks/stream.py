#!/usr/bin/env python3
"""A long body streamed through WordCount: what host and cell need in memory meanwhile."""

import json
import time

from figures import say
from host import Host, arguments
from usage import Sampler, resident

PIECE = 1 << 20
LINE = b"the quick brown fox jumps over the lazy dog and goes home\n"


def pieces(count):
    piece = (LINE * (PIECE // len(LINE) + 1))[:PIECE - 1] + b"\n"
    for _ in range(count):
        yield piece


def main():
    found = arguments(__doc__, mebibytes=(1024, "length of the body"))
    with Host(found.products) as host:
        host.drop(found.products / "libWordCount.so", "libWordCount.so")
        host.until_served("/wordcount", b"a b c")
        time.sleep(1)
        cells = host.cells()

        def sample():
            return resident(host.process.pid), {cell: resident(cell) for cell in host.cells()}

        host_before, cells_before = sample()
        connection = host.connection()
        begun = time.monotonic()
        with Sampler(sample, 0.05) as sampler:
            connection.request(
                "POST", "/wordcount", pieces(found.mebibytes), encode_chunked=True,
                headers={"Transfer-Encoding": "chunked"},
            )
            response = connection.getresponse()
            reply = response.read()
        seconds = time.monotonic() - begun
        counted = json.loads(reply)["bytes"] if response.status == 200 else None
    host_extra = max(host for host, _ in sampler.samples) - host_before
    cell_extra = max(
        max(size - cells_before.get(cell, 0) for cell, size in sizes.items() if cell in cells)
        for _, sizes in sampler.samples
    )
    mebibyte = 1 << 20
    say(
        f"{found.mebibytes} MiB through WordCount (target: under 64 MiB extra each)",
        [
            ("reply", f"{response.status}, {counted} bytes counted"),
            ("seconds", f"{seconds:.1f}   ({found.mebibytes / seconds:.0f} MiB/s)"),
            ("host, extra", f"{host_extra / mebibyte:.1f} MiB"),
            ("cell, extra", f"{cell_extra / mebibyte:.1f} MiB"),
        ],
        {
            "benchmark": "stream",
            "mebibytes": found.mebibytes,
            "status": response.status,
            "seconds": seconds,
            "host_extra_bytes": host_extra,
            "cell_extra_bytes": cell_extra,
        },
    )
    raise SystemExit(0 if counted == found.mebibytes << 20 else 1)


if __name__ == "__main__":
    main()
