# SPDX-License-Identifier: GPL-2.0-only
"""What a person expects of a map's metrics, stated without having seen a configuration: the texts
of the labels, the numbers, the types and units; names as patterns, for more than one is good."""

import dataclasses
import ipaddress
import json
import re
import struct
import time
from fractions import Fraction

import bpf
import support

SOURCE = r"(.*_)?(s|src|source)(_?(addr|address|ip|v4|v6))?"
DESTINATION = r"(.*_)?(d|dst|dest|destination)(_?(addr|address|ip|v4|v6))?"
SOURCE_PORT = r"(.*_)?(s|src|source|l|local)_?port"
DESTINATION_PORT = r"(.*_)?(d|dst|dest|destination)_?port"
PROTOCOL = r"(.*_)?(proto(col)?|nexthdr|next_header)"
INDEX = r"(.*_)?(i|index|idx|element|slot|counter|number|n|type|kind|reason|vec|[a-z]*s|softirq)"


class Either:
    """One of several texts or numbers."""

    def __init__(self, *values):
        self.values = values

    def __eq__(self, other):
        return any(v == other for v in self.values)

    def __repr__(self):
        return f"Either{self.values}"


class Anything:
    def __eq__(self, other):
        return True

    def __repr__(self):
        return "anything"


class KernelTime:
    """A kernel's time in ns: as such in seconds, or as a Unix timestamp."""

    def __init__(self, ns):
        self.ns = ns

    def __eq__(self, other):
        try:
            number = Fraction(other)
        except ValueError:
            return False
        boot = time.time() - time.monotonic()
        return number == Fraction(self.ns, 10**9) or abs(number - Fraction(boot + self.ns / 1e9)) < 5

    def __repr__(self):
        return f"kernel time {self.ns} ns"


def port(number):
    """Of a type that leaves the byte order open."""
    return Either(str(number), str(struct.unpack("<H", struct.pack(">H", number))[0]))


def protocol(name):
    return Either(name, name.upper())


def ip(text):
    return ipaddress.ip_address(text).packed


def ns(number):
    return Fraction(number, 10**9)


def us(number):
    return Fraction(number, 10**6)


@dataclasses.dataclass
class Family:
    kind: str  # "counter", or "counter|gauge" where a person may think either
    name: str  # a pattern of the whole name


def counter(name):
    return Family("counter", name)


def gauge(name):
    return Family("gauge", name)


def either(name):
    return Family("counter|gauge", name)


@dataclasses.dataclass
class Histogram(Family):
    n_slots: int
    units: dict  # what a name's end says of the slots' unit: {pattern: scale}


def histogram(name, n_slots, units=None):
    """Of slots that hold [2^i, 2^(i+1)), as libbpf-tools count."""
    return Histogram("histogram", name, n_slots, units or {r".*": 1})


