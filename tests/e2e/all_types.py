# SPDX-License-Identifier: GPL-2.0-only
"""Maps whose metrics are of every type, with numbers and names that are hard, and what is exported of them."""

import collections
import itertools
import math
import os
import struct
from fractions import Fraction

import bpf
import exposition

Metric = collections.namedtuple("Metric", "name kind help unit samples")
Histogram = collections.namedtuple("Histogram", "bounds cells sum")  # cells: one more than bounds
Summary = collections.namedtuple("Summary", "count sum")
Entry = collections.namedtuple("Entry", "id text shown count level ns ticks real spent total slots small")

ENTRIES = [
    Entry(1, b'a"b\\c\nd', 'a"b\\c\nd', 2**53 + 1, -2**63, 1, 1, math.nan, 2**64 - 1, 2**53 + 1,
          (1, 0, 85, 0, 0, 10, 5, 3), 0.1),
    Entry(2, b"\xff\xfeok", "\ufffd\ufffdok", 2**64 - 1, 2**63 - 1, 2**64 - 1, 2**53 + 1, math.inf, 1, 2**64 - 1,
          (0, 2**53 + 1, 2**60, 1, 7, 7, 0, 2**53 + 1), -0.75),
    Entry(3, b"", "", 0, -1, 1_500_000_000, 3 << 30, -math.inf, 2**53 + 1, 12345,
          (0, 0, 0, 0, 0, 0, 0, 9), 1e-38),
    Entry(4, "üñ{},=".encode(), "üñ{},=", 1, 2**53 + 1, 2**53 + 1, 2**64 - 1, 0.1, 0, 0,
          (0,) * 8, 2.0**100),
]
KEYED = {100: 2**53 + 1, 1000: 3, 10000: 0, 5: 11, 77: 2}
MEANS = {1: (2**53 + 1, 2**53 + 4), 2: (1, 2)}  # of the first CPUs; the others have 0

_HELP = 'Of "each"\n\\o/ 100 %.'
_NS, _TICK = Fraction(1, 10**9), Fraction(1, 2**30)

# What is not [a-zA-Z_][a-zA-Z0-9_]*, as the schemes have it.
ESCAPED = {
    "http.requests_total": {"underscores": "http_requests_total", "dots": "http_dot_requests__total",
                            "values": "U__http_2e_requests__total"},
    "my.wait_seconds": {"underscores": "my_wait_seconds", "dots": "my_dot_wait__seconds",
                        "values": "U__my_2e_wait__seconds"},
    "temp °C": {"underscores": "temp__C", "dots": "temp____C", "values": "U__temp_20__b0_C"},
    "la.bel": {"underscores": "la_bel", "dots": "la_dot_bel", "values": "U__la_2e_bel"},
    "größe": {"underscores": "gr__e", "dots": "gr____e", "values": "U__gr_f6__df_e"},
    'q"\\': {"underscores": "q__", "dots": "q____", "values": "U__q_22__5c_"},
}


def configuration(pins):
    return f"""
maps:
  - name: all
    pin: {pins}/all
    key:
      - {{name: id, type: u32}}
      - {{name: text, type: char, count: 12}}
    value:
      - {{name: count, type: u64}}
      - {{name: level, type: s64}}
      - {{name: ns, type: u64}}
      - {{name: ticks, type: u64}}
      - {{name: real, type: f64}}
      - {{name: spent, type: u64}}
      - {{name: total, type: u64}}
      - {{name: slots, type: u64, count: 8}}
      - {{name: small, type: f32}}
      - {{name: reserved, type: u32}}
    labels: {{id: id}}
    metrics:
      - {{name: work_done_total, type: counter, help: "Of \\"each\\"\\n\\\\o/ 100 %.", value: count}}
      - name: level_bytes
        type: gauge
        help: Level.
        value: level
        labels: {{text: text, fixed: {{const: 'f"\\x'}}}}
      - {{name: busy_seconds_total, type: counter, help: Busy., value: {{field: ns, scale: ns}}}}
      - {{name: tick_seconds, type: gauge, help: Ticks., value: {{field: ticks, scale: 2^-30}}}}
      - {{name: real_value, type: gauge, help: Any number., value: real}}
      - {{name: small_ratio, type: gauge, help: A small one., value: small}}
      - name: wait_seconds
        type: histogram
        help: Waiting.
        buckets: {{field: slots, scheme: exp2, edges: upper, scale: 2^-30}}
        sum: total
        native: true
      - name: lower_seconds
        type: histogram
        help: Classic only.
        buckets: {{field: slots, scheme: exp2, edges: lower, scale: us, overflow: true}}
      - name: drift_meters
        type: histogram
        help: Below zero, too.
        buckets: {{field: slots, scheme: {{linear: {{start: -4, width: 2}}}}, edges: upper}}
        sum: total
      - name: spins
        type: histogram
        help: Spins, none at all being one of the counts.
        buckets: {{field: slots, scheme: exp2, edges: upper, slot_offset: 1, zero: true, overflow: true}}
        native: true
      - {{name: call_seconds, type: summary, help: Calls., count: count, sum: {{field: spent, scale: 2^-30}}}}
      - {{name: thing_info, type: info, help: What it is., labels: {{text: text}}}}
      - name: http.requests_total
        type: counter
        help: Requests.
        value: count
        labels: {{la.bel: text, größe: {{const: ü}}}}
      - name: my.wait_seconds
        type: histogram
        help: Waiting again.
        buckets: {{field: slots, scheme: exp2, edges: upper, scale: 2^-30}}
        sum: total
        native: true
        labels: {{'q"\\': text}}
  - name: keyed
    pin: {pins}/keyed
    key: u64
    value: u64
    metrics:
      - name: size_ratio
        type: histogram
        help: Sizes.
        buckets: {{slot: key, scheme: {{explicit: {{bounds: [0.1, 1, 10, 1000000], keys: [100, 1000, 10000, 5]}}}}}}
      - {{name: temp °C, type: gauge, help: Of all., value: value, labels: {{id: key}}}}
      - {{name: mean_size, type: gauge, help: Of some., value: value, aggregate: avg, where: {{key: [5, 77, 1000]}}}}
  - name: mean
    pin: {pins}/mean
    cpu: avg
    key: u32
    value: u64
    metrics:
      - {{name: mean_load, type: gauge, help: A mean., value: value, labels: {{id: key}}}}
"""


