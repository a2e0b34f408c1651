#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""evict_idle on real maps: only idle keys are deleted, each is shown once more, no count is lost."""

import errno
import os
import random
import shutil
import struct
import threading
import time

import bpf
import support

MAP_FREEZE, EXIST = 22, 2
PER_CPU = "percpu_hash", "lru_percpu_hash"


def key_of(i):
    return struct.pack("=I", i)


class Evict(support.Case):
    def make(self, kind="hash", entries=1000):
        fd = bpf.create(kind, 4, 8, entries, name="evict")
        self.addCleanup(os.close, fd)
        return fd

    def put(self, fd, i, value, kind="hash", flags=bpf.ANY):
        bpf.update(fd, key_of(i), struct.pack("=Q", value) * (bpf.N_CPUS if kind in PER_CPU else 1), flags)

    def config(self, metrics="{name: x_total, type: counter, labels: {k: key}}"):
        """Nothing is read, or evicted, but by a scrape."""
        return ("global: {refresh: off, at_scrape: always}\nmaps:\n"
                f"  - {{name: m, pin: {self.pin('m')}, key: u32, value: u64, evict_idle: 1s, metrics: "
                f"[{metrics}]}}\n")

    def keys_in(self):
        return {struct.unpack("=I", k)[0] for k in support.dump(self.pin("m"))}

    def shown(self, exporter):
        """{key: value}, and all series."""
        series = exporter.metrics()
        return {int(dict(k[1])["k"]): int(v) for k, v in series.items() if k[0] == "x_total"}, series

    def number(self, series, name, **labels):
        return int(series[support.series_key(name, map="m", pin=self.pin("m"), **labels)])

    def check_type(self, kind):
        n_values = bpf.N_CPUS if kind in PER_CPU else 1
        fd = self.make(kind)
        bpf.pin(fd, self.pin("m"))
        active, idle = range(1, 51), range(51, 101)
        for i in idle:
            self.put(fd, i, i, kind)
        start = time.monotonic()
        exporter = self.start(self.config())
        self.assertIn("level=warn msg=\"evict_idle: keys whose values do not change are deleted from the map\" "
                      f"map=m pin={self.pin('m')} after_seconds=1\n", exporter.log())
        last_shown, before = {}, set(idle)
        for n in range(100):
            if time.monotonic() - start > 1.6:
                break
            for i in active:
                self.put(fd, i, n, kind)
            values, series = self.shown(exporter)
            after = self.keys_in()
            for i in active:
                self.assertEqual(values[i], n * n_values)
            # What was in the map when the scrape began is shown, with the value that it had.
            self.assertEqual({i: v for i, v in values.items() if i in idle},
                             {i: i * n_values for i in before})
            self.assertLessEqual(set(active), after)
            if after & set(idle) != before:
                last_shown[time.monotonic() - start] = before - after
            before = after & set(idle)
            time.sleep(0.1)
        self.assertEqual(before, set())
        self.assertEqual(set().union(*last_shown.values()), set(idle))
        self.assertGreater(min(last_shown), 1)
        self.assertEqual(self.number(series, "bpfmap_evicted_keys_total"), len(idle))
        self.assertEqual(self.number(series, "bpfmap_read_errors_total", reason="evict"), 0)
        self.assertEqual(self.number(series, "bpfmap_up"), 1)

    def test_hash(self):
        self.check_type("hash")

    def test_lru_hash(self):
        self.check_type("lru_hash")

    def test_percpu_hash(self):
        self.check_type("percpu_hash")

    def test_lru_percpu_hash(self):
        self.check_type("lru_percpu_hash")

    def test_one_cpu_counts(self):
        """A key that changes on one CPU only is not idle."""
        fd = self.make("percpu_hash")
        bpf.pin(fd, self.pin("m"))
        exporter = self.start(self.config())
        start, n = time.monotonic(), 0
        while time.monotonic() - start < 1.5:
            n += 1
            bpf.update(fd, key_of(1), bytes(8) * (bpf.N_CPUS - 1) + struct.pack("=Q", n))
            self.assertEqual(self.shown(exporter)[0], {1: n})
            time.sleep(0.1)
        self.assertEqual(self.keys_in(), {1})

    def test_frozen(self):
        """Read all the same; that it cannot be helped is said once, and counted."""
        fd = self.make()
        self.put(fd, 1, 5)
        bpf.pin(fd, self.pin("m"))
        bpf._call(MAP_FREEZE, struct.pack("=I", fd))
        exporter = self.start(self.config())
        self.shown(exporter)
        time.sleep(1.1)
        for n in range(1, 4):
            values, series = self.shown(exporter)
            self.assertEqual(values, {1: 5})
            self.assertEqual(self.number(series, "bpfmap_up"), 1)
            self.assertEqual(self.number(series, "bpfmap_read_errors_total", reason="evict"), n)
            self.assertEqual(self.number(series, "bpfmap_evicted_keys_total"), 0)
        self.assertEqual(exporter.log().count("reason=evict"), 1, exporter.log())

    def test_read_only_pin(self):
        program = os.path.join(self.folder, "bpfmap_exporter")
        shutil.copy(support.EXPORTER, program)
        os.chmod(program, 0o755)
        mode = os.stat("/sys/fs/bpf").st_mode & 0o7777
        self.addCleanup(os.chmod, "/sys/fs/bpf", mode)
        os.chmod("/sys/fs/bpf", mode | 0o011)
        os.chmod(self.pins, 0o711)
        fd = self.make()
        self.put(fd, 1, 5)
        bpf.pin(fd, self.pin("m"))
        os.chmod(self.pin("m"), 0o444)
        exporter = self.start(self.config(), prefix=support.AS_NOBODY, program=program)
        values, series = self.shown(exporter)
        self.assertEqual(values, {})
        self.assertEqual(self.number(series, "bpfmap_up"), 0)
        self.assertGreater(self.number(series, "bpfmap_read_errors_total", reason="permission"), 0)
        self.assertIn("evict_idle deletes from the map, so it must be writable", exporter.log())
        os.chmod(self.pin("m"), 0o666)
        self.assertEqual(self.shown(exporter)[0], {1: 5})

    def test_replaced(self):
        """The keys of another map are new, though they look as the old ones did."""
        maps = [self.make() for _ in range(3)]
        exporter = self.start(self.config())
        for fd in maps:
            for i in range(1, 11):
                self.put(fd, i, i)
            bpf.pin(fd, self.pin("new"))
            os.rename(self.pin("new"), self.pin("m"))
            self.assertEqual(len(self.shown(exporter)[0]), 10)
            time.sleep(0.7)
            self.assertEqual(len(self.shown(exporter)[0]), 10)
            self.assertEqual(len(self.keys_in()), 10)
        time.sleep(0.4)
        self.assertEqual(len(self.shown(exporter)[0]), 10)
        self.assertEqual(self.keys_in(), set())

    def count(self, fd, key, stop, lives, wrong):
        """As a program does, at random moments, now and then too late. lives: the last values of each.

        A life begins lower than the last one ended: the exporter can tell them apart even where it did
        not see the map without the key.
        """
        dice, value, first = random.Random(key), 0, 1 << 40
        while not stop.is_set():
            time.sleep(dice.choice((0.05, 0.1, 0.99, 1.0, 1.01, 1.3)))
            if value:
                try:
                    self.put(fd, key, value + 1, flags=EXIST)
                    value += 1
                    continue
                except OSError as e:
                    if e.errno != errno.ENOENT:
                        wrong.append(e)
                    lives.append(value)
            first >>= 1
            value = first
            try:
                self.put(fd, key, value, flags=bpf.NOEXIST)
            except OSError as e:
                wrong.append(e)
        lives.append(value)

    def hammer(self, fd, keys, stop, last, wrong):
        """Keys that are never idle: deleting one of them is a mistake."""
        for i in keys:
            self.put(fd, i, 1)
        n = 1
        while not stop.is_set():
            n += 1
            for i in keys:
                try:
                    self.put(fd, i, n, flags=EXIST)
                except OSError as e:
                    wrong.append((i, e))
        last.append(n * len(keys))

    def test_counted_meanwhile(self):
        """Whenever a key is deleted, what was counted in it until then is in the sum."""
        fd = self.make()
        bpf.pin(fd, self.pin("m"))
        stop, lives, wrong, last = threading.Event(), [], [], []
        exporter = self.start(self.config("{name: sum_total, type: counter}"))
        threads = [threading.Thread(target=self.count, args=(fd, key, stop, lives, wrong))
                   for key in range(100)]
        threads.append(threading.Thread(target=self.hammer,
                                        args=(fd, range(1000, 1200), stop, last, wrong)))
        for t in threads:
            t.start()
        end, before = time.monotonic() + 6, 0
        while time.monotonic() < end:
            now = int(exporter.metrics()[support.series_key("sum_total")])
            self.assertGreaterEqual(now, before)
            before = now
            time.sleep(0.02)
        stop.set()
        for t in threads:
            t.join()
        series = exporter.metrics()
        self.assertEqual(wrong, [])
        print(f"{len(lives)} lives of 100 keys, {self.number(series, 'bpfmap_evicted_keys_total')} evicted, "
              f"{last[0]} counts beside them")
        self.assertGreater(len(lives), 150)
        self.assert_value(series, sum(lives) + last[0], "sum_total")


if __name__ == "__main__":
    support.run_tests()
