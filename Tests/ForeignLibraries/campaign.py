#!/usr/bin/env python3
"""Random signatures: a C library, its signature files, and a C program that calls the same functions.

usage: campaign.py URL PLUGINS [--signatures N] [--values N] [--seed N]

URL is a running host's, PLUGINS its plugin directory. Each function folds every bit of its arguments
into a hash, which it puts into an argument of its own, and gives back bits made of that hash. The C
program is the oracle: it calls with the same bits, and its hash and result have to be the host's.
"""
import argparse
import base64
import http.client
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlparse

SCALARS = {
    "bool": ("_Bool", "<B"), "int8": ("int8_t", "<b"), "uint8": ("uint8_t", "<B"),
    "int16": ("int16_t", "<h"), "uint16": ("uint16_t", "<H"), "int32": ("int32_t", "<i"),
    "uint32": ("uint32_t", "<I"), "int64": ("int64_t", "<q"), "uint64": ("uint64_t", "<Q"),
    "float": ("float", "<f"), "double": ("double", "<d"),
}
SIZES = {name: struct.calcsize(code) for name, (_, code) in SCALARS.items()}
NAN = {"float": (0x7FC00000, 0x7F800000, 0x7FFFFF), "double": (0x7FF8 << 48, 0x7FF << 52, (1 << 52) - 1)}
PRELUDE = r"""
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
static inline uint64_t fold(uint64_t hash, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    return hash;
}
static inline uint64_t stir(uint64_t *state) {
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}
static inline void fill(uint64_t *state, void *bytes, size_t count, int is_bool) {
    uint64_t bits = stir(state);
    if (is_bool) bits &= 1;
    memcpy(bytes, &bits, count);
}
"""


# ---- Types: ("scalar", name) | ("struct", index) | ("text",) | ("bytes",) | ("list", scalar)

