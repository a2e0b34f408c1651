#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""What Prometheus makes of native histograms: quantiles of a known distribution, and the buckets."""

import math
import random
import struct
import time

import bpf
import protobuf
import servers
import support

UNITS_PER_S = 2**30
N_SLOTS = 36
N_VALUES = 20000
QUANTILES = (0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1)
ACCEPT = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
HISTOGRAMS = [
    # name, what its buckets are, whether there is a sum, whether it is native
    ("op_seconds", "scale: 2^-30", True, True),
    ("zero_seconds", "slot_offset: 1, zero: true, scale: 2^-30", True, True),
    ("over_seconds", "slots: 30, overflow: true, scale: 2^-30", True, True),
    ("nosum_seconds", "scale: 2^-30", False, True),
    ("classic_seconds", "scale: 2^-30", True, False),
]


def slot_of(units):
    """(2^(slot - 1), 2^slot] has it; 0 and 1 are in slot 0."""
    return (units - 1).bit_length() if units else 0


def draw(seed, n):
    """Times in 2^-30 s: microseconds to milliseconds, about a second, and almost none."""
    rng = random.Random(seed)
    kinds = (lambda: rng.lognormvariate(-10, 1.5) * UNITS_PER_S, lambda: rng.lognormvariate(-1, 1) * UNITS_PER_S,
             lambda: rng.randrange(2))
    return [round(kind()) for kind in rng.choices(kinds, (68, 30, 2), k=n)]


def exact_quantile(q, values):
    """The least that so many are no more than."""
    return sorted(values)[math.ceil(q * len(values)) - 1]


class Operations:
    """A map of histograms that a program might keep: slots, and the total. The first one stays empty."""

    NAMES = ("idle", "read", "write")

    def __init__(self, path):
        self.fd = bpf.create("array", 4, (N_SLOTS + 1) * 8, len(self.NAMES), name="ops")
        self.values = {name: [] for name in self.NAMES}
        bpf.pin(self.fd, path)

    def add(self, name, values):
        self.values[name] += values
        slots = [0] * N_SLOTS
        for v in self.values[name]:
            slots[slot_of(v)] += 1
        bpf.update(self.fd, struct.pack("=I", self.NAMES.index(name)),
                   struct.pack(f"={N_SLOTS + 1}Q", *slots, sum(self.values[name])))


def configuration(pin):
    text = (f"maps:\n  - name: ops\n    pin: {pin}\n    key: u32\n"
            f"    value: [{{name: slots, type: u64, count: {N_SLOTS}}}, {{name: total, type: u64}}]\n"
            f"    labels: {{op: {{field: key, decode: {{map: {dict(enumerate(Operations.NAMES))}}}}}}}\n    metrics:\n")
    for name, buckets, has_sum, native in HISTOGRAMS:
        text += (f"      - name: {name}\n        type: histogram\n        help: Times.\n"
                 f"        buckets: {{field: slots, scheme: exp2, edges: upper, {buckets}}}\n"
                 f"        native: {str(native).lower()}\n" + "        sum: total\n" * has_sum)
    return text


