#!/usr/bin/env python3
"""Compares the enumeration of `cron.py` with croniter, five fields in UTC.

Roost agrees with `cron.py` on every instant (`make oracle`), so what differs here differs from Roost as
well. Every difference has to fall into a class of `README.md`; one that doesn't ends with status 1.

    pip install croniter
    python3 Tests/Oracles/against_croniter.py [--expressions 300] [--seed 1]
"""

import argparse
import calendar
import datetime
import itertools
import random
import sys

from croniter import CroniterError, croniter

import cron

START = calendar.timegm((2025, 1, 1, 0, 0, 0)) - 1
DAYS = (datetime.date(2025, 1, 1), datetime.date(2026, 12, 31))


def ends(item, names, first):
    """The ends of a range; `None` for what is none."""
    body = item.partition("/")[0]
    if "-" not in body:
        return None
    return tuple(cron.value(word, list(names), first) for word in body.split("-"))


def reasons(text):
    """Why croniter differs, by the classes of README.md."""
    minute, hour, day, month, week = text.split()
    found = set()
    for field, names, first in [(minute, (), 0), (hour, (), 0), (day, (), 1),
                                (month, cron.MONTHS, 1), (week, cron.WEEKDAYS, 0)]:
        for item in field.split(","):
            pair = ends(item, names, first) if "#" not in item else None
            if pair and pair[0] == pair[1]:
                found.add("n-n")
            elif pair and pair[0] > pair[1] and "/" in item:
                found.add("wrapped range with a step")
    if day != "*" and week != "*":
        if "#" in week:
            found.add("# beside a day of the month")
        if day.startswith("*/") or week.startswith("*/"):
            found.add("*/n beside the other day field")
    return sorted(found)


def usable(text):
    """What both can read: no seconds, no EventBridge, and of L, W and # what croniter has."""
    if text.startswith("cron(") or len(text.split()) != 5:
        return False
    day, week = text.split()[2], text.split()[4].upper()
    return not ("W" in day or "L-" in day or week.endswith("L"))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--expressions", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--instants", type=int, default=2000)
    options = options.parse_args()
    rng = random.Random(options.seed)
    compared, classes, unknown = 0, {}, []
    while compared < options.expressions:
        text = cron.random_expression(rng)
        if not usable(text):
            continue
        compared += 1
        ours = list(cron.Expression(text).local_times(*DAYS))[:options.instants]
        try:
            iterator = croniter(text, START, ret_type=float)
            theirs = [int(iterator.get_next()) for _ in ours]
        except CroniterError:
            # It finds no date that fits, where we do.
            theirs = []
        if ours == theirs:
            continue
        why = reasons(text)
        if not why:
            pairs = itertools.zip_longest(ours, theirs, fillvalue=0)
            first = next(pair for pair in pairs if pair[0] != pair[1])
            unknown.append((text, *(cron.iso(time) for time in first)))
        classes.setdefault(", ".join(why) or "unknown", []).append(text)
    for why, texts in sorted(classes.items()):
        print(f"{len(texts):4} {why}: {'; '.join(texts[:4])}")
    for text, here, there in unknown:
        print(f"unknown: '{text}': {here} here, {there} by croniter")
    differing = sum(len(texts) for texts in classes.values())
    print(f"{compared} expressions, {differing} differ, {len(unknown)} of them for no known reason")
    sys.exit(1 if unknown else 0)


if __name__ == "__main__":
    main()
