"""Requests at a fixed rate, measured from the instant at which each was due."""

import json
import subprocess
import time

HEALTHY = [
    'POST /hello {"name":"Ada"}', "GET /users/1", "POST /wordcount a rose is a rose",
]


class Arrivals:
    """The program that sends them; it runs for as long as the `with` block."""

    def __init__(self, products, port, rate, calls, connections=32):
        self.words = [products / "Arrivals", port, rate, connections, *calls]

    def __enter__(self):
        self.process = subprocess.Popen(
            [str(word) for word in self.words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def tally(self):
        """What came back since this was asked last; times in microseconds."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def during(self, seconds):
        """What comes back within so many seconds."""
        self.tally()
        time.sleep(seconds)
        return self.tally()


def capacity(products, port, calls, seconds=3, connections=32):
    """Requests a second when each connection sends its next as soon as it has its reply."""
    with Arrivals(products, port, 0, calls, connections) as arrivals:
        time.sleep(0.5)
        found = arrivals.during(seconds)
    return found["replies"] / found["seconds"]


def sustained(products, port, calls, connections=32):
    """The highest rate of calls, each at its own time, that replies keep up with, within a twelfth.

    It is well below the capacity of a closed loop, whose calls come in bunches and share wake-ups.
    """
    rate = capacity(products, port, calls, 2, connections) / 5
    while True:
        with Arrivals(products, port, rate, calls, connections) as arrivals:
            time.sleep(0.3)
            found = arrivals.during(1.5)
        if found["replies"] < rate * found["seconds"] * 0.98 or found["waiting"] > rate * 0.02:
            return rate / 1.08
        rate *= 1.08
