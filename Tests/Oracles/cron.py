#!/usr/bin/env python3
"""Compares `roost schedules next` with a plain enumeration over Python's zoneinfo.

Written from the rules in `Plugins/NightlyReport/README.md`, not from Roost's code. For each random
expression it lists every local time of the span that fits, one day after another, and asks for each
zone at which instants the clocks there show it:

- at one instant: it is due then;
- at two (clocks went back by three hours at most): at the first, if neither minute nor hour has a
  `*`; else at both;
- at none (clocks went forward): at the change, once, if neither minute nor hour has a `*` and the
  change is three hours at most; else never. With the policy `skip` never.

    python3 Tests/Oracles/cron.py --program .build/debug/roost [--expressions 500] [--seed 1]
"""

import argparse
import bisect
import calendar
import concurrent.futures
import datetime
import json
import random
import subprocess
import sys
import zoneinfo

ZONES = [
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York",
    "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Santiago",
    "America/Havana", "Africa/Casablanca", "Africa/Cairo", "Asia/Kolkata", "Asia/Kathmandu",
    "Asia/Tehran", "Asia/Beirut", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Chatham",
    "Antarctica/Troll",
]
LARGEST = 3 * 3600
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()


# -- what an expression means ---------------------------------------------------------------------

def value(word, names, first):
    word = word.lower()
    return names.index(word) + first if word in names else int(word)


def expand(field, low, high, names=(), first=0):
    """The numbers of a field; a range may go over the end and on, as 22-3 does."""
    numbers = set()
    for item in field.split(","):
        body, _, step = item.partition("/")
        if body == "*":
            start, end = low, high
        elif "-" in body:
            start, end = (value(word, list(names), first) for word in body.split("-"))
            if end < start:
                end += high - low + 1
        else:
            start = value(body, list(names), first)
            end = high if step else start
        numbers.update(low + (number - low) % (high - low + 1)
                       for number in range(start, end + 1, int(step or 1)))
    return numbers


def weekday(day):
    """0 for Sunday."""
    return (day.weekday() + 1) % 7


def fits_month_day(item, day):
    length = calendar.monthrange(day.year, day.month)[1]
    item = item.upper()
    if item == "L":
        return day.day == length
    if item.startswith("L-"):
        return day.day == length - int(item[2:])
    if item.endswith("W"):
        target = length if item == "LW" else int(item[:-1])
        if target > length:
            return False
        # The nearest Monday to Friday of this month, tried outwards.
        for distance in range(0, 4):
            for candidate in (target - distance, target + distance):
                if 1 <= candidate <= length:
                    if day.replace(day=candidate).weekday() < 5:
                        return day.day == candidate
        return False
    return day.day in expand(item, 1, 31)


