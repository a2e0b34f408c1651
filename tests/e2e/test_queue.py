#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Queues and stacks of events, drained and counted by their fields: each event once, none twice, none lost."""

import collections
import errno
import os
import struct
import time

import bpf
import support

N_EVENTS = 100_000
EVENT = "=B3sIQ"  # in the padding is what was there before
VALUE = "[{name: kind, type: u8}, {name: uid, type: u32}, {name: bytes, type: u64}]"


def config_of(name, pin):
    return f"""
  - name: {name}
    pin: {pin}
    read: drain
    value: {VALUE}
    metrics:
      - {{name: {name}_total, type: counter, value: 1, labels: {{kind: kind}}}}
      - {{name: {name}_bytes_total, type: counter, value: bytes, labels: {{kind: kind}}, where: {{uid: {{not: 0}}}}}}
      - {{name: {name}_users_total, type: counter, value: 1, labels: {{high: {{field: uid, shift: 2, mask: 1}}}}}}
"""


FAST = "global: {refresh: 100ms, at_scrape: never}\nmaps:"


class Pushed:
    """What was pushed, counted as the exporter should."""

    def __init__(self, name, fd):
        self.name, self.fd, self.n = name, fd, 0
        self.series = collections.Counter()

    def add(self, what, n, **labels):
        self.series[support.series_key(self.name + what, **{k: str(v) for k, v in labels.items()})] += n

    def push(self, i):
        """Whether there was room."""
        kind, uid, n_bytes = i % 5, i % 8, i * i
        try:
            bpf.push(self.fd, struct.pack(EVENT, kind, bytes([i % 256]) * 3, uid, n_bytes))
        except OSError as e:
            if e.errno != errno.E2BIG:
                raise
            return False
        self.n += 1
        self.add("_total", 1, kind=kind)
        if uid:
            self.add("_bytes_total", n_bytes, kind=kind)
        self.add("_users_total", 1, high=uid >> 2 & 1)
        return True


