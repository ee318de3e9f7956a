#!/usr/bin/env python3
"""CPU time of a healthy call in a cell, next to one that decodes the same frames, calls the same plugin
and answers by the same code, but holds, counts and fences nothing."""

import array
import mmap
import os
import pathlib
import socket
import struct
import subprocess
import tempfile
import time

from figures import median, say
from host import arguments, compile_c

ENTRY = "roost_plugin_measured"
SECOND = 10**9
WINDOW = 16
PAUSE = 0.0003
CORES = os.sched_getaffinity(0)


def text(value):
    return struct.pack("<I", len(value)) + value.encode()


def frame(kind, payload, sequence=0, slot=0):
    return struct.pack("<IBBHQ", len(payload), kind, 0, slot, sequence) + payload


def invocation(sequence, slot):
    """A call as the host sends one, with every limit set."""
    deadline = time.monotonic_ns() + 30 * SECOND
    head = struct.pack(
        "<HBIqqqIIq", 0, 1, 1, deadline, 10 * SECOND, SECOND // 10, 256 << 10, 6 << 20,
        time.time_ns(),
    )
    texts = ["0" * 32, "noop.run", "text/plain", "", "", "POST", "/functions/noop.run", ""]
    head += b"".join(text(value) for value in texts) + struct.pack("<HH", 0, 0)
    return frame(2, head + b"x", sequence, slot)


def size(frames, place):
    return struct.unpack_from("<I", frames, place)[0]


class Cell:
    """A cell's process with one worker, and this program in the host's place."""

    def __init__(self, command, environment, plugin=None):
        self.made_of = command, environment, plugin
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel, worker = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        page = os.memfd_create("slots")
        os.ftruncate(page, 4096)
        self.page = mmap.mmap(page, 4096)
        # A cell is handed channel and page when a worker starts; the bare one has them from the start.
        # The parent's own descriptors may be in the way of 3 and 4.
        handed = [theirs.fileno()] if plugin else [worker.fileno(), page]
        moves = " ".join(f"{3 + place}<&{at}" for place, at in enumerate(handed))
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$0" "$@" {moves}', *command], env=environment, pass_fds=handed,
            stdout=subprocess.DEVNULL,
        )
        # Where a thread runs makes more of a difference than what is measured.
        cores = sorted(CORES)
        os.sched_setaffinity(self.process.pid, {cores[-1]})
        os.sched_setaffinity(0, {cores[0]})
        self.sequence = 0
        if plugin:
            self.start(plugin, worker, page)
        os.close(page)
        theirs.close()
        worker.close()

    def start(self, plugin, worker, page):
        """Has the cell load the plugin with a memory limit."""
        self.control.recv(32 << 10)
        image = os.memfd_create("image")
        os.write(image, plugin.read_bytes())
        packet = struct.pack("<BI", 1, 1) + text("noop") + text(ENTRY)
        handed = array.array("i", [image, worker.fileno(), page])
        self.control.sendmsg(
            [packet + struct.pack("<Q", 5 * SECOND)],
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)],
        )
        os.close(image)
        self.channel.sendall(frame(1, struct.pack("<BQHI", 0, 256 << 20, 0, 0)))
        kind = self.channel.recv(64 << 10)[4]
        if kind != 65:
            raise SystemExit(f"the cell did not start the worker: frame {kind}")

    def call(self):
        """As many calls as a window holds, so that falling asleep and waking up aren't what is
        measured; false when the worker says that it ends."""
        calls = b""
        for slot in range(WINDOW):
            self.sequence += 1
            struct.pack_into("<Q", self.page, 64 * slot, self.sequence << 8 | 1)
            calls += invocation(self.sequence, slot)
        self.channel.sendall(calls)
        # Who waits for an answer is woken at the sender's expense: a faster cell would pay less often.
        time.sleep(PAUSE)
        replies, place = b"", 0
        for _ in range(WINDOW):
            while len(replies) - place < 16 or len(replies) - place < 16 + size(replies, place):
                more = self.channel.recv(64 << 10)
                if not more:
                    raise SystemExit("the channel was closed in the middle of calls")
                replies += more
            if replies[place + 4] != 72:
                raise SystemExit(f"no end of a call came: {replies[place:place + 80]}")
            if replies[place + 5] & 1:
                return False
            place += 16 + size(replies, place)
        return True

    def cpu_ns(self):
        """What all its threads have used, to the nanosecond."""
        sum_ns = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            sum_ns += int((task / "schedstat").read_text().split()[0])
        return sum_ns

    def measure(self, calls):
        """CPU time of each of some calls, in microseconds."""
        before = self.cpu_ns()
        for _ in range(calls // WINDOW):
            if not self.call():
                # A run that a busy machine held up may wear a worker out: once more, with a new one.
                self.stop()
                self.__init__(*self.made_of)
                for _ in range(50):
                    self.call()
                return self.measure(calls)
        # Until the worker sleeps again, its last stretch is not counted.
        time.sleep(0.005)
        return (self.cpu_ns() - before) / (calls // WINDOW * WINDOW) / 1e3

    def stop(self):
        self.channel.close()
        self.control.close()
        self.process.wait(timeout=20)


def main():
    found = arguments(
        __doc__, rounds=(15, "alternating rounds"), calls=(20000, "calls of one stretch")
    )
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        plugin = compile_c(work, "noop", "x")
        program = found.products / "roost-cell"
        common = {"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
        if os.geteuid() == 0:
            common["ROOST_CELL_UID"] = "61184"
        cells = {
            "bare": Cell([found.products / "bare-cell", plugin, ENTRY], common),
            "shared": Cell([program], common | {"ROOST_CELL_KIND": "shared"}, plugin),
            "dedicated": Cell([program], common | {"ROOST_CELL_KIND": "dedicated"}, plugin),
        }
        runs = {name: [] for name in cells}
        for cell in cells.values():
            cell.measure(found.calls)
        for number in range(found.rounds):
            for name in list(cells) if number % 2 else reversed(cells):
                runs[name].append(cells[name].measure(found.calls))
        for cell in cells.values():
            cell.stop()
    report(found, runs)


def report(found, runs):
    rows = [("nothing held, counted or fenced", f"{median(runs['bare']):6.2f} µs a call")]
    figures = {"benchmark": "overhead", "rounds": found.rounds, "bare_us": median(runs["bare"])}
    for name in ("shared", "dedicated"):
        more = median([on - off for on, off in zip(runs[name], runs["bare"])])
        figures[f"{name}_us"], figures[f"{name}_more_us"] = median(runs[name]), more
        rows.append((
            f"a {name} cell",
            f"{median(runs[name]):6.2f} µs a call, {more:5.2f} µs more (target: 2)",
        ))
    say(f"CPU time of a cell for a call, medians of {found.rounds} alternating rounds", rows, figures)


if __name__ == "__main__":
    main()