def make(pins):
    """The maps, pinned; and when `all` was, as nanoseconds of the wall clock."""
    fd = bpf.create("hash", 16, 128, 16, name="all")
    for e in ENTRIES:
        bpf.update(fd, struct.pack("=I12s", e.id, e.text),
                   struct.pack("=QqQQdQQ8QfI", e.count, e.level, e.ns, e.ticks, e.real, e.spent, e.total,
                               *e.slots, e.small, 0))
    bpf.pin(fd, os.path.join(pins, "all"))
    fd = bpf.create("hash", 8, 8, 16, name="keyed")
    for key, n in KEYED.items():
        bpf.update(fd, struct.pack("=Q", key), struct.pack("=Q", n))
    bpf.pin(fd, os.path.join(pins, "keyed"))
    fd = bpf.create("percpu_hash", 4, 8, 16, name="mean")
    for key, values in MEANS.items():
        bpf.update(fd, struct.pack("=I", key),
                   struct.pack(f"={bpf.N_CPUS}Q", *(values + (0,) * bpf.N_CPUS)[:bpf.N_CPUS]))
    bpf.pin(fd, os.path.join(pins, "mean"))


def _each(value, **labels):
    """A sample an entry. Labels: an attribute of it, or a text if it has none."""
    return [({"id": str(e.id)} | {k: getattr(e, v, v) for k, v in labels.items()}, value(e)) for e in ENTRIES]


def _histogram(bounds, sum_of=None):
    """Without a last slot that has no bound there is nothing above the bounds."""
    return lambda e: Histogram(bounds, (e.slots + (0,))[:len(bounds) + 1], sum_of and sum_of(e))


def _single(number):
    """What a float of 32 bits is."""
    return struct.unpack("f", struct.pack("f", number))[0]


def _powers(n, scale=1):
    return [2**i * scale for i in range(n)]


def _ratio():
    """A key that is no bound's is above all."""
    return Histogram([Fraction(1, 10), 1, 10, 10**6], [KEYED[k] for k in (100, 1000, 10000, 5, 77)], None)