class Queue(support.Case):
    def make(self, kind, max_entries, name=None):
        name = name or kind
        fd = bpf.create(kind, 0, struct.calcsize(EVENT), max_entries, name=name)
        bpf.pin(fd, self.pin(name))
        return Pushed(name, fd)

    def drained(self, exporter, name):
        return int(exporter.metrics().get(support.series_key(
            "bpfmap_drained_entries_total", map=name, pin=self.pin(name)), 0))

    def compare(self, exporter, pushed):
        support.wait_until(lambda: self.drained(exporter, pushed.name) >= pushed.n, "all is drained", exporter.log)
        series = exporter.metrics()
        found = {k: int(v) for k, v in series.items() if k[0].startswith(pushed.name)}
        self.assertEqual(found, dict(pushed.series))
        self.assertEqual(self.drained(exporter, pushed.name), pushed.n)
        self.assert_value(series, 1, "bpfmap_up", map=pushed.name, pin=self.pin(pushed.name))

    def test_while_it_is_filled(self):
        for kind in "queue", "stack":
            with self.subTest(kind):
                pushed = self.make(kind, 8192)
                exporter = self.start(FAST + config_of(kind, self.pin(kind)))
                n_full = 0
                while pushed.n < N_EVENTS:
                    if not pushed.push(pushed.n):
                        n_full += 1
                        time.sleep(0.01)
                self.assertGreater(n_full, 0, "it was never full")
                self.compare(exporter, pushed)

    def test_full_and_empty(self):
        pushed = [self.make(kind, n, f"{kind}_{n}") for kind in ("queue", "stack") for n in (1, 5000)]
        for p in pushed:
            while p.push(p.n):
                pass
        self.assertEqual([p.n for p in pushed], [1, 5000, 1, 5000])
        empty = self.make("queue", 3, "empty")
        exporter = self.start(FAST + "".join(config_of(p.name, self.pin(p.name)) for p in [*pushed, empty]))
        for p in pushed:
            self.compare(exporter, p)
        self.assert_value(exporter.metrics(), 0, "bpfmap_entries", map="empty", pin=self.pin("empty"))
        for p in [*pushed, empty]:
            p.push(10**6)
            self.compare(exporter, p)

    def test_not_permitted(self):
        read_only, frozen = self.make("queue", 9, "read_only"), self.make("stack", 9, "frozen")
        for p in read_only, frozen:
            p.push(1)
        os.chmod(self.pin("read_only"), 0o444)
        os.chmod(self.pin("frozen"), 0o666)
        bpf.freeze(frozen.fd)
        exporter = self.start(FAST + config_of("read_only", self.pin("read_only")) +
                              config_of("frozen", self.pin("frozen")), prefix=support.AS_NOBODY)
        time.sleep(0.5)
        series = exporter.metrics()
        for p in read_only, frozen:
            self.assert_value(series, 0, "bpfmap_up", map=p.name, pin=self.pin(p.name))
            self.assertRegex(exporter.log(), f"map={p.name} .*reason=permission")
            self.assertIn("value", support.bpftool("map", "peek", "pinned", self.pin(p.name)))
        os.chmod(self.pin("read_only"), 0o666)
        read_only.push(3)
        self.compare(exporter, read_only)

    def test_slots(self):
        """An event is what is counted, and its field the slot."""
        fd = bpf.create("queue", 0, 8, 100, name="slots")
        bpf.pin(fd, self.pin("slots"))
        for slot, total in (0, 1), (1, 2), (1, 2), (3, 7), (9, 300):
            bpf.push(fd, struct.pack("=II", slot, total))
        exporter = self.start(FAST + f"""
  - name: slots
    pin: {self.pin("slots")}
    read: drain
    value: [{{name: slot, type: u32}}, {{name: total, type: u32}}]
    metrics:
      - {{name: x, type: histogram, value: 1, buckets: {{slot: slot, scheme: exp2, edges: upper, slots: 4}}, sum: total}}
""")
        support.wait_until(lambda: self.drained(exporter, "slots") == 5, "all is drained", exporter.log)
        series = exporter.metrics()
        for le, n in ("1", 1), ("2", 3), ("4", 3), ("8", 4), ("+Inf", 5):
            self.assert_value(series, n, "x_bucket", le=le)
        self.assert_value(series, 312, "x_sum")
        self.assert_value(series, 5, "x_count")

    def test_entries_of_a_hash(self):
        """`value: 1` counts what was drained, whatever it holds."""
        config, n = FAST, 3
        for kind in "hash", "percpu_hash":
            fd = bpf.create(kind, 4, 8, 9, name=kind)
            for key in range(n):
                bpf.update(fd, struct.pack("=I", key), struct.pack("=Q", 7) * (bpf.N_CPUS if kind != "hash" else 1))
            bpf.pin(fd, self.pin(kind))
            config += (f"\n  - {{name: {kind}, pin: {self.pin(kind)}, read: drain, key: u32, value: u64, metrics: "
                       f"[{{name: {kind}_total, type: counter, value: 1}}]}}")
        exporter = self.start(config)
        for kind in "hash", "percpu_hash":
            support.wait_until(lambda k=kind: self.drained(exporter, k) == n, "all is drained", exporter.log)
            self.assert_value(exporter.metrics(), n, f"{kind}_total")

    def test_mistakes(self):
        self.make("queue", 4)
        fd = bpf.create("lru_hash", 4, 16, 4, name="hash")
        bpf.update(fd, struct.pack("=I", 1), bytes(16))
        bpf.pin(fd, self.pin("hash"))
        good = config_of("queue", self.pin("queue"))
        of_hash = config_of("hash", self.pin("hash")).replace("value:", "key: u32\n    value:", 1)
        cases = (
            (good, None),
            (good.replace("read: drain", "read: snapshot").replace("counter, value: 1", "counter"),
             "is of type queue, whose entries can only be taken out: write `read: drain`, or remove its metrics"),
            (good.replace("read: drain", "read: drain\n    key: u32"),
             "is of type queue, whose entries have no keys: remove `key:`"),
            (good.replace(f"value: {VALUE}", "types: {}"), "write its layout under 'value:'"),
            (good.replace("value:", "types: {kind: be32}\n    value:", 1), "here the value is written, change it there"),
            (good.replace("type: u64", "type: u32"), "the value is 12 bytes as configured, 16 bytes in the kernel"),
            (good.replace("kind: kind", "kind: knd"), "has no field 'knd' (did you mean 'kind'?)"),
            (f"\n  - {{name: queue, pin: {self.pin('queue')}, evict_idle: 1m}}", "from which no key can be evicted"),
            (of_hash, "'kind' is in the value, which 'read: drain' adds up: take it from the key"),
            (of_hash.replace("hash\n    read", "none\n    read"),
             "'kind' is in the value, which 'read: drain' adds up: take it from the key"),
        )
        for config, message in cases:
            with self.subTest(message):
                result = self.check("maps:" + config)
                if message:
                    self.assertIn(message, result.stderr)
                    self.assertRegex(result.stderr, r"checked\.yml:\d+:\d+: ")
                self.assertEqual(result.returncode, 1 if message else 0, result.stderr)
        exporter = self.start(FAST + of_hash)
        support.wait_until(lambda: "take it from the key" in exporter.log(), "it is refused", exporter.log)
        self.assertEqual(len(support.dump(self.pin("hash"))), 1)


if __name__ == "__main__":
    support.run_tests()
