#!/usr/bin/env python3
"""From the rename of a plugin into the directory to its first 200."""

import pathlib
import tempfile

from figures import median, percentile, say
from host import Host, arguments, compile_c


def swift_variant(products, work, number):
    """The example Hello with content of its own: bytes behind the end of the image."""
    file = pathlib.Path(work) / f"hello-{number}.so"
    file.write_bytes((products / "libHello.so").read_bytes() + b"%016d" % number)
    return file


def main():
    found = arguments(__doc__, rounds=(20, "drops of each kind"))
    swift, c, loads, starts = [], [], [], []
    with tempfile.TemporaryDirectory() as work, Host(found.products) as host:
        for number in range(found.rounds):
            file = swift_variant(found.products, work, number)
            dropped = host.drop(file, "libHello.so")
            served = host.until_served("/hello", b'{"name":"x"}')
            swift.append((served - dropped) * 1e3)
            plugin = next(p for p in host.view("plugins") if p["file"] == "libHello.so")
            loads.append(plugin["loadSeconds"] * 1e3)
            starts.append(plugin["startSeconds"] * 1e3)
            (host.plugins / "libHello.so").unlink()
            wait_until_gone(host, "/hello")
        for number in range(found.rounds):
            file = compile_c(work, f"drop{number}", "x")
            dropped = host.drop(file, f"drop{number}.so")
            c.append((host.until_served(f"/functions/drop{number}.run") - dropped) * 1e3)
    figures = {
        "benchmark": "drop",
        "rounds": found.rounds,
        "swift_ms": median(swift),
        "swift_worst_ms": max(swift),
        "c_ms": median(c),
        "c_worst_ms": max(c),
        "load_ms": median(loads),
        "start_ms": median(starts),
    }
    say(
        f"Drop of a file to its first 200 (median of {found.rounds}; target: under 100 ms)",
        [
            ("a Swift plugin", f"{median(swift):6.1f} ms   (90 %: {percentile(swift, 0.9):.1f})"),
            ("a C plugin", f"{median(c):6.1f} ms   (90 %: {percentile(c, 0.9):.1f})"),
            ("of it dlopen (Swift)", f"{median(loads):6.3f} ms"),
            ("of it entry and start-up", f"{median(starts):6.3f} ms"),
        ],
        figures,
    )


def wait_until_gone(host, path):
    connection = host.connection()
    while host.call(connection, path, b'{"name":"x"}')[0] == 200:
        pass
    connection.close()


if __name__ == "__main__":
    main()