class Generator:
    def __init__(self, seed, prefix):
        self.pick = random.Random(seed)
        self.prefix = prefix
        self.structs = []
        self.functions = []

    def scalar(self):
        return self.pick.choice(list(SCALARS))

    def make_struct(self):
        fields = []
        for number in range(self.pick.randrange(1, 6)):
            kind = self.pick.random()
            if kind < 0.15 and self.structs:
                fields.append((f"f{number}", ("struct", self.pick.randrange(len(self.structs))), 1))
            elif kind < 0.3:
                fields.append((f"f{number}", ("scalar", self.scalar()), self.pick.randrange(2, 5)))
            else:
                fields.append((f"f{number}", ("scalar", self.scalar()), 1))
        self.structs.append(fields)

    def make_function(self, number):
        arguments = []
        for index in range(self.pick.randrange(0, 9)):
            kind = self.pick.random()
            way = "in"
            if kind < 0.55:
                type = ("scalar", self.scalar())
                way = self.pick.choices(["in", "inout", "out"], [8, 1, 1])[0]
            elif kind < 0.75:
                type = ("struct", self.pick.randrange(len(self.structs)))
                way = self.pick.choices(["in", "pointer", "inout", "out"], [5, 2, 1, 1])[0]
            elif kind < 0.83:
                type = ("text",)
            elif kind < 0.9:
                type, way = ("bytes",), self.pick.choice(["in", "inout"])
            else:
                type, way = ("list", self.scalar()), self.pick.choice(["in", "inout"])
            arguments.append((f"a{index}", type, way))
        kind = self.pick.random()
        if kind < 0.6:
            result = ("scalar", self.scalar())
        elif kind < 0.85:
            result = ("struct", self.pick.randrange(len(self.structs)))
        else:
            result = None
        self.functions.append((f"{self.prefix}{number}", arguments, result))

    # ---- C

    def c_type(self, type):
        if type[0] == "scalar":
            return SCALARS[type[1]][0]
        return f"struct {self.prefix}s{type[1]}"

    def declarations(self):
        text = ""
        for index, fields in enumerate(self.structs):
            text += f"struct {self.prefix}s{index} {{\n"
            for name, type, count in fields:
                text += f"    {self.c_type(type)} {name}{f'[{count}]' if count > 1 else ''};\n"
            text += "};\n"
        return text

    def leaves(self, type, place):
        """The scalars of a value: (C expression, scalar's name)."""
        if type[0] == "scalar":
            return [(place, type[1])]
        found = []
        for name, inner, count in self.structs[type[1]]:
            for index in range(count):
                step = f"[{index}]" if count > 1 else ""
                found += self.leaves(inner, f"{place}.{name}{step}")
        return found

    def parameters(self, arguments):
        list = []
        for name, type, way in arguments:
            if type[0] == "text":
                list.append(f"const char *{name}")
            elif type[0] in ("bytes", "list"):
                element = "uint8_t" if type[0] == "bytes" else SCALARS[type[1]][0]
                list += [f"{element} *{name}", f"size_t {name}_count"]
            else:
                list.append(f"{self.c_type(type)} {'*' if way != 'in' else ''}{name}")
        return ", ".join(list + ["uint64_t *hash"])

    def heading(self, function):
        name, arguments, result = function
        return f"{self.c_type(result) if result else 'void'} {name}({self.parameters(arguments)})"

    def body(self, function):
        name, arguments, result = function
        lines = ["uint64_t h = 14695981039346656037u;"]
        for argument, type, way in arguments:
            if way == "out":
                continue
            if type[0] == "text":
                lines.append(f"h = fold(h, {argument}, strlen({argument}) + 1);")
            elif type[0] in ("bytes", "list"):
                lines.append(f"h = fold(h, {argument}, {argument}_count * sizeof *{argument});")
                lines.append(f"h = fold(h, &{argument}_count, sizeof {argument}_count);")
            else:
                place = argument if way == "in" else f"(*{argument})"
                for leaf, _ in self.leaves(type, place):
                    lines.append(f"h = fold(h, &{leaf}, sizeof {leaf});")
        lines += ["*hash = h;", "uint64_t s = h | 1;"]
        for argument, type, way in arguments:
            if way not in ("out", "inout"):
                continue
            if type[0] in ("bytes", "list"):
                is_bool = int(type[0] == "list" and type[1] == "bool")
                lines.append(f"for (size_t i = 0; i < {argument}_count; i++) "
                             f"fill(&s, {argument} + i, sizeof *{argument}, {is_bool});")
            else:
                for leaf, scalar in self.leaves(type, f"(*{argument})"):
                    lines.append(f"fill(&s, &{leaf}, sizeof {leaf}, {int(scalar == 'bool')});")
        if result:
            lines += [f"{self.c_type(result)} r;", "memset(&r, 0, sizeof r);"]
            for leaf, scalar in self.leaves(result, "r"):
                lines.append(f"fill(&s, &{leaf}, sizeof {leaf}, {int(scalar == 'bool')});")
            lines.append("return r;")
        return self.heading(function) + " {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"

    def library(self):
        return PRELUDE + self.declarations() + "".join(map(self.body, self.functions))

    def caller(self, function):
        """A part of the oracle: reads the arguments' bits, calls, and prints what came out in hex."""
        name, arguments, result = function
        lines, passed = [], []
        for argument, type, way in arguments:
            if type[0] == "text":
                lines.append(f"char *{argument} = take_bytes(0);")
                passed.append(argument)
            elif type[0] in ("bytes", "list"):
                element = "uint8_t" if type[0] == "bytes" else SCALARS[type[1]][0]
                lines += [f"size_t {argument}_count;",
                          f"{element} *{argument} = take_bytes(&{argument}_count);",
                          f"{argument}_count /= sizeof *{argument};"]
                passed += [argument, f"{argument}_count"]
            else:
                lines += [f"{self.c_type(type)} {argument};", f"memset(&{argument}, 0, sizeof {argument});"]
                if way != "out":
                    for leaf, _ in self.leaves(type, argument):
                        lines.append(f"take(&{leaf}, sizeof {leaf});")
                passed.append(argument if way == "in" else f"&{argument}")
        lines.append("uint64_t hash = 0;")
        call = f"{name}({', '.join(passed + ['&hash'])});"
        lines.append(f"{self.c_type(result)} r = {call}" if result else call)
        lines.append("put(&hash, 8);")
        for argument, type, way in arguments:
            if way not in ("out", "inout"):
                continue
            if type[0] in ("bytes", "list"):
                lines.append(f"put({argument}, {argument}_count * sizeof *{argument});")
            else:
                for leaf, _ in self.leaves(type, argument):
                    lines.append(f"put(&{leaf}, sizeof {leaf});")
        if result:
            for leaf, _ in self.leaves(result, "r"):
                lines.append(f"put(&{leaf}, sizeof {leaf});")
        lines.append("putchar('\\n');")
        return f"static void call_{name}(void) {{\n" + "".join(f"    {l}\n" for l in lines) + "}\n"

    def oracle(self):
        calls = "".join(f"    case {i}: call_{f[0]}(); break;\n" for i, f in enumerate(self.functions))
        return (PRELUDE + "#include <stdlib.h>\n" + self.declarations()
                + "".join(self.heading(f) + ";\n" for f in self.functions) + r"""
static void take(void *into, size_t count) { if (fread(into, 1, count, stdin) != count) exit(1); }
static void *take_bytes(size_t *count) {
    uint64_t size;
    take(&size, 8);
    char *bytes = calloc(size + 1, 1);
    take(bytes, size);
    if (count) *count = size;
    return bytes;
}
static void put(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) printf("%02x", ((const uint8_t *)bytes)[i]);
}
""" + "".join(map(self.caller, self.functions)) + """
int main(void) {
    uint32_t number;
    while (fread(&number, 4, 1, stdin) == 1) switch (number) {
""" + calls + "    default: return 1;\n    }\n    return 0;\n}\n")

    # ---- Signature files

    def signatures(self, library):
        def written(type):
            return type[1] if type[0] == "scalar" else f"s{type[1]}"

        types = {}
        for index, fields in enumerate(self.structs):
            types[f"s{index}"] = {"struct": {"fields": {
                name: written(type) + (f"[{count}]" if count > 1 else "")
                for name, type, count in fields}}}
        functions = []
        for name, arguments, result in self.functions:
            list = []
            for argument, type, way in arguments:
                entry = {"name": argument}
                if type[0] in ("text", "bytes"):
                    entry["type"] = type[0]
                elif type[0] == "list":
                    entry["type"] = type[1] + "[]"
                else:
                    entry["type"] = written(type) + ("*" if way == "pointer" else "")
                if way in ("out", "inout"):
                    entry["direction"] = way
                list.append(entry)
                if type[0] in ("bytes", "list"):
                    list.append({"name": f"{argument}_count", "type": "size_t", "lengthOf": argument})
            list.append({"name": "hash", "type": "uint64", "direction": "out"})
            functions.append({"name": name, "arguments": list,
                              "result": written(result) if result else "void"})
        return {"library": {"file": library}, "types": types, "functions": functions}

    # ---- Values

    def bits(self, scalar):
        """A value's bits, often at a limit."""
        size = SIZES[scalar]
        if scalar == "bool":
            return bytes([self.pick.randrange(2)])
        if self.pick.random() < 0.4:
            edges = [0, (1 << size * 8) - 1, 1 << (size * 8 - 1), (1 << (size * 8 - 1)) - 1, 1]
            if scalar in NAN:
                quiet, infinite, low = NAN[scalar]
                sign = 1 << (size * 8 - 1)
                edges += [quiet, infinite, infinite | sign, infinite - 1, infinite | 1, quiet | sign | 5, low]
            return self.pick.choice(edges).to_bytes(size, "little")
        return self.pick.randbytes(size)

    def value(self, type):
        """The JSON of a value, and its bits for the oracle."""
        if type[0] == "scalar":
            bits = self.bits(type[1])
            return to_json(type[1], bits), bits
        members, whole = {}, b""
        for name, inner, count in self.structs[type[1]]:
            values = [self.value(inner) for _ in range(count)]
            members[name] = values[0][0] if count == 1 else [value for value, _ in values]
            whole += b"".join(bits for _, bits in values)
        return members, whole

    def arguments(self, function):
        args, stream = {}, b""
        for name, type, way in function[1]:
            if way == "out":
                continue
            if type[0] == "text":
                text = "".join(chr(self.pick.choice([self.pick.randrange(1, 128), self.pick.randrange(160, 0xD800),
                                                     self.pick.randrange(0x10000, 0x11000)]))
                               for _ in range(self.pick.randrange(0, 20)))
                args[name] = text
                stream += struct.pack("<Q", len(text.encode())) + text.encode()
            elif type[0] == "bytes":
                data = self.pick.randbytes(self.pick.randrange(0, 50))
                args[name] = base64.b64encode(data).decode()
                stream += struct.pack("<Q", len(data)) + data
            elif type[0] == "list":
                values = [self.value(("scalar", type[1])) for _ in range(self.pick.randrange(0, 10))]
                args[name] = [value for value, _ in values]
                data = b"".join(bits for _, bits in values)
                stream += struct.pack("<Q", len(data)) + data
            else:
                args[name], bits = self.value(type)
                stream += bits
        return args, stream

    def told(self, type, value):
        """The bits of a value that came back."""
        if type[0] == "scalar":
            return to_bits(type[1], value)
        whole = b""
        for name, inner, count in self.structs[type[1]]:
            for one in (value[name] if count > 1 else [value[name]]):
                whole += self.told(inner, one)
        return whole

    def answer(self, function, reply):
        """What came back from the host as the oracle prints it."""
        name, arguments, result = function
        whole = int(reply["out"]["hash"]).to_bytes(8, "little")
        for argument, type, way in arguments:
            if way not in ("out", "inout"):
                continue
            value = reply["out"][argument]
            if type[0] == "bytes":
                whole += base64.b64decode(value)
            elif type[0] == "list":
                whole += b"".join(to_bits(type[1], one) for one in value)
            else:
                whole += self.told(type, value)
        if result:
            whole += self.told(result, reply["result"])
        return whole.hex()


