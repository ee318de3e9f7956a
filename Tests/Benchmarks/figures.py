"""Figures out of measurements, and how they are printed."""

import json
import os
import statistics
import tempfile
import time


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


def syncs(directory, size=8192, rounds=200, pause=0.0):
    """Times to append so many bytes and wait for the disk, as a commit does."""
    times = []
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        for _ in range(rounds):
            os.write(file.fileno(), b"x" * size)
            begun = time.monotonic()
            os.fdatasync(file.fileno())
            times.append(time.monotonic() - begun)
            time.sleep(pause)
    return times
