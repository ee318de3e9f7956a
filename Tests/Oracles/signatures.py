#!/usr/bin/env python3
"""Holds the JSON schema of signature files to what Roost's own reader takes.

usage: signatures.py SCHEMA check FILE...
       signatures.py SCHEMA compare VERDICTS

`check`: every file, JSON or YAML, has to be valid. `compare`: VERDICTS has a JSON object a line, with the
`text` of a signature file and the reader's `refusal`, or null. What the reader takes the schema has to
take too; what the reader refuses, the schema may take only for one of the reasons below.
"""
import collections
import json
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError as error:
    sys.exit(f"{error}: `Tests/Oracles/fetch.sh` puts the validators into .build/oracles")

# What a schema can't say, by what the reader says of it.
BEYOND = {
    "names that refer to others": r"there is no (type|argument|field) '|there is no such field"
    r"|which is no function here|isn't among its choices|has to be an argument and its field",
    "names that have to differ": r"there are two (arguments|functions) '|stands there twice",
    "what a name stands for": r"there is no pointer to that|there are no lists of that"
    r"|fixed lists stand in structs only|a struct holds numbers|a callback (gets|gives back)"
    r"|has to name a struct|is no integer type|takes \d+ arguments, and is given"
    r"|takes another type for|gives back another type",
    "what fits an argument's type": r"has to name a text, bytes or a list|and has to be an integer"
    r"|and is no number|and is neither text nor bytes|can't be the body|is void: leave it out"
    r"|can't be a fixed list|can't come out|comes out, and nothing says|goes in and out, and nothing"
    r"|begins or ends a handle|is a handle, which goes|ends a handle, which has|needs 'struct' or 'size'"
    r"|sets a (pointer|length|field) |from an argument that is no integer|that is no integer to pass"
    r"|from the length of what has none|from a field that is no integer",
    "what fits a result's type": r"what can't be told|nothing says how long|gives back no pointer"
    r"|by a number that isn't whole|by its result, which is no number|that can't be passed on"
    r"|not one thing of bytes that comes out|from a result that is no integer",
    "layouts": r"its fields take|is larger than|can't hold itself|is smaller than its struct"
    r"|parts; (by value )?\d+ are allowed",
    "counts of several": r"is variadic from|behind '\.\.\.'|its body for more than one|declares no function$",
    "ranges that depend on a type": r"has to be an integer from -?\d+ to \d+$",
    "lengths in bytes rather than characters": r"has to be a text of 1 to \d+ bytes without a NUL",
    "whole numbers that are written with a point, or are too large": r"has to be a (whole )?number",
    "what makes JSON of a text": r"it is not JSON|it is longer than",
}


def pairs(members):
    """An object none of whose members stands there twice."""
    names = [name for name, _ in members]
    if len(names) != len(set(names)):
        raise ValueError("twice")
    return dict(members)


def constant(word):
    raise ValueError(word)


def check(validator, files):
    for path in files:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        document = json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
        for error in validator.iter_errors(document):
            sys.exit(f"{path}: {error.json_path}: {error.message}")
    print(f"{len(files)} files are valid")


def compare(validator, path):
    counts, reasons = collections.Counter(), collections.Counter()
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            verdict = json.loads(line)
            try:
                document = json.loads(
                    verdict["text"], object_pairs_hook=pairs, parse_constant=constant
                )
                error = next(validator.iter_errors(document), None)
            except (ValueError, RecursionError) as mistake:
                error = mistake
            refusal, place = verdict["refusal"], f"line {number}: {verdict['text'][:3000]}"
            if refusal is None and error is not None:
                sys.exit(f"{place}\nthe reader takes it, and the schema says {error}")
            if refusal is not None and error is None:
                reason = next((name for name, words in BEYOND.items() if re.search(words, refusal)), None)
                if reason is None:
                    sys.exit(f"{place}\nthe schema takes it, and the reader says: {refusal}")
                reasons[reason] += 1
            counts[(refusal is None, error is None)] += 1
    taken, refused = counts[(True, True)], counts[(False, False)]
    beyond = sum(reasons.values())
    print(f"{taken} taken by both, {refused} refused by both, {beyond} refused by the reader alone:")
    for name, count in reasons.most_common():
        print(f"  {count} {name}")


def main():
    if len(sys.argv) < 4 or sys.argv[2] not in ("check", "compare"):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    if sys.argv[2] == "check":
        check(validator, sys.argv[3:])
    else:
        compare(validator, sys.argv[3])


main()