def to_json(scalar, bits):
    code = SCALARS[scalar][1]
    value = struct.unpack(code, bits)[0]
    if scalar == "bool":
        return bool(value)
    if scalar in NAN:
        if value != value:
            raw = int.from_bytes(bits, "little")
            return "NaN" if raw == NAN[scalar][0] else f"NaN:{raw:0{len(bits) * 2}x}"
        if value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
        return value
    return str(value) if abs(value) >= 2 ** 53 and value % 2 else value


def to_bits(scalar, value):
    size = SIZES[scalar]
    if scalar in NAN:
        if isinstance(value, str):
            quiet, infinite, _ = NAN[scalar]
            if value.startswith("NaN"):
                return (int(value[4:], 16) if ":" in value else quiet).to_bytes(size, "little")
            return (infinite | (1 << size * 8 - 1 if value[0] == "-" else 0)).to_bytes(size, "little")
        return struct.pack(SCALARS[scalar][1], value)
    value = int(value)
    return (value & ((1 << size * 8) - 1)).to_bytes(size, "little")


# ---- One library after the other

def build(generator, folder):
    library = f"lib{generator.prefix}.so"
    for name, text in ("library.c", generator.library()), ("oracle.c", generator.oracle()):
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    # The wide-struct ABI warnings of compilers are no news here.
    cc = ["cc", "-O1", "-w", "-ffp-contract=off"]
    subprocess.run(cc + ["-shared", "-fPIC", "-o", library, "library.c"], cwd=folder, check=True)
    subprocess.run(cc + ["-o", "oracle", "oracle.c", library, f"-Wl,-rpath,{folder}"], cwd=folder, check=True)
    return library