class Row:
    """One entry: its bytes, the texts of its labels, and its numbers by what they are called in the
    layout. A list is an array's elements, each with its index as one more label."""

    def __init__(self, key, value, labels=(), /, **numbers):
        self.key, self.value, self.labels, self.numbers = key, value, labels, numbers

    def fill(self, fd):
        if self.key is None:
            return  # there from the start
        value = self.value
        if isinstance(value, list):
            value = b"".join(v.ljust((len(v) + 7) // 8 * 8, b"\0") for v in value)
        bpf.update(fd, self.key, value)


def on_cpus(layout, *totals, same=()):
    """A value for each CPU, other ones on each, that make these totals together. same: the places of
    what is no count, and stays as it is."""
    shares, n = [], bpf.N_CPUS
    for cpu in range(n):
        is_last = cpu == n - 1
        part = [t if i in same else
                t - sum(t * (c + 1) // (n * (n + 1) // 2) for c in range(n - 1)) if is_last
                else t * (cpu + 1) // (n * (n + 1) // 2) for i, t in enumerate(totals)]
        shares.append(struct.pack(layout, *part))
    return shares


class Layout:
    """A map, what lies in it, and what is to be seen of it.

    labels: patterns of the labels' names, in the order of a row's texts.
    families: {what it is called in the layout: Family}: each has to be there, with every row.
    shown: of these each has to be seen, as a number or as a label: {called: pattern of its name}.
    also: of these each may be seen, likewise. A Family in place of a pattern: not only as a gauge.
    index: pattern of the label that an array's elements have.
    zeros: entries beyond the rows that may be seen, if their number is 0 or they have none.
    is_compared: else only that the configuration is valid, and shows the map.
    """

    def __init__(self, pin, rows=(), labels=(), families=None, shown=None, also=None, index=INDEX,
                 zeros=0, is_compared=True):
        self.pin, self.rows, self.labels, self.families = pin, rows, labels, families or {}
        self.shown, self.index, self.zeros, self.is_compared = shown or {}, index, zeros, is_compared
        self.also = {**(also or {}), **self.shown}
        self.kinds = {c: f.kind if isinstance(f, Family) else "gauge" for c, f in self.also.items()}
        self.also = {c: f.name if isinstance(f, Family) else f for c, f in self.also.items()}

    @property
    def name(self):
        """Of its golden file."""
        return self.pin.replace("/", ".")

    def fill(self, pin):
        if self.rows:
            fd = bpf.get(pin)
            for row in self.rows:
                row.fill(fd)


class Globals(Layout):
    """The variables of a program, wherever its linker laid them: {name: (number, bytes)}."""

    def __init__(self, pin, variables, families, **more):
        numbers = {name: number for name, (number, _) in variables.items()}
        super().__init__(pin, [Row(None, None, **numbers)], families=families, **more)
        self.bytes_of = {name: data for name, (_, data) in variables.items()}

    def fill(self, pin):
        btf_id = json.loads(support.bpftool("-j", "map", "show", "pinned", pin))["btf_id"]
        types = json.loads(support.bpftool("-j", "btf", "dump", "id", str(btf_id)))["types"]
        names = {t["id"]: t["name"] for t in types if t["kind"] == "VAR"}
        section = next(t for t in types if t["kind"] == "DATASEC" and t["name"] == ".bss")
        (key, (value,)), = support.dump(pin).items()
        for place in section["vars"]:
            data = self.bytes_of[names[place["type_id"]]]
            assert len(data) == place["size"]
            value = value[:place["offset"]] + data + value[place["offset"] + place["size"]:]
        bpf.update(bpf.get(pin), key, value)


class Scraped:
    """The families of an exposition that are the map's: {name: (kind, {labels: number as written})}."""

    def __init__(self, text):
        self.families, self.helps = {}, {}
        for line in text.splitlines():
            if line.startswith("# HELP "):
                _, _, name, text_of = (line + " ").split(" ", 3)
                self.helps[name] = text_of
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                if not re.match("bpfmap_|process_", name):
                    self.families[name] = kind, {}

    def add(self, series):
        """series: {(name, frozenset of labels): number as written}, as they are read."""
        for (name, labels), number in series.items():
            family = name if name in self.families else re.sub("_(bucket|sum|count)$", "", name)
            if family in self.families:
                self.families[family][1][name[len(family):], labels] = number


class Mismatch(AssertionError):
    pass


def _assignments(wanted, labels):
    """What is left of a series' labels, for each way to find the wanted ones among them."""
    if not wanted:
        yield labels
        return
    (pattern, text), *rest = wanted
    for name, value in labels.items():
        if re.fullmatch(pattern, name) and text == value:
            yield from _assignments(rest, {k: v for k, v in labels.items() if k != name})


def _is_fact(layout, row, name, text):
    """A label may say what could be a number of its own."""
    for called, pattern in layout.also.items():
        fact = row.numbers.get(called)
        if re.fullmatch(pattern, name) and (fact == text or isinstance(fact, int) and str(fact) == text):
            return True
    return False


def _texts(layout, labels, row):
    """Whether a series' labels are a row's: None if not, else (index of an array's element or None,)."""
    for left in _assignments(list(zip(layout.labels, row.labels)), dict(labels)):
        left = {k: v for k, v in left.items() if not _is_fact(layout, row, k, v)}
        if not left:
            return (None,)
        (name, text), *more = left.items()
        if not more and re.fullmatch(layout.index, name) and text.isdigit():
            return (int(text),)
    return None


def _expected(row, called, index):
    number = row.numbers.get(called)
    if isinstance(number, list):
        return number[index] if index is not None and index < len(number) else None
    return number if index is None else None


def _equal(expected, text):
    if isinstance(expected, (Either, Anything, KernelTime)):
        return expected == text or expected == Fraction(text)
    return expected is not None and not isinstance(expected, str) and Fraction(text) == Fraction(expected)


def _match_numbers(layout, called, name, series):
    """Each series is one of a row, each row's number is there."""
    due = set()
    for at, row in enumerate(layout.rows):
        number = row.numbers[called]
        if isinstance(number, Anything):
            return
        due |= {(at, i) for i in range(len(number))} if isinstance(number, list) else {(at, None)}
    n_others = 0
    for (suffix, labels), text in series.items():
        rows = [(at, m[0]) for at, row in enumerate(layout.rows)
                if (m := _texts(layout, labels, row)) is not None]
        if not rows and Fraction(text) == 0 and n_others < layout.zeros:
            n_others += 1
            continue
        if not rows:
            raise Mismatch(f"{name}: no entry has these labels: {dict(labels)} {text}")
        place = next((p for p in rows if p in due), None)
        if place is None:
            raise Mismatch(f"{name}: more series than expected: {dict(labels)} {text}")
        expected = _expected(layout.rows[place[0]], called, place[1])
        if not _equal(expected, text):
            raise Mismatch(f"{name} {dict(labels)} is {text} and not {expected}")
        due.remove(place)
        assert not suffix, f"{name}{suffix}"
    for at, index in due:
        if _expected(layout.rows[at], called, index) != 0:
            raise Mismatch(f"{name}: nothing of {layout.rows[at].labels} {index}: {list(series)}")


def _match_histogram(layout, called, family, name, series):
    scales = [s for pattern, s in family.units.items() if re.fullmatch(pattern, name)]
    if not scales:
        raise Mismatch(f"{name}: an unexpected unit")
    groups = {}
    for (suffix, labels), text in series.items():
        rest = frozenset((k, v) for k, v in labels if k != "le")
        le = dict(labels).get("le")
        groups.setdefault(rest, {})[suffix if le is None else le] = text
    rows = {}
    for labels, group in groups.items():
        place = next(((at, m[0]) for at, row in enumerate(layout.rows)
                      if (m := _texts(layout, labels, row)) is not None), None)
        if place is None and group["_count"] == "0" and layout.zeros:
            continue
        if place is None or place in rows:
            raise Mismatch(f"{name}: no entry has these labels, or one has them twice: {dict(labels)}")
        rows[place] = group
    for at, row in enumerate(layout.rows):
        slots = row.numbers[called]
        for index, of in enumerate(slots) if isinstance(slots, list) else [(None, slots)]:
            if (at, index) not in rows:
                if of:
                    raise Mismatch(f"{name}: nothing of {row.labels} {index}")
                continue
            _match_buckets(name, family.n_slots, scales[0], of, rows[at, index],
                           row.numbers.get(called + "_sum"))


def _match_buckets(name, n_slots, scale, slots, group, total):
    bounds = {Fraction(le): int(n) for le, n in group.items() if le[0] != "_" and le != "+Inf"}
    expected = {(2**(i + 1) - 1) * Fraction(scale): sum(n for s, n in slots.items() if s <= i)
                for i in range(n_slots)}
    last = max(expected)
    if last not in bounds:  # what the last slot clamps has no upper bound
        del expected[last]
    if {float(k): v for k, v in bounds.items()} != {float(k): v for k, v in expected.items()}:
        raise Mismatch(f"{name}: buckets {group} and not {expected}")
    if int(group["+Inf"]) != sum(slots.values()):
        raise Mismatch(f"{name}: +Inf {group['+Inf']}")
    if "_sum" in group and Fraction(group["_sum"]) not in (total, total and total * Fraction(scale)):
        raise Mismatch(f"{name}: a sum of {group['_sum']} and not {total}")


def _match(layout, called, family, name, series):
    if isinstance(family, Histogram):
        _match_histogram(layout, called, family, name, series)
    else:
        _match_numbers(layout, called, name, series)


def _take(layout, called, family, left):
    """Takes the family that is the expected one away; why there is none, or None."""
    reasons = []
    for name, (kind, series) in left.items():
        if not re.fullmatch(family.name, name):
            continue
        try:
            if kind not in family.kind.split("|"):
                raise Mismatch(f"{name} is a {kind}")
            _match(layout, called, family, name, series)
        except Mismatch as e:
            reasons.append(str(e))
            continue
        del left[name]
        return None
    return f"'{called}' as {family.kind} {family.name}: " + ("; ".join(reasons) or "absent")


def _match_other(layout, name, kind, series):
    """A family that may be there: what of the layout it shows as its number, if anything."""
    called = next((c for c, pattern in layout.also.items()
                   if re.fullmatch(rf"(.*_)?({pattern})(_[a-z]+)*", name)), None)
    if called is None and _is_presence(layout, series):
        return None
    if called is None or kind not in layout.kinds[called].split("|"):
        raise Mismatch(f"unexpected: {kind} {name} {series}")
    _match_numbers(layout, called, name, series)
    return called


def compare(layout, scraped):
    """Everything that a person would not have expected, as sentences."""
    left, seen = dict(scraped.families), set()
    problems = [p for called, family in layout.families.items() if (p := _take(layout, called, family, left))]
    if layout.rows and not scraped.families:
        problems.append("there is nothing to be seen")
    for name, (kind, series) in left.items():
        try:
            seen.add(_match_other(layout, name, kind, series))
        except Mismatch as e:
            problems.append(str(e))
    labels = {k for _, series in scraped.families.values() for _, labels in series for k, _ in labels}
    for called, pattern in layout.shown.items():
        if called not in seen and not any(re.fullmatch(pattern, k) for k in labels):
            problems.append(f"'{called}' is not to be seen")
    return problems


def _is_presence(layout, series):
    """A 1 for each entry, whose labels say all there is."""
    rows = [{at for at, row in enumerate(layout.rows) if _texts(layout, labels, row) is not None}
            for _, labels in series]
    return (set(series.values()) == {"1"} and sum(not at for at in rows) <= layout.zeros and
            set().union(*rows) == set(range(len(layout.rows))))
