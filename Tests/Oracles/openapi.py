#!/usr/bin/env python3
"""Holds a host to its OpenAPI document, with validators that know nothing of Roost.

usage: openapi.py DOCUMENT [--calls N] [--seed N] [--only PLUGIN]...

The document has to be valid OpenAPI 3.1. Then, for each function of plain C: calls that the document
allows are taken, calls that it doesn't are refused with a problem document, and every reply is what
the document says. N of each kind for each function.
"""
import argparse
import base64
import http.client
import json
import math
import random
import re
import sys
from urllib.parse import quote, urlencode, urlparse

try:
    import jsonschema
    import openapi_spec_validator
except ImportError as error:
    sys.exit(f"{error}: `Tests/Oracles/fetch.sh` puts the validators into .build/oracles")


class Unfit(Exception):
    """No value can be made up for a schema: it takes something that only the library gives."""


class Maker:
    """Makes up values that a schema allows, and some that it doesn't."""

    def __init__(self, document, pick):
        self.document, self.pick = document, pick
        self.handles = {}

    def resolve(self, schema):
        while "$ref" in schema:
            rest = {name: value for name, value in schema.items() if name != "$ref"}
            target = self.document
            for step in schema["$ref"][2:].split("/"):
                target = target[step]
            schema = {**target, **rest}
        return schema

    def validator(self, schema):
        whole = {**schema, "components": self.document["components"]}
        return jsonschema.Draft202012Validator(whole)

    def make(self, schema, beside=()):
        schema = self.resolve(schema)
        if "anyOf" in schema:
            choices = list(schema["anyOf"])
            self.pick.shuffle(choices)
            for choice in choices:
                try:
                    return self.make(choice, schema["anyOf"])
                except Unfit:
                    continue
            raise Unfit
        if "enum" in schema:
            return self.pick.choice(schema["enum"])
        kind = schema.get("type")
        return {
            "null": lambda: None,
            "boolean": lambda: self.pick.random() < 0.5,
            "integer": lambda: self.whole(schema),
            "number": lambda: self.real(schema),
            "string": lambda: self.text(schema, beside),
            "array": lambda: self.list(schema),
            "object": lambda: self.object(schema),
        }[kind]()

    def whole(self, schema):
        low, high = math.ceil(schema["minimum"]), math.floor(schema["maximum"])
        edges = [low, high, max(low, min(high, 0)), max(low, min(high, 1))]
        return self.pick.choice(edges + [self.pick.randint(low, high)])

    def real(self, schema):
        low, high = schema.get("minimum", -1e300), schema.get("maximum", 1e300)
        edges = [low, high, max(low, min(high, 0.0)), max(low, min(high, 0.1))]
        return self.pick.choice(edges + [max(low, min(high, self.pick.uniform(-100, 100)))])

    def text(self, schema, beside):
        pattern = schema.get("pattern", "")
        handle = re.match(r"\^(\w+)-\[0-9a-f\]", pattern)
        if handle:
            known = self.handles.get(handle.group(1))
            if not known:
                raise Unfit
            return self.pick.choice(known)
        if pattern.startswith("^(NaN"):
            digits = re.search(r"\{(\d+)\}", pattern).group(1)
            bits = "7ff0000000000001" if digits == "16" else "7f800001"
            return self.pick.choice(["NaN", "Infinity", "-Infinity", f"NaN:{bits}"])
        if "[1-9][0-9]" in pattern:
            whole = next(one for one in map(self.resolve, beside) if one.get("type") == "integer")
            return str(self.whole(whole))
        least, most = schema.get("minLength", 0), schema.get("maxLength", 24)
        if schema.get("contentEncoding") == "base64":
            # Its length tells the bytes' number up to the padding.
            exact = re.search(r"\)\{(\d+)\}", pattern)
            if exact:
                rest = 1 if pattern.endswith("==$") else 2 if pattern.endswith("=$") else 0
                count = 3 * int(exact.group(1)) + rest
            else:
                low = least // 4 * 3
                count = self.pick.randint(low, max(low, min(most, least + 64) // 4 * 3 - 2))
            return base64.b64encode(self.pick.randbytes(count)).decode()
        # Lengths count bytes: as many as there may be need, no more than there may be.
        if least and "maxLength" in schema:
            return "a" * most
        letters = "😀" if least else "aé ~\\\"\n"
        room = max(least, min(24, most // (4 if least else 2)))
        return "".join(self.pick.choice(letters) for _ in range(self.pick.randint(least, room)))

    def list(self, schema):
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", least + 5), least + 5)
        count = self.pick.randint(least, max(least, most))
        heads = schema.get("prefixItems", [])
        rest = schema.get("items", {"type": "null"})
        return [self.make(heads[i] if i < len(heads) else rest) for i in range(count)]

    def object(self, schema):
        needed = schema.get("required", [])
        value = {}
        for name, member in schema.get("properties", {}).items():
            if name in needed or self.pick.random() < 0.3:
                try:
                    value[name] = self.make(member)
                except Unfit:
                    if name in needed:
                        raise
        return value

    def spoil(self, value):
        """Another value, which may or may not be allowed."""
        if isinstance(value, dict) and value and self.pick.random() < 0.8:
            name = self.pick.choice(list(value))
            how = self.pick.random()
            if how < 0.2:
                return {other: kept for other, kept in value.items() if other != name}
            if how < 0.4:
                return {**value, "unknown": 1}
            return {**value, name: self.spoil(value[name])}
        if isinstance(value, list) and value and self.pick.random() < 0.8:
            place = self.pick.randrange(len(value))
            how = self.pick.random()
            if how < 0.2:
                return value[:place] + value[place + 1 :]
            if how < 0.3:
                return value + [value[place]] * 70
            return value[:place] + [self.spoil(value[place])] + value[place + 1 :]
        others = [None, True, -1, 2**64, 1.5, "é", "x" * 40, [], {}, {"a": 1}, -(2**63) - 1, "1e5"]
        return self.pick.choice(others)


class Host:
    def __init__(self, document):
        self.connection = http.client.HTTPConnection(
            urlparse(document["servers"][0]["url"]).netloc, timeout=60
        )

    def send(self, method, target, value=None, headers={}):
        body = None
        if method == "POST":
            body = json.dumps(value).encode()
            headers = {"Content-Type": "application/json", **headers}
        self.connection.request(method, target, body, headers)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()


def check_reply(maker, operation, status, headers, body, what):
    """The reply has to be one that the operation lists."""
    responses = operation["responses"]
    response = maker.resolve(responses.get(str(status), responses["default"]))
    media = headers.get("Content-Type", "").split(";")[0]
    content = response.get("content", {}).get(media)
    if content is None:
        sys.exit(f"{what}: {status} with {media}, which isn't listed\n{body[:500]}")
    if "schema" in content:
        value = json.loads(body)
        for error in maker.validator(content["schema"]).iter_errors(value):
            sys.exit(f"{what}: {status} {body[:500]}\nisn't what is listed: {error.message}")
        keep_handles(maker, value)
    for name in response.get("headers", {}):
        if name != "Retry-After" and headers.get(name) is None:
            sys.exit(f"{what}: the reply lacks {name}")


def keep_handles(maker, value):
    if isinstance(value, str):
        found = re.fullmatch(r"(\w+)-[0-9a-f]+-[0-9]+", value)
        if found:
            maker.handles.setdefault(found.group(1), []).append(value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        keep_handles(maker, part)


def may_refuse(reply):
    """What no schema says: a handle may have been ended meanwhile, a length depends on another value."""
    return b"a handle of the type" in reply or b", the length of '" in reply


class Counts:
    good = bad = queries = queued = unfit = functions = 0


def check_calls(maker, host, path, item, calls, counts):
    """Whether values could be made up for it."""
    operation = item["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    validator = maker.validator(schema)
    for _ in range(calls):
        try:
            body = maker.make(schema)
        except Unfit:
            return False
        wrong = next(validator.iter_errors(body), None)
        if wrong:
            sys.exit(f"{path}: the made-up {body} isn't allowed: {wrong.message}")
        status, headers, reply = host.send("POST", path, body)
        what = f"POST {path} {json.dumps(body)[:1000]}"
        check_reply(maker, operation, status, headers, reply, what)
        if status == 400 and not may_refuse(reply):
            sys.exit(f"{what}: the document allows it, and the host says {reply.decode()}")
        counts.good += 1
        spoilt = maker.spoil(body)
        if not validator.is_valid(spoilt):
            status, headers, reply = host.send("POST", path, spoilt)
            what = f"POST {path} {json.dumps(spoilt)[:1000]}"
            check_reply(maker, operation, status, headers, reply, what)
            if status != 400:
                sys.exit(f"{what}: the document doesn't allow it, and the host says {status} {reply}")
            counts.bad += 1
    check_query(maker, host, path, item, counts)
    return True


def check_query(maker, host, path, item, counts):
    """The same without a body."""
    values = {}
    for parameter in item["get"].get("parameters", []):
        parameter = maker.resolve(parameter)
        if parameter["in"] != "query" or not parameter["required"]:
            continue
        content = parameter.get("content", {}).get("application/json")
        try:
            value = maker.make(content["schema"] if content else parameter["schema"])
        except Unfit:
            return
        if value is None:
            return
        plain = isinstance(value, str) and not content
        values[parameter["name"]] = value if plain else json.dumps(value)
    target = f"{path}?{urlencode(values, quote_via=quote)}" if values else path
    status, headers, reply = host.send("GET", target)
    what = f"GET {target[:1000]}"
    check_reply(maker, item["get"], status, headers, reply, what)
    if status == 400 and not may_refuse(reply):
        sys.exit(f"{what}: the document allows it, and the host says {reply.decode()}")
    counts.queries += 1


def check_queue(maker, host, document, path, counts):
    """A call that is queued, the question after it, and a batch."""
    item = document["paths"][path]
    status, headers, reply = host.send("POST", path, {}, {"Prefer": "respond-async"})
    check_reply(maker, item["post"], status, headers, reply, f"POST {path}, async")
    if status != 202:
        sys.exit(f"{path}: {status} where it should be queued")
    question = document["paths"]["/invocations/{id}"]["get"]
    status, headers, reply = host.send("GET", headers["Location"], headers={"Prefer": "wait=20"})
    check_reply(maker, question, status, headers, reply, "GET /invocations/ID")
    batch = document["paths"]["/invocations"]["post"]
    body = {"invocations": [{"function": path.split("/")[-1], "payload": {}}]}
    schema = batch["requestBody"]["content"]["application/json"]["schema"]
    maker.validator(schema).validate(body)
    status, headers, reply = host.send("POST", "/invocations", body)
    check_reply(maker, batch, status, headers, reply, "POST /invocations")
    if status != 202:
        sys.exit(f"POST /invocations: {status} {reply}")
    counts.queued += 1


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("document")
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    with open(options.document, encoding="utf-8") as file:
        document = json.load(file)
    openapi_spec_validator.validate(document)
    maker = Maker(document, random.Random(options.seed))
    host, counts = Host(document), Counts()
    paths = [path for path in document["paths"] if path.startswith("/functions/")]
    rest = [
        path
        for path in paths
        if "get" in document["paths"][path]
        and (not options.only or document["paths"][path]["post"]["tags"][0] in options.only)
    ]
    counts.functions = len(rest)
    # Those that take what others give come later.
    for _ in range(3):
        later = []
        for path in rest:
            if not check_calls(maker, host, path, document["paths"][path], options.calls, counts):
                later.append(path)
        rest = later
    counts.unfit = len(rest)
    check_queue(maker, host, document, paths[0], counts)
    print(
        f"valid OpenAPI; {counts.functions} functions of C: {counts.good} calls that it allows were "
        f"taken, {counts.bad} others refused, {counts.queries} by query, {counts.unfit} "
        f"functions not tried for want of handles; {counts.queued} queued (seed {options.seed})"
    )


main()
