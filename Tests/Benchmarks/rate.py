#!/usr/bin/env python3
"""Requests through the function listener, next to a bare web server on the same machine."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from figures import median, say
from host import ROOT, Host, arguments, compile_c
from usage import cpu_seconds

HELLO = """
wrk.method = "POST"
wrk.body = '{"name":"x"}'
wrk.headers["Content-Type"] = "application/json"
"""
PLAIN = """
wrk.method = "POST"
wrk.body = ''
"""
STATUS = """
done = function(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
      + summary.errors.timeout))
end
"""
NGINX = """
worker_processes 1;
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {work}/body;
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type text/plain; return 200 "x"; }}
  }}
}}
"""


class Nginx:
    """A bare web server that answers from its configuration."""

    def __init__(self, work):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        configuration = pathlib.Path(work) / "nginx.conf"
        configuration.write_text(NGINX.format(work=work, port=self.port))
        self.process = subprocess.Popen(
            ["nginx", "-p", work, "-c", configuration],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit("nginx did not start")

    def cpu_seconds(self):
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(cpu_seconds(int(child)) for child in [pid, *children])

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)


class Floor:
    """A bare server on the same transport, from the package in Floor, built when there is time."""

    program = ROOT / ".build/benchmarks/floor/release/Floor"

    def __init__(self):
        self.process = subprocess.Popen([self.program], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stdout.close()


def measure(url, script, connections, seconds, cpu):
    """One run of wrk: requests a second, latency at 50 and 99 % in µs, CPU µs a request, errors."""
    before = cpu()
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, url],
        check=True, capture_output=True, text=True, timeout=seconds + 30,
    ).stdout
    used = cpu() - before
    requests, duration, p50, p99, errors = map(int, re.search(r"RESULT (.*)", output)[1].split())
    requests = max(requests, 1)
    return requests / (duration / 1e6), p50, p99, used * 1e6 / requests, errors


def floors(work):
    """The bare servers that this machine has."""
    found = {}
    if shutil.which("nginx"):
        found["nginx"] = Nginx(work)
    if Floor.program.exists():
        found["bare NIO"] = Floor()
    return found


def rounds(found, work, host, bare):
    """Runs every target in turn, round by round."""
    scripts = {}
    for name, text in [("hello", HELLO), ("plain", PLAIN)]:
        scripts[name] = pathlib.Path(work) / f"{name}.lua"
        scripts[name].write_text(text + STATUS)
    base = f"http://127.0.0.1:{host.port}"
    targets = [
        (name, f"http://127.0.0.1:{server.port}/", "plain", server.cpu_seconds)
        for name, server in bare.items()
    ]
    targets.append(("C plugin", base + "/functions/noop.run", "plain", host.cpu_seconds))
    targets.append(("Hello", base + "/hello", "hello", host.cpu_seconds))
    results = {}
    for connections in (64, 1):
        for name, url, script, cpu in targets:
            measure(url, scripts[script], connections, 1, cpu)
        for _ in range(found.rounds):
            for name, url, script, cpu in targets:
                run = measure(url, scripts[script], connections, found.seconds, cpu)
                results.setdefault((name, connections), []).append(run)
    return results


def report(results, bare, count):
    rows, figures = [], {"benchmark": "rate", "rounds": count}
    for (name, connections), runs in results.items():
        rate, p50, p99, cpu, _ = (median([run[i] for run in runs]) for i in range(5))
        errors = sum(run[4] for run in runs)
        text = f"{rate:8.0f}/s  p50 {p50:6.0f} µs  p99 {p99:6.0f} µs  CPU {cpu:6.1f} µs"
        figure = {"rate": rate, "p50_us": p50, "p99_us": p99, "cpu_us": cpu, "errors": errors}
        for floor in bare if name not in bare else ():
            under = results[(floor, connections)]
            ratio = median([run[3] / max(base[3], 1e-9) for run, base in zip(runs, under)])
            figure[f"cpu_to_{floor}"] = ratio
            text += f"  {ratio:.1f} × {floor}"
        rows.append((f"{name}, {connections} connections", text + f"  errors {errors}"))
        figures[f"{name} c{connections}"] = figure
    say(f"Requests, closed loop, medians of {count} alternating rounds", rows, figures)


def main():
    found = arguments(
        __doc__, rounds=(5, "alternating rounds"), seconds=(3, "length of one run")
    )
    work = tempfile.mkdtemp(prefix="roost-rate-")
    os.chmod(work, 0o755)
    bare = {}
    try:
        with Host(found.products) as host:
            host.drop(found.products / "libHello.so", "libHello.so")
            host.drop(compile_c(work, "noop", "x"), "noop.so")
            host.until_served("/hello", b'{"name":"x"}')
            host.until_served("/functions/noop.run")
            bare = floors(work)
            results = rounds(found, work, host, bare)
    finally:
        for server in bare.values():
            server.stop()
        shutil.rmtree(work, ignore_errors=True)
    report(results, bare, found.rounds)


if __name__ == "__main__":
    main()
