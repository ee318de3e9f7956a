#!/usr/bin/env python3
"""What healthy functions notice of one in their own cell that crashes at a fixed rate."""

import time

from arrivals import HEALTHY, Arrivals, sustained
from figures import median, say
from host import Host, arguments

CRASHES = [
    "fatal-error", "precondition", "index", "nil", "overflow", "divide", "bad-cast", "try",
    "exclusivity", "wild-pointer", "stack-overflow", "abort", "cxx-exception", "exit",
]


def start(host, products):
    """Drops the healthy functions and the zoo, and waits until all are served."""
    for name in ("Hello", "Users", "WordCount", "Zoo"):
        host.drop(products / f"lib{name}.so", f"lib{name}.so")
    for path in ("/hello", "/wordcount", "/functions/zoo.echo"):
        host.until_served(path, b'{"name":"Ada"}')
    busy = [cell for cell in host.view("cells") if cell["workers"] > 0]
    if len(busy) != 1:
        raise SystemExit(f"they don't live in one cell: {busy}")


def measure(found, host, rate):
    """Alternating stretches without and with crashes, each time with the other one first."""
    quiet, loud, crashed = [], [], 0
    calls = [f"POST /functions/zoo.{kind} {{}}" for kind in CRASHES]

    def crash(arrivals):
        nonlocal crashed
        with Arrivals(found.products, host.port, found.crashes, calls, 16) as crashes:
            time.sleep(0.3)
            loud.append(arrivals.during(found.seconds))
            crashed += crashes.tally()["failures"]

    with Arrivals(found.products, host.port, rate, HEALTHY) as arrivals:
        time.sleep(1)
        for number in range(found.rounds):
            if number % 2:
                crash(arrivals)
                time.sleep(0.5)
            quiet.append(arrivals.during(found.seconds))
            if not number % 2:
                crash(arrivals)
                time.sleep(0.5)
    return quiet, loud, crashed


def main():
    found = arguments(
        __doc__,
        rounds=(12, "alternating rounds; p99 differs a lot from one to the next"),
        seconds=(5.0, "length of one stretch"),
        crashes=(10, "crashes a second"),
        load=(0.5, "share of the highest rate kept up with that the healthy functions are called at"),
    )
    with Host(found.products) as host:
        start(host, found.products)
        most = median([sustained(found.products, host.port, HEALTHY) for _ in range(3)])
        quiet, loud, crashed = measure(found, host, most * found.load)
        renewals = host.metric("roost_cell_renewals_total")
        lives = host.process.poll() is None
    failures = sum(run["failures"] for run in quiet + loud)
    ratio = median([after["p99"] / before["p99"] for before, after in zip(quiet, loud)])
    own = median([run["ownP99"] for run in quiet])
    figures = {
        "benchmark": "faults",
        "rounds": found.rounds,
        "capacity": most,
        "rate": most * found.load,
        "crashes": crashed,
        "renewals": renewals,
        "p99_us": median([run["p99"] for run in quiet]),
        "p99_with_crashes_us": median([run["p99"] for run in loud]),
        "ratio": ratio,
        "failures": failures,
        "same_host": lives,
    }
    say(
        f"Healthy functions beside {found.crashes} crashes/s in their cell, open loop",
        [
            ("highest rate kept up with", f"{most:8.0f}/s, of which {found.load:.0%} are sent"),
            ("p50, p99 without", line(quiet)),
            ("p50, p99 with crashes", line(loud)),
            ("p99 with to p99 without", f"{ratio:8.2f}   (median of rounds; target: 1.5)"),
            ("crashes, cells renewed", f"{crashed:8d}, {renewals:.0f}"),
            ("failures of the healthy", f"{failures:8d}"),
            ("sent late by (p99)", f"{own:8.0f} µs, by the generator itself"),
        ],
        figures,
    )
    if failures or not lives:
        raise SystemExit(1)


def line(runs):
    middle, tail = (median([run[key] for run in runs]) for key in ("p50", "p99"))
    return f"{middle:8.0f} µs {tail:8.0f} µs"


if __name__ == "__main__":
    main()
