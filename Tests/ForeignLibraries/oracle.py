#!/usr/bin/env python3
"""Calls the libraries of Plugins/CLibraries through a host and compares with Python's own.

usage: oracle.py URL [--rounds N] [--seed N]

math, zlib, sqlite3 and sorted() are the oracles; for crypt it is libcrypt through ctypes.
"""
import argparse
import base64
import ctypes
import http.client
import json
import math
import random
import sqlite3
import struct
import sys
import zlib
from urllib.parse import urlparse


class Host:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urlparse(url).netloc)
        self.checks = 0

    def send(self, function, body, content_type="application/json"):
        self.connection.request("POST", f"/functions/{function}", body, {"Content-Type": content_type})
        response = self.connection.getresponse()
        return response.status, response.read()

    def call(self, function, *args):
        status, body = self.send(function, json.dumps({"args": args}))
        if status != 200:
            sys.exit(f"{function}{args}: {status} {body.decode()}")
        return json.loads(body)

    def fails(self, function, status, *args):
        got, body = self.send(function, json.dumps({"args": args}))
        self.same(got, status, f"{function}{args}: {body.decode()}")
        return json.loads(body)

    def same(self, got, wanted, what):
        self.checks += 1
        if got != wanted:
            sys.exit(f"{what}: got {got!r}, the oracle says {wanted!r}")


def bits(value):
    return struct.pack("<d", value)


def number(value):
    return float(value) if isinstance(value, str) else value


def check_libm(host, pick, rounds):
    for _ in range(rounds):
        x, y, z = (pick.uniform(-100, 100) for _ in range(3))
        power = number(host.call("libm.pow", abs(x), y)["result"])
        host.same(bits(power), bits(math.pow(abs(x), y)), f"pow({abs(x)}, {y})")
        # Exact, in integers of any size, and then rounded once.
        n, d = 1, 1
        for value in (x, y):
            p, q = value.as_integer_ratio()
            n, d = n * p, d * q
        p, q = z.as_integer_ratio()
        exact = (n * q + p * d) / (d * q)
        host.same(bits(host.call("libm.fma", x, y, z)["result"]), bits(exact), f"fma({x}, {y}, {z})")
        got = host.call("libm.frexp", x)
        host.same((got["result"], got["out"]["exponent"]), math.frexp(x), f"frexp({x})")
        got = host.call("libm.modf", x)
        host.same((got["result"], got["out"]["whole"]), math.modf(x), f"modf({x})")
        host.same(bits(host.call("libm.sin", x)["result"]), bits(math.sin(x)), f"sin({x})")
    host.same(host.call("libm.pow", 0, -1)["result"], "Infinity", "pow(0, -1)")
    host.same(host.call("libm.pow", -1, 0.5)["result"][:3], "NaN", "pow(-1, 0.5)")
    host.same(host.call("libm.lround", 2.0 ** 60)["result"], str(2 ** 60), "lround(2^60)")


def check_zlib(host, pick, rounds):
    def packed(data):
        return {"base64": base64.b64encode(data).decode()}

    for _ in range(rounds):
        data = pick.randbytes(pick.randrange(1, 2000)) * pick.randrange(1, 4)
        host.same(host.call("zlib.crc32", 0, packed(data))["result"], zlib.crc32(data), "crc32")
        host.same(host.call("zlib.adler32", 1, packed(data))["result"], zlib.adler32(data), "adler32")
        level = pick.randrange(-1, 10)
        got = host.call("zlib.compress", packed(data), level)["out"]["compressed"]
        host.same(zlib.decompress(base64.b64decode(got)), data, "compress")
        got = host.call("zlib.uncompress", len(data), base64.b64encode(zlib.compress(data)).decode())
        host.same(base64.b64decode(got["out"]["data"]), data, "uncompress")
    host.same(host.call("zlib.crc32", 0, "hello", 5)["result"], zlib.crc32(b"hello"), "crc32 of hello")
    status, body = host.send("zlib.crc32", b"\x00\xffraw", "application/octet-stream")
    host.same((status, json.loads(body)["result"]), (200, zlib.crc32(b"\x00\xffraw")), "crc32 of a body")
    host.fails("zlib.uncompress", 422, 10, base64.b64encode(zlib.compress(b"x" * 100)).decode())
    inflate_in_pieces(host, pick)
    deflate_in_pieces(host, pick)


def inflate_in_pieces(host, pick):
    data = b"".join(b"line %d\n" % n for n in range(40000))
    packed, got, state = zlib.compress(data), b"", None
    stream = host.call("zlib.inflate_begin")["out"]["stream"]
    while packed:
        piece = packed[:pick.randrange(1, 5000)]
        reply = host.call("zlib.inflate", stream, "none", base64.b64encode(piece).decode())
        got += base64.b64decode(reply["out"]["data"])
        packed = packed[len(piece) - reply["out"]["avail_in"]:]
        state = reply["result"]
    while state != "stream_end":
        reply = host.call("zlib.inflate", stream, "none", "")
        got += base64.b64decode(reply["out"]["data"])
        state = reply["result"]
    host.same(got, data, "inflate")
    host.same(host.call("zlib.inflate_end", stream)["result"], "ok", "inflate_end")
    host.fails("zlib.inflate", 400, stream, "none", "")
    broken = host.call("zlib.inflate_begin")["out"]["stream"]
    problem = host.fails("zlib.inflate", 422, broken, "none", base64.b64encode(b"no zlib").decode())
    host.same("data error" in problem["detail"], True, "the words for data that isn't zlib's")


