#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""A pin comes, names another map, goes: a scrape that begins after it shows what is pinned then."""

import os
import shutil
import struct
import time

import bpf
import support

PROG_LOAD, RAW_TRACEPOINT_OPEN, RAW_TRACEPOINT = 5, 17, 17
INSTANCES = "/proc/sys/fs/inotify/max_user_instances"


def link():
    """A program that does nothing, attached where nothing calls it for long."""
    code, kept = bpf._address(struct.pack("=BBhiBBhi", 0xb7, 0, 0, 0, 0x95, 0, 0, 0))
    license_at, also_kept = bpf._address(b"GPL\0")
    program = bpf._call(PROG_LOAD, struct.pack("=IIQQIIQ", RAW_TRACEPOINT, 2, code, license_at, 0, 0, 0))
    name, and_this = bpf._address(b"sched_process_exec\0")
    fd = bpf._call(RAW_TRACEPOINT_OPEN, struct.pack("=QI", name, program))
    del kept, also_kept, and_this
    return fd


def cpu_s(exporter):
    """The time of a CPU that it has had."""
    with open(f"/proc/{exporter.process.pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class PinLife(support.Case):
    def make(self, value, key_size=4, value_size=8, btf=None, n=1):
        """A hash with the keys 1 to n, of this value."""
        fd = bpf.create("hash", key_size, value_size, 100, name="life", btf=btf or (0, 0, 0))
        for key in range(1, n + 1):
            bpf.update(fd, key.to_bytes(key_size, "little"), value.to_bytes(value_size, "little"))
        self.addCleanup(os.close, fd)
        return fd

    def remove(self, name):
        path = self.pin(name)
        if os.path.isdir(path):
            os.rmdir(path)
        elif os.path.lexists(path):
            os.unlink(path)

    def pin_over(self, fd, name):
        bpf.pin(fd, self.pin("new"))
        os.rename(self.pin("new"), self.pin(name))

    def pin_anew(self, fd, name):
        self.remove(name)
        bpf.pin(fd, self.pin(name))

    def config(self, settings, layout="key: u32, value: u64, "):
        return (f"maps:\n  - {{name: m, pin: {self.pin('m')}, {layout}{settings}, metrics: "
                "[{name: x_total, type: counter, labels: {k: key}}]}\n")

    def shown(self, exporter):
        """What is shown of the map: its state, and {key: value}."""
        series = exporter.metrics()
        up = [v for k, v in series.items() if k[0] == "bpfmap_up"]
        values = {dict(k[1])["k"]: int(v) for k, v in series.items() if k[0] == "x_total"}
        return up, values, series

    def number(self, series, name, **labels):
        return int(series[support.series_key(name, map="m", pin=self.pin("m"), **labels)])

    def test_replaced(self):
        """Seen by the scrape after it, 10 ms after the last one."""
        for settings in "refresh: 1h", "refresh: off", "refresh: 1h, at_scrape: always":
            for how in self.pin_over, self.pin_anew:
                with self.subTest(settings=settings, how=how.__name__):
                    self.pin_anew(self.make(1000), "m")
                    exporter = self.start(self.config(settings))
                    for n in range(25):
                        self.assertEqual(self.shown(exporter)[:2], (["1"], {"1": 1000 + n}))
                        time.sleep(0.01)
                        how(self.make(1001 + n), "m")
                    up, values, series = self.shown(exporter)
                    self.assertEqual((up, values), (["1"], {"1": 1025}))
                    self.assertEqual(self.number(series, "bpfmap_reopens_total"), 25)
                    self.assertEqual(exporter.stop(), 0)

    def test_replaced_and_no_scrape_reads(self):
        self.pin_anew(self.make(1), "m")
        exporter = self.start(self.config("refresh: 1h, at_scrape: never"))
        for n in range(2, 8):
            (self.pin_over if n % 2 else self.pin_anew)(self.make(n), "m")
            replaced = time.monotonic()
            support.wait_until(lambda: self.shown(exporter)[1] == {"1": n}, "the new map is shown")
            self.assertLess(time.monotonic() - replaced, 0.5)

    def test_comes_and_goes(self):
        for settings in "refresh: 1h", "refresh: off":
            with self.subTest(settings):
                exporter = self.start(self.config(settings))
                up, values, series = self.shown(exporter)
                self.assertEqual((up, values), (["0"], {}))
                first, second = self.make(1), self.make(2)
                reopens = 0
                for fd, value in (first, 1), (first, 1), (second, 2), (second, 2), (first, 1):
                    bpf.pin(fd, self.pin("m"))
                    up, values, series = self.shown(exporter)
                    self.assertEqual((up, values), (["1"], {"1": value}))
                    reopens += self.number(series, "bpfmap_reopens_total") != reopens
                    os.unlink(self.pin("m"))
                    up, values, series = self.shown(exporter)
                    self.assertEqual((up, values), (["0"], {}))
                    self.assert_value(series, 1, "bpfmap_instances", map="m")
                    self.assertEqual(self.number(series, "bpfmap_reopens_total"), reopens)
                self.assertEqual(reopens, 2)
                self.assertGreater(self.number(series, "bpfmap_read_errors_total", reason="missing"), 4)
                self.assertEqual(exporter.stop(), 0)

    def test_something_else_instead(self):
        """Down, and not a number more, until there is a map again that the configuration fits."""
        good = self.make(5)
        self.pin_anew(good, "m")
        exporter = self.start(self.config("refresh: 1h"))
        others = {"folder": ("type", lambda: os.mkdir(self.pin("m"))),
                  "program": ("type", lambda: bpf.pin(bpf.load_program(), self.pin("m"))),
                  "link": ("type", lambda: bpf.pin(link(), self.pin("m"))),
                  "wide key": ("layout", lambda: bpf.pin(self.make(6, key_size=8), self.pin("m"))),
                  "narrow key": ("layout", lambda: bpf.pin(self.make(6, key_size=2), self.pin("m"))),
                  "wide value": ("layout", lambda: bpf.pin(self.make(6, value_size=16), self.pin("m"))),
                  "narrow value": ("layout", lambda: bpf.pin(self.make(6, value_size=4), self.pin("m")))}
        for name, (reason, make) in others.items():
            with self.subTest(name):
                self.assertEqual(self.shown(exporter)[:2], (["1"], {"1": 5}))
                self.remove("m")
                make()
                up, values, series = self.shown(exporter)
                self.assertEqual((up, values), (["0"], {}))
                self.assertGreater(self.number(series, "bpfmap_read_errors_total", reason=reason), 0)
                self.pin_anew(good, "m")
        self.assertEqual(self.shown(exporter)[:2], (["1"], {"1": 5}))

    def test_another_layout_in_btf(self):
        """Fields that move, or have other types, are found where they are now."""
        def layout(fields, size, key_signed=False):
            btf = bpf.Btf()
            types = {"u32": btf.integer("unsigned int", 4), "u64": btf.integer("unsigned long", 8),
                     "s32": btf.integer("int", 4, signed=True)}
            value = btf.structure("value", size, [(n, types[t], at) for n, t, at in fields])
            return btf.load(), types["s32" if key_signed else "u32"], value

        def pin(packed, *args, **kwargs):
            btf = layout(*args, **kwargs)
            fd = bpf.create("hash", 4, len(packed), 10, name="life", btf=btf)
            bpf.update(fd, b"\xff" * 4, packed)
            self.pin_over(fd, "m")

        pin(struct.pack("=QQ", 7, 1), [("count", "u64", 0), ("other", "u64", 8)], 16)
        exporter = self.start(
            f"maps:\n  - {{name: m, pin: {self.pin('m')}, refresh: 1h, metrics: [{{name: x_total, type: "
            "counter, value: count, labels: {k: key}}]}\n")
        key = str(0xffffffff)
        self.assertEqual(self.shown(exporter)[:2], (["1"], {key: 7}))
        pin(struct.pack("=QQ", 1, 8), [("other", "u64", 0), ("count", "u64", 8)], 16)
        self.assertEqual(self.shown(exporter)[:2], (["1"], {key: 8}))
        pin(struct.pack("=II", 1, 9), [("other", "u32", 0), ("count", "u32", 4)], 8)
        self.assertEqual(self.shown(exporter)[:2], (["1"], {key: 9}))
        pin(struct.pack("=II", 10, 1), [("count", "u32", 0), ("other", "u32", 4)], 8, key_signed=True)
        self.assertEqual(self.shown(exporter)[:2], (["1"], {"-1": 10}))
        pin(struct.pack("=QQ", 1, 11), [("other", "u64", 0), ("counts", "u64", 8)], 16)
        up, values, series = self.shown(exporter)
        self.assertEqual((up, values), (["0"], {}))
        self.assertGreater(self.number(series, "bpfmap_read_errors_total", reason="layout"), 0)
        pin(struct.pack("=QQ", 1, 12), [("other", "u64", 0), ("count", "u64", 8)], 16)
        up, values, series = self.shown(exporter)
        self.assertEqual((up, values), (["1"], {key: 12}))
        self.assertEqual(self.number(series, "bpfmap_reopens_total"), 5)

    def test_not_watched(self):
        """Where inotify cannot be had it looks at each read, and says so once."""
        with open(INSTANCES, encoding="ascii") as f:
            before = f.read()

        def restore():
            with open(INSTANCES, "w", encoding="ascii") as f:
                f.write(before)

        self.addCleanup(restore)
        self.pin_anew(self.make(1), "m")
        with open(INSTANCES, "w", encoding="ascii") as f:
            f.write("0")
        exporter = self.start(self.config("refresh: 200ms, at_scrape: never"))
        restore()
        for n in 2, 3:
            self.pin_over(self.make(n), "m")
            support.wait_until(lambda: self.shown(exporter)[1] == {"1": n}, "the new map is shown",
                               patience_s=2)
        self.assertEqual(exporter.log().count("pins are not watched"), 1, exporter.log())

    @staticmethod
    def switches(exporter):
        """How often its threads have waited for something."""
        n, folder = 0, f"/proc/{exporter.process.pid}/task"
        for task in os.listdir(folder):
            with open(f"{folder}/{task}/status", encoding="ascii") as f:
                n += next(int(x.split()[1]) for x in f if x.startswith("voluntary_ctxt_switches:"))
        return n

    def test_idle(self):
        """Nobody asks, nothing changes: it wakes up to read, and else not."""
        config = "global: {refresh: 10s}\nmaps:\n"
        for i in range(5):
            self.pin_anew(self.make(i), f"m{i}")
            config += f"  - {{name: m{i}, pin: {self.pin(f'm{i}')}}}\n"
        exporter = self.start(config)
        time.sleep(1)
        before = self.switches(exporter)
        time.sleep(12)
        n = self.switches(exporter) - before
        print(f"{n} switches in 12 s with two rounds of five reads at most")
        self.assertTrue(2 <= n <= 40, n)

    def test_churn(self):
        """Pins that change 200 times a second cost little, and make no scrape late or wrong."""
        self.pin_anew(self.make(0), "m")
        exporter = self.start(self.config("refresh: 10s"))
        maps = [bpf.create("hash", 4, 8, 1, name="life") for _ in range(100)]
        for i, fd in enumerate(maps):
            bpf.update(fd, struct.pack("=I", 1), struct.pack("=Q", i))
        start, cpu, n, latest, scraped = time.monotonic(), cpu_s(exporter), 0, 0, 0
        while (now := time.monotonic() - start) < 6:
            self.pin_over(maps[n % 100], "m")
            if now > scraped:
                asked = time.monotonic()
                self.assertEqual(self.shown(exporter)[:2], (["1"], {"1": n % 100}))
                latest = max(latest, time.monotonic() - asked)
                scraped += 0.5
            n += 1
            time.sleep(max(0, start + n / 200 - time.monotonic()))
        cpu = cpu_s(exporter) - cpu
        print(f"{n} changes: {cpu / now * 100:.1f}% of a CPU, the slowest scrape {latest * 1e3:.0f} ms")
        self.assertGreater(n, 6 * 100)
        self.assertLess(cpu / now, 0.15)
        self.assertLess(latest, 1)
        for fd in maps:
            os.close(fd)


class Many(support.Case):
    PREFIX = ["prlimit", "--nofile=20000"]
    PLAIN = "{name: x_total, type: counter}"
    HISTOGRAM = "{name: h, type: histogram, buckets: {field: counts, scheme: exp2, edges: upper}}"

    def config(self, labels, metric, value="u64"):
        return (f"global: {{refresh: off, at_scrape: always, read_timeout: 30s}}\nmaps:\n  - {{name: m, pin: "
                f"'{self.pins}/p*', key: u32, value: {value}, {labels}, metrics: [{metric}]}}\n")

    def add(self, which, value_size=8):
        for i in which:
            fd = bpf.create("hash", 4, value_size, 1, name="many")
            bpf.update(fd, struct.pack("=I", 1), struct.pack("=Q", i).ljust(value_size, b"\0"))
            bpf.pin(fd, self.pin(f"p{i:04}"))
            os.close(fd)

    def remove(self, which):
        for i in which:
            os.unlink(self.pin(f"p{i:04}"))

    def read(self, exporter):
        """What is shown, and what that cost."""
        start = cpu_s(exporter)
        text = exporter.get("/metrics").text
        return text, cpu_s(exporter) - start

    def shown(self, text):
        lead = 'x_total{which="'
        lines = [x for x in text.splitlines() if x.startswith(lead)]
        found = {int(x[len(lead):len(lead) + 4]): int(x.split()[-1]) for x in lines}
        self.assertEqual(len(found), len(lines))
        return found

    def test_gained_and_lost(self):
        exporter = self.start(self.config("labels: {which: $1}", self.PLAIN), prefix=self.PREFIX)
        times = []
        for there in range(0), range(3000), range(1500, 3000), range(3000), range(0), range(3000):
            now = {int(x[1:]) for x in os.listdir(self.pins)}
            self.add(set(there) - now)
            self.remove(now - set(there))
            text, seconds = self.read(exporter)
            times.append(f"{seconds * 1e3:.0f}")
            self.assertEqual(self.shown(text), {i: i for i in there})
            self.assertIn(f'\nbpfmap_instances{{map="m"}} {len(there)}\n', text)
            self.assertEqual(text.count("\nbpfmap_up{"), len(there))
            self.assertLess(seconds, 2)
        print("CPU time of scrapes in ms:", ", ".join(times))

    def grow(self, sizes, config, value_size=8):
        """The first scrape, one like it, and one after most pins have gone: the CPU time of each."""
        times = {}
        for n in sizes:
            self.add(range(n), value_size)
            exporter = self.start(config, prefix=self.PREFIX)
            times[n] = [self.read(exporter)[1], min(self.read(exporter)[1] for _ in range(3))]
            self.remove(range(n // 4, n))
            text, seconds = self.read(exporter)
            times[n].append(seconds)
            up = [x.split()[-1] for x in text.splitlines() if x.startswith("bpfmap_up{")]
            self.assertEqual((len(up), set(up)), (n // 4, {"1"}), exporter.log()[-300:])
            self.assertEqual(exporter.stop(), 0)
            self.remove(range(n // 4))
        print({n: [f"{x * 1e3:.0f} ms" for x in t] for n, t in times.items()})
        (few, short), (many, long) = times.items()
        for a, b in zip(short, long):
            self.assertLess(b, 2 * many / few * a + 0.3)

    def test_histograms(self):
        self.grow((2000, 8000), self.config("labels: {which: $1}", self.HISTOGRAM,
                                            "[{name: counts, type: u64, count: 20}]"), 160)

    def test_summed_counters(self):
        self.grow((2000, 8000), self.config("instances: sum", self.PLAIN))

    def test_summed_gauges(self):
        self.grow((2000, 8000), self.config("instances: sum", "{name: x, type: gauge}"))


if __name__ == "__main__":
    support.run_tests()
