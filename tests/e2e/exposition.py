# SPDX-License-Identifier: GPL-2.0-only
"""Readers of the text format and of OpenMetrics 1.0.0 that forgive nothing."""

import collections
import decimal
import re
from fractions import Fraction

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_VALUE = re.compile(r"[+-]?Inf|NaN|[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
_ESCAPES = {"\\": "\\", '"': '"', "n": "\n"}
_TEXT = {"counter": ("",), "gauge": ("",), "untyped": ("",), "summary": ("_sum", "_count"),
         "histogram": ("_bucket", "_sum", "_count")}
_OPENMETRICS = {"counter": ("_total", "_created"), "gauge": ("",), "unknown": ("",), "info": ("_info",),
                "summary": ("_sum", "_count", "_created"),
                "histogram": ("_bucket", "_sum", "_count", "_created")}

Family = collections.namedtuple("Family", "kind help unit")


class Series(dict):
    """{(name, frozenset of labels): value as written}, and in .families {name: Family}."""

    def __init__(self):
        super().__init__()
        self.families = {}


def comparable(value):
    """NaN as "NaN", which equals itself."""
    return value if value == value else "NaN"


def number(text):
    """Exactly, but for infinities and NaN, which is "NaN"."""
    if text == "NaN":
        return text
    return float(text) if text.endswith("Inf") else Fraction(text)


def canonical(value):
    """A double as OpenMetrics writes bounds."""
    if value == float("inf"):
        return "+Inf"
    shortest = decimal.Decimal(repr(value)).normalize()
    _, digits, _ = shortest.as_tuple()
    exponent = shortest.adjusted() if value else 0
    if exponent < -4 or exponent > 5:
        rest = "".join(map(str, digits[1:]))
        return f"{'-' * (value < 0)}{digits[0]}{'.' * bool(rest)}{rest}e{exponent:+03d}"
    fixed = f"{shortest:f}"
    return fixed if "." in fixed else fixed + ".0"


def _quoted(line, at):
    """The text that begins after a quote, and where it ends."""
    text = []
    while line[at] != '"':
        if line[at] == "\\":
            at += 1
            text.append(_ESCAPES[line[at]])
        else:
            text.append(line[at])
        at += 1
    return "".join(text), at + 1


def _name(line, at, pattern):
    """A name, in quotes only where it needs them, and where it ends."""
    if line[at] == '"':
        name, at = _quoted(line, at + 1)
        assert not pattern.fullmatch(name), f"needs no quotes: {line!r}"
        return name, at
    m = pattern.match(line, at)
    assert m, f"no name at {at}: {line!r}"
    return m[0], m.end()


def _labels(line, at):
    labels = {}
    while line[at] != "}":
        name, at = _name(line, at, _LABEL_NAME)
        assert line[at:at + 2] == '="', f"no value at {at}: {line!r}"
        value, at = _quoted(line, at + 2)
        assert name not in labels, f"a label twice: {line!r}"
        labels[name] = value
        assert re.match(r'}|,[^}]', line[at:]), f"neither a label nor the end at {at}: {line!r}"
        at += line[at] == ","
    return labels, at + 1


def _sample(line):
    name, labels, at, in_braces = None, {}, 0, line.startswith("{")
    if in_braces:
        assert line[1] == '"', f"no sample: {line!r}"
    name, at = _name(line, in_braces, _NAME)
    if in_braces and line[at] == ",":
        at += 1
    elif not in_braces and line[at] == "{":
        in_braces, at = True, at + 1
    if in_braces:
        labels, at = _labels(line, at)
    assert line[at] == " " and _VALUE.fullmatch(line, at + 1), f"no value at {at}: {line!r}"
    return name, labels, line[at + 1:]


def _lines(raw):
    text = raw.decode("utf-8")
    assert text.endswith("\n"), f"at the end: {text[-100:]!r}"
    return text[:-1].split("\n")


def _help(text, escapes):
    """Unescaped; what is escaped is never there as it is."""
    plain = re.sub(r"\\(.)", lambda m: escapes[m[1]], text)
    assert '"' not in escapes or not re.search(r'(?<!\\)(\\\\)*"', text), f"quotes in {text!r}"
    return plain


class _Reader:
    """What both formats share. quoted: names may be in quotes."""

    def __init__(self, suffixes, quoted):
        self.suffixes, self.quoted, self.series = suffixes, quoted, Series()
        self.name, self.kind, self.samples, self.before = None, None, None, None

    def comment(self, line):
        """Its keyword, the name, and the rest."""
        m = re.match(r"# (HELP|TYPE|UNIT) ", line)
        assert m, f"no comment of this format: {line!r}"
        name, at = _name(line, m.end(), _NAME)
        assert line[at:at + 1] == " ", f"nothing of {name}: {line!r}"
        self.check_quotes(line, name)
        return m[1], name, line[at + 1:]

    def check_quotes(self, line, name):
        assert self.quoted or _NAME.fullmatch(name), f"a name in quotes: {line!r}"

    def begin(self, name, kind, **more):
        self.end()
        assert name not in self.series.families, f"late or twice: {name}"
        assert kind in self.suffixes, f"no type: {kind}"
        self.name, self.kind, self.samples, self.before = name, kind, {}, None
        self.series.families[name] = Family(kind, more.get("help", ""), more.get("unit", ""))

    def sample(self, line):
        name, labels, value = _sample(line)
        for each in (name, *labels):
            self.check_quotes(line, each)
        assert name in [self.name + x for x in self.suffixes[self.kind]], f"not of {self.name}: {line!r}"
        key = name, frozenset(labels.items())
        assert key not in self.series, f"twice: {line!r}"
        self.series[key] = self.samples[key] = value

    def groups(self):
        """Of a histogram {labels: {bound or name: number}}; each labels' samples are side by side."""
        groups, before = collections.defaultdict(dict), None
        for (name, labels), value in self.samples.items():
            labels = dict(labels)
            le = labels.pop("le", None)
            assert (le is None) == (name != self.name + "_bucket"), f"le on {name}"
            labels = frozenset(labels.items())
            assert labels == before or labels not in groups, f"here and there: {name} {labels}"
            before = labels
            groups[labels][name if le is None else number(le)] = number(value)
        return groups

    def end(self):
        assert self.name is None or self.samples, f"a family without samples: {self.name}"
        for labels, group in self.groups().items() if self.kind == "histogram" else ():
            bounds = [k for k in group if not isinstance(k, str)]
            assert bounds == sorted(bounds), f"bounds of {self.name} {labels}: {bounds}"
            assert bounds[-1] == float("inf"), f"no +Inf in {self.name} {labels}"
            counts = [group[b] for b in bounds]
            assert counts == sorted(counts), f"counts of {self.name} {labels}: {counts}"
            self.end_histogram(labels, bounds, group)

    def end_histogram(self, labels, bounds, group):
        assert group[bounds[-1]] == group[self.name + "_count"], f"+Inf and _count of {self.name} {labels}"


class _OpenMetricsReader(_Reader):
    def sample(self, line):
        super().sample(line)
        (name, labels), value = next(reversed(self.samples.items()))
        if self.kind == "histogram" and name.endswith("_bucket"):
            le = dict(labels)["le"]
            assert le == canonical(float(le)), f"not canonical: {line!r}"
        if self.kind in ("counter", "histogram") and not name.endswith("_sum"):
            assert value != "NaN" and not value.startswith("-"), f"below zero: {line!r}"

    def end_histogram(self, labels, bounds, group):
        """Of sum and count both or neither."""
        assert (self.name + "_sum" in group) == (self.name + "_count" in group), f"{self.name} {labels}"
        if self.name + "_count" in group:
            super().end_histogram(labels, bounds, group)
            assert bounds[0] >= 0, f"a sum that may fall: {self.name}"


def parse(raw, quoted=False):
    """The series of an answer's bytes in the text format."""
    reader, said = _Reader(_TEXT, quoted), {}
    for line in _lines(raw):
        if not line.startswith("#"):
            reader.sample(line)
            continue
        word, name, rest = reader.comment(line)
        if word == "HELP":
            reader.end()
            assert not said, f"help of {said}, then {line!r}"
            said = {name: _help(rest, {"\\": "\\", "n": "\n"})}
        else:
            assert word == "TYPE" and set(said) <= {name}, f"help of {said}, then {line!r}"
            reader.begin(name, rest, help=said.pop(name, ""))
    assert not said, f"help of nothing: {said}"
    reader.end()
    return reader.series


def parse_openmetrics(raw, quoted=False):
    """The same of one in OpenMetrics 1.0.0."""
    reader, words = _OpenMetricsReader(_OPENMETRICS, quoted), []
    *lines, end = _lines(raw)
    assert end == "# EOF", f"at the end: {end!r}"
    for line in lines:
        if not line.startswith("#"):
            reader.sample(line)
            words = []
            continue
        word, name, rest = reader.comment(line)
        assert word not in words, f"twice: {line!r}"
        words.append(word)
        if word == "TYPE":
            assert words == ["TYPE"], f"late: {line!r}"
            reader.begin(name, rest)
            continue
        assert name == reader.name, f"not of {reader.name}: {line!r}"
        assert word != "UNIT" or name.endswith("_" + rest), f"no such unit: {line!r}"
        rest = _help(rest, _ESCAPES) if word == "HELP" else rest
        reader.series.families[name] = reader.series.families[name]._replace(**{word.lower(): rest})
    reader.end()
    return reader.series