def drop(folder, plugins, library, generator):
    def put(name, data):
        hidden = os.path.join(plugins, f".{name}.part")
        with open(hidden, "wb") as file:
            file.write(data)
        os.chmod(hidden, 0o644)
        os.rename(hidden, os.path.join(plugins, name))

    with open(os.path.join(folder, library), "rb") as file:
        put(library, file.read())
    text = json.dumps(generator.signatures(library))
    put(f"{generator.prefix}.functions.json", text.encode())


def post(connection, path, body):
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, response.read()


def wait_until_served(connection, path):
    end = time.monotonic() + 60
    while post(connection, path, "{}")[0] == 404:
        if time.monotonic() > end:
            sys.exit(f"{path} is not served; see `roost plugins`")
        time.sleep(0.05)


def run(batch, count, values, seed, url, plugins):
    generator = Generator(seed * 1_000_003 + batch, f"c{batch}x")
    for _ in range(12):
        generator.make_struct()
    for number in range(count):
        generator.make_function(number)
    connection = http.client.HTTPConnection(urlparse(url).netloc)
    with tempfile.TemporaryDirectory() as folder:
        library = build(generator, folder)
        drop(folder, plugins, library, generator)
        prefix = f"/functions/{generator.prefix}."
        wait_until_served(connection, prefix + generator.functions[0][0])
        stream, calls = b"", []
        for index, function in enumerate(generator.functions):
            for _ in range(values):
                args, bits = generator.arguments(function)
                stream += struct.pack("<I", index) + bits
                calls.append((function, args))
        oracle = subprocess.run([os.path.join(folder, "oracle")], input=stream, capture_output=True, check=True)
        wanted = oracle.stdout.decode().split("\n")
        for (function, args), hex in zip(calls, wanted):
            status, body = post(connection, prefix + function[0], json.dumps({"args": args}))
            got = generator.answer(function, json.loads(body)) if status == 200 else f"{status} {body.decode()}"
            if got != hex:
                sys.exit(f"seed {seed}, batch {batch}: {generator.heading(function)}\n{json.dumps(args)}\n"
                         f"got    {got}\noracle {hex}\n{body.decode()}")
    for name in (f"{generator.prefix}.functions.json", library):
        os.remove(os.path.join(plugins, name))
    return len(calls)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("plugins")
    parser.add_argument("--signatures", type=int, default=2000)
    parser.add_argument("--values", type=int, default=50)
    parser.add_argument("--seed", type=int, default=6)
    chosen = parser.parse_args()
    done, left, batch = 0, chosen.signatures, 0
    while left > 0:
        count = min(left, 250)
        done += run(batch, count, chosen.values, chosen.seed, chosen.url, chosen.plugins)
        left, batch = left - count, batch + 1
        print(f"{chosen.signatures - left} signatures, {done} calls, all bits the oracle's", flush=True)
