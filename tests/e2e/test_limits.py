#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""More than a limit allows: who was first stays, the rest is counted, and nothing is shown in part."""

import array
import os
import random
import struct
import subprocess
import time

import bpf
import support

ENTRIES, LIMIT, CHURN, ROUNDS = 2000, 100, 300, 12


class Limits(support.Case):
    def setUp(self):
        super().setUp()
        self.dice = random.Random(42)
        self.fresh = 0

    def make(self, name, kind="hash", key_size=4, entries=ENTRIES + CHURN):
        fd = bpf.create(kind, key_size, 8, entries, name="limits")
        self.addCleanup(os.close, fd)
        bpf.pin(fd, self.pin(name))
        return fd

    def put(self, fd, held, key, kind="hash"):
        value = self.dice.randrange(1, 1 << 40)
        per_cpu = kind.startswith("percpu")
        bpf.update(fd, struct.pack("=I", key), struct.pack("=Q", value) * (bpf.N_CPUS if per_cpu else 1))
        held[key] = value * (bpf.N_CPUS if per_cpu else 1)

    def fill(self, fd, held, n, kind="hash"):
        for _ in range(n):
            self.fresh += 1
            self.put(fd, held, self.fresh * 2654435761 & 0xffffffff, kind)

    def churn(self, fd, held, kind="hash"):
        """Some go, some come, some count, in no order."""
        for key in self.dice.sample(sorted(held), CHURN):
            bpf.delete(fd, struct.pack("=I", key))
            del held[key]
        self.fill(fd, held, CHURN, kind)
        for key in self.dice.sample(sorted(held), CHURN):
            self.put(fd, held, key, kind)

    def config(self, settings, type_="gauge", where="", pin="m"):
        return (f"global: {{refresh: off, at_scrape: always{where}}}\nmaps:\n  - {{name: m, pin: "
                f"'{self.pin(pin)}', key: u32, value: u64, {settings}, metrics: "
                f"[{{name: x{'_total' if type_ == 'counter' else ''}, type: {type_}, "
                "help: Something., labels: {k: key}}]}\n")

    def read(self, exporter):
        """{key: value}, what is in `other`, and all series."""
        text = exporter.get("/metrics").text
        promtool = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                                  text=True, check=False)
        self.assertEqual((promtool.returncode, promtool.stderr), (0, ""))
        series = support.parse_metrics(text)
        shown = {dict(k[1])["k"]: int(v) for k, v in series.items() if k[0] in ("x", "x_total")}
        other = shown.pop("other", None)
        return {int(k): v for k, v in shown.items()}, other, series

    def dropped(self, series, name="m"):
        return {dict(k[1])["reason"]: int(v) for k, v in series.items()
                if k[0] == "bpfmap_series_dropped_total" and dict(k[1])["pin"] == self.pin(name)}

    def check_churn(self, settings, kind="hash", type_="gauge", where=""):
        fd, held, seated, before = self.make("m", kind), {}, set(), None
        self.fill(fd, held, ENTRIES, kind)
        folds = "other" in settings
        exporter = self.start(self.config(settings, type_, where))
        for n in range(ROUNDS):
            if n:
                self.churn(fd, held, kind)
            shown, other, series = self.read(exporter)
            self.assertEqual(len(shown), LIMIT)
            self.assertLessEqual(shown.items(), held.items())
            self.assertLessEqual(seated & held.keys(), shown.keys(), "they were there first")
            seated = set(shown)
            dropped = self.dropped(series)
            expected = dict.fromkeys(dropped, 0) | {"other" if folds else "max_series": ENTRIES - LIMIT}
            if before:
                self.assertEqual({k: v - before[k] for k, v in dropped.items()}, expected)
            before = dropped
            self.assertEqual(set(dropped), {"duplicate", "label_bytes", "max_series", "other"})
            rest = sum(v for k, v in held.items() if k not in shown)
            self.assertEqual(other, rest if folds else None)
            pin = self.pin("m")
            self.assert_value(series, ENTRIES, "bpfmap_entries", map="m", pin=pin)
            self.assert_value(series, LIMIT + folds, "bpfmap_series", map="m", pin=pin)
        in_map = {struct.unpack("=I", k)[0]: sum(struct.unpack("=Q", v)[0] for v in values)
                  for k, values in support.dump(self.pin("m")).items()}
        self.assertEqual(in_map, held)

    def test_drop(self):
        self.check_churn(f"max_series: {LIMIT}")

    def test_drop_global(self):
        self.check_churn("on_limit: drop", where=f", max_series: {LIMIT}")

    def test_the_maps_own_limit(self):
        self.check_churn(f"max_series: {LIMIT}", where=", max_series: 7")

    def test_other(self):
        self.check_churn(f"max_series: {LIMIT}, on_limit: other")

    def test_other_of_each_cpu(self):
        self.check_churn("on_limit: other", kind="percpu_hash", where=f", max_series: {LIMIT}")

    def test_other_counter(self):
        """At rest, all that there is; and it grows by what grows in it."""
        fd, held = self.make("m"), {}
        self.fill(fd, held, ENTRIES)
        exporter = self.start(self.config(f"max_series: {LIMIT}, on_limit: other", "counter"))
        for n in range(5):
            shown, other, _ = self.read(exporter)
            self.assertEqual(sum(shown.values()) + other, sum(held.values()))
            self.assertLessEqual(shown.items(), held.items())
            for key in list(held)[::n + 1]:
                held[key] += key
                bpf.update(fd, struct.pack("=I", key), struct.pack("=Q", held[key]))

    def test_room_again(self):
        """Those that were left out come in when others have gone."""
        fd, held = self.make("m"), {}
        self.fill(fd, held, LIMIT + 50)
        exporter = self.start(self.config(f"max_series: {LIMIT}, on_limit: other"))
        shown, other, _ = self.read(exporter)
        for key in list(shown)[:60]:
            bpf.delete(fd, struct.pack("=I", key))
            del held[key]
        shown, other, _ = self.read(exporter)
        self.assertEqual((shown, other), (held, None))

    def test_label_bytes(self):
        for on_limit, reason in ("drop", "label_bytes"), ("other", "other"):
            with self.subTest(on_limit):
                name = f"m_{on_limit}"
                fd = self.make(name, key_size=200)
                for n in range(1, 201):
                    bpf.update(fd, (b"x" * n).ljust(200, b"\0"), struct.pack("=Q", 1 << n % 40))
                exporter = self.start(
                    f"global: {{refresh: off, at_scrape: always}}\nmaps:\n  - {{name: m, pin: {self.pin(name)}, "
                    f"max_label_bytes: 100, on_limit: {on_limit}, key: [{{name: text, type: char, count: 200}}], "
                    "value: u64, metrics: [{name: x, type: gauge, labels: {k: text}}]}\n")
                for n_reads in 2, 3:  # one was before
                    series = exporter.metrics()
                    shown = {dict(k[1])["k"]: int(v) for k, v in series.items() if k[0] == "x"}
                    other = shown.pop("other", None)
                    fit = len(shown)
                    self.assertIn(fit, range(90, 101))
                    self.assertEqual(shown, {"x" * n: 1 << n % 40 for n in range(1, fit + 1)})
                    rest = sum(1 << n % 40 for n in range(fit + 1, 201))
                    self.assertEqual(other, rest if on_limit == "other" else None)
                    dropped = self.dropped(series, name)
                    self.assertEqual(dropped, dict.fromkeys(dropped, 0) | {reason: n_reads * (200 - fit)})
                self.assertEqual(exporter.stop(), 0)

    def test_sum_of_instances(self):
        """Each map has the limit, and so has their sum: with `other`, all of it is there."""
        helds = {}
        for name in "ma", "mb", "mc":
            fd, held = self.make(name), {}
            helds[name] = fd, held
            for key in range(ENTRIES):
                self.put(fd, held, key)
        exporter = self.start(self.config(f"instances: sum, max_series: {LIMIT}, on_limit: other", pin="m*"))
        for _ in range(5):
            shown, other, _ = self.read(exporter)
            self.assertIn(len(shown), (LIMIT - 1, LIMIT))
            self.assertEqual(sum(shown.values()) + other,
                             sum(sum(held.values()) for _, held in helds.values()))
            for fd, held in helds.values():
                self.churn(fd, held)

    def check_timeout(self, big, timeout_ms):
        """The map `big` cannot be read in time, those around it can."""
        config = ["global: {refresh: off, at_scrape: always, max_series: 10000000, read_timeout: "
                  f"{timeout_ms}ms}}\nmaps:\n"]
        for name in "a", "z":
            fd = self.make(name)
            bpf.update(fd, struct.pack("=I", 1), struct.pack("=Q", 7))
            config.append(f"  - {{name: {name}, pin: {self.pin(name)}, key: u32, value: u64, metrics: "
                          f"[{{name: {name}, type: gauge, labels: {{k: key}}}}]}}\n")
        config.insert(2, big)
        exporter = self.start("".join(config))
        slowest = 0
        for n in range(1, 9):
            start = time.monotonic()
            text = exporter.get("/metrics").text
            slowest = max(slowest, time.monotonic() - start)
            self.assertNotIn("\nbig{", text)
            series = support.parse_metrics(text)
            for name in "a", "z":
                self.assert_value(series, 7, name, k="1")
                self.assert_value(series, 1, "bpfmap_up", map=name, pin=self.pin(name))
            labels = {"map": "big", "pin": self.pin("big")}
            self.assert_value(series, 0, "bpfmap_up", **labels)
            self.assert_value(series, n + 1, "bpfmap_read_errors_total", reason="timeout", **labels)
            self.assertNotIn(support.series_key("bpfmap_entries", **labels), series)
            self.assert_value(series, 0, "bpfmap_series", **labels)
        self.assertEqual(exporter.log().count("reason=timeout"), 1, exporter.log())
        print(f"slowest scrape {slowest * 1e3:.0f} ms")
        self.assertLess(slowest, 2)
        return exporter

    def make_big(self, n):
        fd = self.make("big", entries=n)
        for first in range(0, n, 100000):
            keys = array.array("I", range(first, min(n, first + 100000)))
            bpf.update_batch(fd, keys.tobytes(), array.array("Q", keys).tobytes(), len(keys))

    def test_timeout_of_the_read(self):
        self.make_big(1000000)
        self.check_timeout(f"  - {{name: big, pin: {self.pin('big')}, key: u32, value: u64, metrics: "
                           "[{name: big, type: gauge, labels: {k: key}}]}\n", 1)

    def test_timeout_of_decoders(self):
        self.make_big(60000)
        slow = "{regex: [" + ", ".join(
            f"{{match: '(.*)(.*)(.*){i}x', replace: y}}" for i in range(20)) + "]}"
        self.check_timeout(f"  - {{name: big, pin: {self.pin('big')}, key: u32, value: u64, metrics: "
                           f"[{{name: big, type: gauge, labels: {{k: {{field: key, decode: {slow}}}}}}}]}}\n",
                           30)


if __name__ == "__main__":
    support.run_tests()
