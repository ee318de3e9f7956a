#!/usr/bin/env python3
"""Thousands of small plugins at once: time until all are served, after a drop and after a restart,
and memory for each without and with a worker."""

import http.client
import pathlib
import subprocess
import tempfile
import threading
import time

from figures import say
from host import ROOT, Host, arguments, compile_c

C_PLACEHOLDER = "measured-c-plugin-00000"
SWIFT_PLACEHOLDER = "measured-swift-plugin-00000"
SWIFT_PACKAGE = """\
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Measured",
    products: [.library(name: "Measured", type: .dynamic, targets: ["Measured"])],
    dependencies: [.package(path: "SDK")],
    targets: [
        .target(name: "Measured", dependencies: [.product(name: "FunctionSDK", package: "SDK")])
    ]
)
"""
SWIFT_SOURCE = f"""\
import FunctionSDK

struct Greeting: Codable {{
    var name: String
}}

let measured = Plugin("{SWIFT_PLACEHOLDER}") {{
    Function("run") {{ (greeting: Greeting, context) in greeting }}
}}

@c(roost_plugin_measured) public func entry(_ host: HostAPI) -> PluginPointer? {{
    measured.export(to: host)
}}
"""


def build_swift(scratch):
    """Builds the one Swift plugin whose name is then patched; the scratch directory is kept."""
    scratch.mkdir(parents=True, exist_ok=True)
    source = scratch / "Sources/Measured/Measured.swift"
    source.parent.mkdir(parents=True, exist_ok=True)
    for file, text in [(scratch / "Package.swift", SWIFT_PACKAGE), (source, SWIFT_SOURCE)]:
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
    sdk = scratch / "SDK"
    if not sdk.exists():
        sdk.symlink_to(ROOT / "sdk")
    subprocess.run(
        ["swift", "build", "-c", "release", "--package-path", scratch],
        check=True, timeout=900, stdout=subprocess.DEVNULL,
    )
    return scratch / ".build/release/libMeasured.so"


def patched(image, placeholder, number):
    """The image with another name, and that name."""
    name = f"{placeholder[:-5]}{number:05d}"
    if placeholder.encode() not in image:
        raise SystemExit(f"{placeholder} does not stand in the image as it is")
    return image.replace(placeholder.encode(), name.encode()), name


def make_files(directory, count, swift_count, scratch):
    """Writes distinct plugins; gives their names with the body to call them with."""
    made = []
    image = compile_c(directory, C_PLACEHOLDER, "x").read_bytes()
    for number in range(count - swift_count):
        made.append((*patched(image, C_PLACEHOLDER, number), b""))
    if swift_count:
        image = build_swift(scratch).read_bytes()
        for number in range(swift_count):
            made.append((*patched(image, SWIFT_PLACEHOLDER, number), b'{"name":"x"}'))
    ready = pathlib.Path(directory) / "ready"
    ready.mkdir()
    for content, name, _ in made:
        (ready / f"{name}.so").write_bytes(content)
        (ready / f"{name}.so").chmod(0o644)
    return ready, [(name, body) for _, name, body in made]


def call_all(host, plugins, threads, seconds):
    """Calls each plugin until it has answered 200 once; gives the time of the last."""
    waiting = list(reversed(plugins))
    lock, left, other = threading.Lock(), [len(plugins)], {}
    deadline = time.monotonic() + seconds

    def work():
        connection = host.connection()
        while left[0] and time.monotonic() < deadline:
            with lock:
                item = waiting.pop() if waiting else None
            if item is None:
                time.sleep(0.01)
                continue
            try:
                status, text = host.call(connection, f"/functions/{item[0]}.run", item[1])
            except (OSError, http.client.HTTPException) as problem:
                status, text = repr(problem), b""
                connection.close()
            with lock:
                if status == 200:
                    left[0] -= 1
                else:
                    if status != 404:
                        other[status] = text[:200]
                    waiting.insert(0, item)
            # The one processor time there is belongs to the host.
            if status == 404:
                time.sleep(0.02)
        connection.close()

    workers = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=seconds + 60)
    if other:
        print("  replies other than 200 and 404 on the way:", other)
    if left[0]:
        raise SystemExit(f"{left[0]} of {len(plugins)} plugins were not served in {seconds} s")
    return time.monotonic()


