# SPDX-License-Identifier: GPL-2.0-only
"""A reader of the text format 0.0.4 that forgives nothing."""

import collections
import re
from fractions import Fraction

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_VALUE = re.compile(r"[+-]?Inf|NaN|[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
_TYPES = {"counter": ("",), "gauge": ("",), "untyped": ("",), "summary": ("_sum", "_count"),
          "histogram": ("_bucket", "_sum", "_count")}
_ESCAPES = {"\\": "\\", '"': '"', "n": "\n"}


def _label_value(line, at):
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


def _labels(line, at):
    labels = {}
    while line[at] != "}":
        m = _LABEL_NAME.match(line, at)
        assert m and line[m.end():m.end() + 2] == '="', f"no label at {at}: {line!r}"
        value, at = _label_value(line, m.end() + 2)
        assert m[0] not in labels, f"a label twice: {line!r}"
        labels[m[0]] = value
        if line[at] == ",":
            at += 1
        else:
            assert line[at] == "}", f"neither , nor }} at {at}: {line!r}"
    return labels, at + 1


def _sample(line):
    m = _NAME.match(line)
    assert m, f"no sample: {line!r}"
    labels, at = _labels(line, m.end() + 1) if line[m.end()] == "{" else ({}, m.end())
    assert line[at] == " " and _VALUE.fullmatch(line, at + 1), f"no value at {at}: {line!r}"
    return m[0], labels, line[at + 1:]


def _check_histogram(family, samples):
    groups = collections.defaultdict(dict)
    for (name, labels), value in samples.items():
        labels = dict(labels)
        le = labels.pop("le", None)
        assert (le is None) == (name != family + "_bucket"), f"le on {name}"
        group = groups[frozenset(labels.items())]
        group[name if le is None else float("inf") if le == "+Inf" else Fraction(le)] = Fraction(value)
    for labels, group in groups.items():
        bounds = [k for k in group if not isinstance(k, str)]
        assert bounds == sorted(bounds), f"bounds of {family} {labels}: {bounds}"
        assert bounds[-1] == float("inf"), f"no +Inf in {family} {labels}"
        counts = [group[b] for b in bounds]
        assert counts == sorted(counts), f"counts of {family} {labels}: {counts}"
        assert counts[-1] == group[family + "_count"], f"+Inf and _count of {family} {labels}"


def parse(raw):
    """The series of an answer's bytes: {(name, frozenset of labels): value as written}."""
    text = raw.decode("utf-8")
    assert text.endswith("\n")
    kinds, helps, series, family, samples = {}, set(), {}, None, {}

    def end_family():
        if family and kinds[family] == "histogram":
            _check_histogram(family, samples)

    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helps and name not in kinds, f"late or twice: {line!r}"
            helps.add(name)
        elif line.startswith("# "):
            end_family()
            _, word, family, kind = line.split(" ")
            assert word == "TYPE" and family not in kinds, f"late or twice: {line!r}"
            kinds[family], samples = kind, {}
        else:
            name, labels, value = _sample(line)
            assert name in [family + x for x in _TYPES[kinds[family]]], f"not of {family}: {line!r}"
            key = name, frozenset(labels.items())
            assert key not in series, f"twice: {line!r}"
            series[key] = samples[key] = value
    end_family()
    return series