def deflate_in_pieces(host, pick):
    data = pick.randbytes(100_000) + b"z" * 100_000
    stream, got, rest = host.call("zlib.deflate_begin", 9)["out"]["stream"], b"", data
    while True:
        piece = rest[:30_000]
        flush = "none" if rest else "finish"
        reply = host.call("zlib.deflate", stream, flush, {"base64": base64.b64encode(piece).decode()})
        got += base64.b64decode(reply["out"]["compressed"])
        rest = rest[len(piece) - reply["out"]["avail_in"]:]
        if reply["result"] == "stream_end":
            break
    host.same(zlib.decompress(got), data, "deflate")
    host.call("zlib.deflate_end", stream)


def check_sqlite(host, pick, rounds):
    ours = sqlite3.connect(":memory:")
    theirs = host.call("sqlite.open")["out"]["database"]

    def both(sql, *values):
        wanted = [tuple(row) for row in ours.execute(sql, values)]
        statement = host.call("sqlite.prepare", theirs, sql)["out"]["statement"]
        for index, value in enumerate(values):
            kind = "bind_text" if isinstance(value, str) else "bind_int64"
            host.call(f"sqlite.{kind}", statement, index + 1, value)
        got = []
        while host.call("sqlite.step", statement)["result"] == "row":
            row = []
            for column in range(host.call("sqlite.column_count", statement)["result"]):
                reader = {int: "int64", str: "text", float: "double"}[type(wanted[len(got)][column])]
                value = host.call(f"sqlite.column_{reader}", statement, column)["result"]
                row.append(int(value) if reader == "int64" else value)
            got.append(tuple(row))
        host.call("sqlite.finish", statement)
        host.same(got, wanted, sql)

    both("create table t(a integer, b text, c real)")
    for _ in range(rounds):
        both("insert into t values (?, ?, ? / 7.0)", pick.randrange(-2 ** 63, 2 ** 63),
             "grüß " + "".join(chr(pick.randrange(33, 1000)) for _ in range(9)), pick.randrange(10 ** 6))
    both("select a, b, c from t order by a")
    both("select count(*), sum(c), max(b) from t")
    problem = host.fails("sqlite.prepare", 422, theirs, "selec 1")
    host.same('near "selec": syntax error' in problem["detail"], True, "the words for bad SQL")
    host.same(host.call("sqlite.close", theirs)["result"], 0, "close")


def check_libc(host, pick, rounds):
    for _ in range(rounds):
        numbers = [pick.uniform(-1e6, 1e6) for _ in range(pick.randrange(0, 200))]
        host.same(host.call("libc.qsort", numbers)["out"]["numbers"], sorted(numbers), "qsort")
        got = host.call("libc.qsort", numbers, "descending")["out"]["numbers"]
        host.same(got, sorted(numbers, reverse=True), "qsort descending")
        texts = ["".join(pick.choices("abcXYZé", k=5)) for _ in range(50)]
        got = host.call("libc.sort_texts", texts, "strcmp")["out"]["texts"]
        host.same(got, sorted(texts, key=lambda text: text.encode()), "qsort of texts by strcmp")
        pieces, price = pick.randrange(-2 ** 31, 2 ** 31), pick.uniform(0, 1e6)
        got = host.call("libc.snprintf", "Äpfel", pieces, price)
        wanted = "%s: %d pieces at %.2f" % ("Äpfel", pieces, price)
        host.same(got["out"]["line"], wanted, "snprintf")
        host.same(got["result"], len(wanted.encode()), "snprintf's result")
        left, right = pick.randrange(-2 ** 62, 2 ** 62), pick.randrange(1, 2 ** 31)
        got = host.call("libc.ldiv", left, right)["result"]
        quotient = abs(left) // right * (1 if left >= 0 else -1)
        host.same((int(got["quot"]), int(got["rem"])), (quotient, left - quotient * right), "ldiv")


def check_crypt(host, pick, rounds):
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    for _ in range(min(rounds, 5)):
        phrase = "pass%d" % pick.randrange(10 ** 9)
        wanted = library.crypt(phrase.encode(), b"$5$salt").decode()
        host.same(host.call("crypt.crypt", phrase, "$5$salt")["result"], wanted, "crypt")
    library.crypt_gensalt.restype = ctypes.c_char_p
    salt = pick.randbytes(16)
    wanted = library.crypt_gensalt(b"$6$", ctypes.c_ulong(7000), salt, 16).decode()
    args = ["$6$", 7000, base64.b64encode(salt).decode()]
    host.same(host.call("crypt.setting", *args)["result"], wanted, "crypt_gensalt")
    problem = host.fails("crypt.setting", 422, "$no$", *args[1:])
    host.same("Invalid argument" in problem["detail"], True, "the words for an unknown prefix")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=6)
    chosen = parser.parse_args()
    host = Host(chosen.url)
    for check in (check_libm, check_zlib, check_sqlite, check_libc, check_crypt):
        check(host, random.Random(chosen.seed), chosen.rounds)
    print(f"{host.checks} answers are the oracles'")