def wait_serving(host, count, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if sum(1 for view in host.view("plugins") if view["state"] == "serving") >= count:
            return time.monotonic()
        time.sleep(0.2)
    raise SystemExit(f"not all of {count} plugins were served within {seconds} s")


def settled_memory(host, pause=2.5):
    """Memory after the allocators have given back what they give back."""
    time.sleep(pause)
    return host.memory()


def measure(found, files, plugins):
    """Drops everything into an empty host, then restarts it twice: not called, and called."""
    count = len(plugins)
    times, memory = {}, {}
    with Host(found.products) as host:
        memory["empty"] = settled_memory(host)
        begun = time.monotonic()
        for file in files.iterdir():
            host.drop(file, file.name)
        times["dropped"] = time.monotonic() - begun
        times["served"] = call_all(host, plugins, found.threads, 600) - begun
        times["served_cpu"] = host.all_cpu_seconds()
        memory["after_drop"] = settled_memory(host)
        host.stop()

        host.start()
        times["listening"] = time.monotonic() - host.started
        times["registered"] = wait_serving(host, count, 120) - host.started
        memory["known"] = settled_memory(host)
        host.stop()

        host.start()
        times["restart"] = call_all(host, plugins, found.threads, 120) - host.started
        times["restart_cpu"] = host.all_cpu_seconds()
        memory["called"] = settled_memory(host)
    return times, memory


def each(memory, state, count):
    """Bytes for each plugin beyond the empty host: of the host, of all counted once, of all."""
    empty, full = memory["empty"], memory[state]
    every = [("host",), ("total",), ("host", "cells_sum")]
    return [sum(full[name] - empty[name] for name in names) / count for names in every]


def report(times, memory, count, swift):
    idle, idle_all, _ = each(memory, "known", count)
    _, worker, worker_sum = each(memory, "called", count)
    hosts = [f"{memory[state]['host'] / 1e6:.1f}" for state in ("empty", "known", "called")]
    served = f"{times['served']:.1f} s   (target: 60; CPU {times['served_cpu']:.1f} s)"
    restart = f"{times['restart']:.2f} s   (target: 5; CPU {times['restart_cpu']:.1f} s)"
    cells = memory["called"]
    say(
        f"{count} distinct plugins, {swift} of them in Swift",
        [
            ("dropped in", f"{times['dropped']:.1f} s"),
            ("all served once after the drop", served),
            ("all served once after a restart", restart),
            ("  the restarted host listened after", f"{times['listening']:.2f} s"),
            ("  all registered, none called", f"{times['registered']:.2f} s"),
            ("memory for each without a worker", f"{idle / 1e3:.1f} kB   (target: 20)"),
            ("  host and cells together", f"{idle_all / 1e3:.1f} kB"),
            ("memory for each with a worker", f"{worker / 1e3:.1f} kB   (target: 200)"),
            ("  shared pages counted every time", f"{worker_sum / 1e3:.1f} kB"),
            ("host, empty / all known / all called", " / ".join(hosts) + " MB"),
            ("host after the drop", f"{memory['after_drop']['host'] / 1e6:.1f} MB"),
            ("cells", f"{cells['cells']}, {cells['cells_sum'] / 1e6:.0f} MB"),
        ],
        {
            "benchmark": "density",
            "plugins": count,
            "swift": swift,
            "seconds": times,
            "idle_bytes": idle,
            "idle_all_bytes": idle_all,
            "worker_bytes": worker,
            "worker_sum_bytes": worker_sum,
            "memory": memory,
        },
    )


def main():
    found = arguments(
        __doc__,
        plugins=(2000, "plugins in all"),
        swift=(100, "of them made with the SDK"),
        threads=(16, "connections that call"),
    )
    scratch = ROOT / ".build/benchmarks/swift-plugin"
    with tempfile.TemporaryDirectory(prefix="roost-density-") as work:
        files, plugins = make_files(work, found.plugins, found.swift, scratch)
        times, memory = measure(found, files, plugins)
    report(times, memory, len(plugins), found.swift)


if __name__ == "__main__":
    main()
