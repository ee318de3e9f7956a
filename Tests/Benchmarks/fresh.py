#!/usr/bin/env python3
"""A fresh clone, `make run`, and the time until the first call is answered."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from figures import say
from host import ROOT


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer(port):
    """The reply to the first call of the README, or None when nobody answers yet."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/hello", b'{"name":"Ada"}')
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return reply.read().decode()
    except (OSError, urllib.error.URLError):
        return None


def main():
    port = free_port()
    environment = dict(os.environ, ROOST_LISTEN=f"127.0.0.1:{port}", ROOST_ADMIN="127.0.0.1:0")
    with tempfile.TemporaryDirectory(prefix="roost-fresh-") as work:
        clone = pathlib.Path(work) / "roost"
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        with open(pathlib.Path(work) / "log", "wb") as log:
            make = subprocess.Popen(
                ["make", "run"], cwd=clone, env=environment, stdout=log, stderr=log,
                start_new_session=True,
            )
        reply = None
        try:
            while reply is None and make.poll() is None and time.monotonic() - began < 3_600:
                time.sleep(0.5)
                reply = answer(port)
            seconds = time.monotonic() - began
            if reply is None:
                print((pathlib.Path(work) / "log").read_text(errors="replace")[-4_000:])
                raise SystemExit("make run ended without an answer")
        finally:
            if make.poll() is None:
                os.killpg(make.pid, signal.SIGTERM)
            make.wait(timeout=60)
    say(
        "From a clone to the first answer",
        [
            ("git clone, make run, first reply", f"{seconds:.0f} s   (target: 600)"),
            ("the reply", reply),
        ],
        {"benchmark": "fresh", "seconds": seconds, "reply": reply},
    )


if __name__ == "__main__":
    main()