class NativeHistograms(support.Case):
    def start_all(self):
        self.ops = Operations(self.pin("ops"))
        self.ops.add("read", draw(1, N_VALUES))
        self.ops.add("write", draw(2, 100))
        return self.start(configuration(self.pin("ops")))

    def assert_quantile(self, found, q, values, error=0):
        """In the bucket of the exact one. error: relative, of a rate."""
        slot = slot_of(exact_quantile(q, values))
        lower, upper = 2**(slot - 1) / UNITS_PER_S if slot else 0, 2**slot / UNITS_PER_S
        self.assertTrue(lower < found <= upper * (1 + error), f"{q}: {found} is not in ({lower}, {upper}]")

    def wait_for(self, server, query, value):
        support.wait_until(lambda: server.value(query) == value, f"{query} is {value}", server.log)

    def check_quantiles(self, server):
        """Of all that was counted, of what was since the first scrape, and of both operations together."""
        values = self.ops.values
        for q in QUANTILES:
            found = server.values(f"histogram_quantile({q}, op_seconds)", "op")
            self.assertTrue(math.isnan(found["idle"]))
            for op in ("read", "write"):
                self.assert_quantile(found[op], q, values[op])
            found = server.value(f"histogram_quantile({q}, sum(op_seconds))")
            self.assert_quantile(found, q, values["read"] + values["write"])
            found = server.values(f"histogram_quantile({q}, rate(op_seconds[10m]))", "op")
            for op in ("read", "write"):
                self.assert_quantile(found[op], q, values[op][self.n_first[op]:], 1e-9)

    def check_zero_bucket(self, server):
        """A slot more below: half of each time, and the shortest are exactly 0."""
        for q in QUANTILES:
            found = server.values(f"histogram_quantile({q}, zero_seconds)", "op")
            for op in ("read", "write"):
                if slot_of(exact_quantile(q, self.ops.values[op])):
                    self.assert_quantile(found[op] * 2, q, self.ops.values[op])
                else:
                    self.assertLessEqual(found[op], protobuf.ALMOST_ZERO)

    def check_counts(self, server):
        for name, _, has_sum, native in HISTOGRAMS:
            if not native:
                continue
            counts = server.values(f"histogram_count({name})", "op")
            self.assertEqual(counts, {op: len(x) for op, x in self.ops.values.items()}, name)
            sums = server.values(f"histogram_sum({name})", "op")
            if has_sum:
                self.assertEqual(sums, {op: sum(x) / UNITS_PER_S for op, x in self.ops.values.items()}, name)
            else:
                self.assertTrue(all(map(math.isnan, sums.values())), sums)

    def check_edges(self, native, classic):
        """At each edge both servers have counted as much."""
        n = 0
        for name in (name for name, _, _, is_native in HISTOGRAMS if is_native):
            below = {}
            for x in classic.query(f"{name}_bucket"):
                below.setdefault(x["metric"]["op"], {})[float(x["metric"]["le"])] = int(x["value"][1])
            for x in native.query(name):
                # [which bounds belong to it, lower, upper, count]
                buckets = [(float(b[2]), int(b[3])) for b in x["histogram"][1].get("buckets", ())]
                for edge, count in below[x["metric"]["op"]].items():
                    at = max(edge, protobuf.ALMOST_ZERO)
                    self.assertEqual(sum(c for upper, c in buckets if upper <= at), count, (name, x, edge))
                    n += 1
        self.assertEqual(n, len(Operations.NAMES) * (3 * (N_SLOTS + 1) + 30), "edges")

    def check_servers(self, exporter, native, classic):
        """Every scrape was taken, whole."""
        families = protobuf.parse(exporter.get("/metrics", {"Accept": ACCEPT}).body)
        n = {"native": 0, "classic": 0}
        for metric in (m for f in families for m in f.metric):
            n_lines = len(metric.histogram.bucket) + 2 if metric.HasField("histogram") else 1
            n["native"] += 1 if protobuf.is_native(metric.histogram) else n_lines
            n["classic"] += n_lines
        n["classic"] -= 2 * len(self.ops.values)  # in OpenMetrics one without a sum has no count
        for server, what in ((native, "native"), (classic, "classic")):
            self.assertEqual(server.value("min_over_time(up[10m])"), 1)
            self.assertGreater(server.value("count_over_time(up[10m])"), 4)
            for of in ("scrape_samples_scraped", "scrape_samples_post_metric_relabeling"):
                self.assertEqual(server.value(of), n[what], what)
            self.assertNotRegex(server.log(), r"level=(warn|error)")

    def test_quantiles(self):
        exporter = self.start_all()
        native = servers.prometheus(self, exporter.port, "--enable-feature=native-histograms")
        classic = servers.prometheus(self, exporter.port)
        self.n_first = {op: len(x) for op, x in self.ops.values.items()}
        self.wait_for(native, 'histogram_count(op_seconds{op="read"})', N_VALUES)
        self.wait_for(classic, 'op_seconds_count{op="read"}', N_VALUES)
        self.assertEqual(native.query("op_seconds_bucket"), [], "it is a classic one: not scraped as protobuf")
        self.assertEqual(len(native.query('classic_seconds_bucket{op="read"}')), N_SLOTS + 1)
        for i in range(4):
            time.sleep(1.1)
            self.ops.add("read", draw(10 + i, 1000 * i + 500))
            self.ops.add("write", draw(20 + i, 3000))
        for op, values in self.ops.values.items():
            self.wait_for(native, f'histogram_count(op_seconds{{op="{op}"}})', len(values))
            self.wait_for(classic, f'op_seconds_count{{op="{op}"}}', len(values))
        self.check_quantiles(native)
        self.check_zero_bucket(native)
        self.check_counts(native)
        self.check_edges(native, classic)
        self.check_servers(exporter, native, classic)
        self.assertEqual(native.value('histogram_quantile(1, over_seconds{op="read"})'), math.inf)


if __name__ == "__main__":
    support.run_tests()