METRICS = [
    Metric("work_done_total", "counter", _HELP, "", _each(lambda e: e.count)),
    Metric("level_bytes", "gauge", "Level.", "bytes", _each(lambda e: e.level, text="shown", fixed='f"\\x')),
    Metric("busy_seconds_total", "counter", "Busy.", "seconds", _each(lambda e: e.ns * _NS)),
    Metric("tick_seconds", "gauge", "Ticks.", "seconds", _each(lambda e: e.ticks * _TICK)),
    Metric("real_value", "gauge", "Any number.", "", _each(lambda e: e.real)),
    Metric("small_ratio", "gauge", "A small one.", "ratio", _each(lambda e: _single(e.small))),
    Metric("wait_seconds", "histogram", "Waiting.", "seconds",
           _each(_histogram(_powers(8, _TICK), lambda e: e.total * _TICK))),
    Metric("lower_seconds", "histogram", "Classic only.", "seconds",
           _each(_histogram([(2**(i + 1) - 1) * 1000 * _NS for i in range(7)]))),
    Metric("drift_meters", "histogram", "Below zero, too.", "meters",
           _each(_histogram([-4 + 2 * i for i in range(8)], lambda e: e.total))),
    Metric("spins", "histogram", "Spins, none at all being one of the counts.", "",
           _each(_histogram([0] + _powers(6)))),
    Metric("call_seconds", "summary", "Calls.", "seconds",
           _each(lambda e: Summary(e.count, e.spent * _TICK))),
    Metric("thing_info", "info", "What it is.", "", _each(lambda e: 1, text="shown")),
    Metric("http.requests_total", "counter", "Requests.", "",
           _each(lambda e: e.count, **{"la.bel": "shown", "größe": "ü"})),
    Metric("my.wait_seconds", "histogram", "Waiting again.", "seconds",
           _each(_histogram(_powers(8, _TICK), lambda e: e.total * _TICK), **{'q"\\': "shown"})),
    Metric("size_ratio", "histogram", "Sizes.", "ratio", [({}, _ratio())]),
    Metric("temp °C", "gauge", "Of all.", "", [({"id": str(k)}, n) for k, n in KEYED.items()]),
    Metric("mean_size", "gauge", "Of some.", "", [({}, (KEYED[5] + KEYED[77] + KEYED[1000]) / 3)]),
    Metric("mean_load", "gauge", "A mean.", "",
           [({"id": str(k)}, sum(v[:bpf.N_CPUS]) / bpf.N_CPUS) for k, v in MEANS.items()]),
]
BEGINNING = ("counter", "histogram", "summary")
NATIVE = {"wait_seconds", "spins", "my.wait_seconds"}


def escaped(name, scheme):
    return ESCAPED.get(name, {}).get(scheme, name)


def is_ours(name):
    """Not the exporter's about itself and its maps."""
    return name.split("_")[0] not in ("bpfmap", "process")


class Expected:
    """What the maps are in a format, which is of "text", "openmetrics", "protobuf". The last one has doubles."""

    def __init__(self, form, scheme, start_ns=None):
        """start_ns: since when samples were counted, {name of a metric: nanoseconds}; None: not said."""
        self.is_openmetrics, self.is_protobuf = form == "openmetrics", form == "protobuf"
        self.scheme, self.start_ns = scheme, start_ns or {}
        self.series, self.families = {}, {}
        for metric in METRICS:
            name = escaped(metric.name, scheme)
            self.families[self.family_name(name, metric.kind)] = self.family(metric)
            for labels, value in metric.samples:
                labels = {escaped(k, scheme): v for k, v in labels.items()}
                for line, le, number in self.lines(metric, name, value):
                    key = line, frozenset((labels | le).items())
                    self.series[key] = number

    def family_name(self, name, kind):
        suffix = {"counter": "_total", "info": "_info"}.get(kind, "") if self.is_openmetrics else ""
        return name.removesuffix(suffix)

    def family(self, metric):
        kind = metric.kind if metric.kind != "info" or self.is_openmetrics else "gauge"
        unit = metric.unit if self.is_openmetrics or self.is_protobuf else ""
        return exposition.Family(kind, metric.help, unit)

    def lines(self, metric, name, value):
        """(name, the label `le` or none, number)"""
        if metric.kind == "histogram":
            yield from self.histogram_lines(name, value)
        elif metric.kind == "summary":
            yield name + "_count", {}, value.count
            yield name + "_sum", {}, self.number(value.sum)
        else:
            yield name, {}, self.number(value)
        if self.is_openmetrics and metric.name in self.start_ns and metric.kind in BEGINNING:
            yield (self.family_name(name, metric.kind) + "_created", {},
                   Fraction(self.start_ns[metric.name], 10**9))

    def histogram_lines(self, name, value):
        counts = list(itertools.accumulate(value.cells))
        for bound, count in zip([*value.bounds, math.inf], counts, strict=True):
            yield name + "_bucket", {"le": float(bound) if self.is_openmetrics else self.number(bound)}, count
        has_sum = value.sum is not None and not (self.is_openmetrics and value.bounds[0] < 0)
        if has_sum:
            yield name + "_sum", {}, self.number(value.sum)
        elif self.is_protobuf:
            yield name + "_sum", {}, "NaN"
        if has_sum or not self.is_openmetrics:
            yield name + "_count", {}, counts[-1]

    def number(self, number):
        """What was a double is the shortest text that reads as it."""
        if self.is_protobuf or not math.isfinite(number):
            return exposition.comparable(float(number))
        return Fraction(repr(number)) if isinstance(number, float) else number