def fits_weekday(item, day, sunday):
    names = WEEKDAYS
    if "#" in item:
        which, count = item.split("#")
        return (weekday(day) == (value(which, names, sunday) - sunday) % 7
                and (day.day - 1) // 7 + 1 == int(count))
    if item.upper() == "L":
        return weekday(day) == 6
    if item.upper().endswith("L"):
        length = calendar.monthrange(day.year, day.month)[1]
        return (weekday(day) == (value(item[:-1], names, sunday) - sunday) % 7
                and day.day + 7 > length)
    start = item.split("/")[0].split("-")[0]
    if sunday == 0 and start == "7" and "-" in item:
        item = "0" + item[1:]
    if sunday == 0 and item.lower().split("/")[0].endswith("-sun"):
        item = item.lower().replace("-sun", "-7")
    return weekday(day) + sunday in expand(item, sunday, sunday + 6, names, sunday)


class Expression:
    def __init__(self, text):
        self.text = text
        sunday, self.years = 0, None
        if text.startswith("cron("):
            *fields, year = text[5:-1].split()
            sunday = 1
            if year != "*":
                self.years = expand(year, 1970, 2199)
        else:
            fields = text.split()
        seconds = fields.pop(0) if len(fields) == 6 else "0"
        minute, hour, self.days, month, self.weekdays = fields
        self.sunday = sunday
        self.months = expand(month, 1, 12, MONTHS, 1)
        self.fixed = "*" not in minute + hour
        self.times = sorted(
            3600 * h + 60 * m + s for h in expand(hour, 0, 23) for m in expand(minute, 0, 59)
            for s in expand(seconds, 0, 59))

    def fits(self, day):
        if day.month not in self.months or self.years and day.year not in self.years:
            return False
        of_month = None if self.days in "*?" else any(
            fits_month_day(item, day) for item in self.days.split(","))
        of_week = None if self.weekdays in "*?" else any(
            fits_weekday(item, day, self.sunday) for item in self.weekdays.split(","))
        if of_month is None or of_week is None:
            return of_month is not False and of_week is not False
        return of_month or of_week

    def local_times(self, first, last):
        """Seconds since 1970 as if the zone were UTC."""
        day = first
        while day <= last:
            if self.fits(day):
                start = calendar.timegm(day.timetuple())
                for time in self.times:
                    yield start + time
            day += datetime.timedelta(days=1)


# -- what a zone's clocks do ----------------------------------------------------------------------

class Zone:
    """Stretches of one distance from UTC, found by asking zoneinfo hour by hour."""

    def __init__(self, name, start, end):
        self.info = zoneinfo.ZoneInfo(name)
        stretches = []
        time = start
        while time < end:
            offset = self.offset(time)
            after = time + 3600
            while after < end and self.offset(after) == offset:
                after += 3600
            if after < end:
                low, high = after - 3600, after
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if self.offset(middle) == offset else (low, middle)
                after = high
            stretches.append((time, min(after, end), offset))
            time = after
        self.stretches = stretches

    def offset(self, time):
        moment = datetime.datetime.fromtimestamp(time, datetime.timezone.utc)
        return int(moment.astimezone(self.info).utcoffset().total_seconds())

    def instants(self, local):
        return [local - offset for start, end, offset in self.stretches
                if start <= local - offset < end]

    def change_over(self, local):
        """The change that skips a local time, and by how much the clocks go forward there."""
        for (_, end, before), (_, _, after) in zip(self.stretches, self.stretches[1:]):
            if end + before <= local < end + after:
                return end, after - before
        return None, 0


def due(expression, locals_, zone, policy):
    instants = set()
    plain = len(zone.stretches) == 1
    for local in locals_:
        shown = [local - zone.stretches[0][2]] if plain else zone.instants(local)
        if len(shown) > 1 and expression.fixed and shown[-1] - shown[0] <= LARGEST:
            shown = shown[:1]
        if not shown and expression.fixed and policy == "vixie":
            change, size = zone.change_over(local)
            if change is not None and size <= LARGEST:
                shown = [change]
        instants.update(shown)
    return sorted(instants)


# -- random expressions ---------------------------------------------------------------------------

def random_field(rng, low, high, wild, names=()):
    def number():
        number = rng.randint(low, high)
        if names and rng.random() < 0.3:
            word = names[(number - low) % len(names)]
            return rng.choice([word, word.upper()])
        return str(number)

    kind = rng.random()
    if kind < wild:
        return "*"
    if kind < wild + 0.12:
        return f"*/{rng.randint(1, max(2, (high - low) // 2))}"
    if kind < wild + 0.25:
        start, end = sorted((rng.randint(low, high), rng.randint(low, high)))
        if rng.random() < 0.15:
            start, end = end, start
        step = f"/{rng.randint(1, 7)}" if rng.random() < 0.4 else ""
        return f"{start}-{end}{step}"
    if kind < wild + 0.3:
        return f"{rng.randint(low, high)}/{rng.randint(1, max(2, (high - low) // 2))}"
    return ",".join(number() for _ in range(rng.choice([1, 1, 1, 2, 3])))


def random_expression(rng):
    event_bridge = rng.random() < 0.2
    # Many at the hours at which clocks change.
    hour = (rng.choice(["0", "1", "2", "3", "2,3", "1-3", "0,2", "23", "22-3"])
            if rng.random() < 0.5 else random_field(rng, 0, 23, 0.25))
    minute = rng.choice(["0", "30", "15,45", "59"]) if rng.random() < 0.4 else random_field(
        rng, 0, 59, 0.1)
    month = random_field(rng, 1, 12, 0.7, MONTHS)
    day = rng.choice(["L", "LW", "15W", "1W", "31W", "30W", "L,15"]) if rng.random() < 0.2 else (
        random_field(rng, 1, 31, 0.55))
    low = 1 if event_bridge else 0
    week = (f"{rng.randint(low, 6)}{rng.choice(['L', '#1', '#2', '#5'])}"
            if rng.random() < 0.2 else random_field(rng, low, low + 6, 0.5, WEEKDAYS))
    if not event_bridge:
        if rng.random() < 0.1 and "L" not in day and "W" not in day:
            day = "L-" + str(rng.randint(0, 5))
        seconds = rng.choice(["0", "30", "*/20", "5,55", "59"]) + " " if rng.random() < 0.2 else ""
        return f"{seconds}{minute} {hour} {day} {month} {week}"
    if "," in day and "L" in day:
        day = "L"
    if rng.random() < 0.5:
        day = "?"
    else:
        week = "?"
    return f"cron({minute} {hour} {day} {month} {week} {rng.choice(['*', '*', '2025-2026', '2026/2'])})"


# -- the comparison -------------------------------------------------------------------------------

def iso(time):
    return datetime.datetime.fromtimestamp(time, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def ask(program, expression, zone, policy, start, count):
    command = [program, "schedules", "next", "--expression", expression, "--zone", zone,
               "--dst", policy, "--from", iso(start), "-n", str(count), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)


def windows(zone, start, end, days):
    """Where a dense schedule is compared: around each change of the clocks."""
    starts = [change for _, change, _ in zone.stretches[:-1]] or [start + (end - start) // 2]
    for change in starts:
        low = max(start, change - days * 43200)
        yield low, min(end, low + days * 86400)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--program", default=".build/debug/roost")
    options.add_argument("--expressions", type=int, default=500)
    options.add_argument("--zones", type=int, default=len(ZONES))
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--years", default="2025-2026")
    options.add_argument("--print", action="store_true", dest="prints",
                         help="write the cases, and compare nothing")
    options = options.parse_args()
    rng = random.Random(options.seed)
    first, last = (int(year) for year in options.years.split("-"))
    start = calendar.timegm((first, 1, 1, 0, 0, 0)) - 1
    end = calendar.timegm((last + 1, 1, 1, 0, 0, 0))
    margin = 3 * 86400
    zones = {name: Zone(name, start - margin, end + margin) for name in ZONES[:options.zones]}
    days = (datetime.date(first - 1, 12, 29), datetime.date(last + 1, 1, 3))
    compared = instants = 0
    problems = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in range(options.expressions):
            expression = Expression(random_expression(rng))
            policy = rng.choice(["vixie", "vixie", "skip"])
            locals_ = list(expression.local_times(*days))
            jobs = []
            for name, zone in zones.items():
                spans = [(start, end)]
                if len(locals_) > 4000:
                    spans = list(windows(zone, start, end, 2))
                for low, high in spans:
                    part = locals_[bisect.bisect_left(locals_, low - margin)
                                   :bisect.bisect_right(locals_, high + margin)]
                    expected = [t for t in due(expression, part, zone, policy) if low < t < high]
                    if not expected and len(spans) > 1:
                        continue
                    case = (expression.text, name, policy, low, high, expected)
                    if options.prints:
                        print("\t".join([*map(str, case[:5]), " ".join(map(str, expected))]))
                        continue
                    jobs.append((case, pool.submit(
                        ask, options.program, *case[:4], max(1, len(expected)))))
                    compared += 1
                    instants += len(expected)
            for (text, name, policy, low, high, expected), job in jobs:
                found = [t for t in job.result() if t < iso(high)]
                if found != [iso(t) for t in expected]:
                    differing = sorted(set(found) ^ {iso(t) for t in expected})[:4]
                    problems.append(f"'{text}' in {name} ({policy}): {', '.join(differing)}")
    if options.prints:
        return
    for problem in problems[:20]:
        print("differs:", problem)
    print(f"{options.expressions} expressions x {len(zones)} zones, {first} to {last}: "
          f"{compared} comparisons, {instants} instants, {len(problems)} differ")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
