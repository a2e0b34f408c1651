#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""
Maps that the tools of Debian's libbpf-tools fill, by the example configurations.

The tools count while they are looked at, and their numbers only grow: what is exported lies between
two dumps of bpftool around it. Where a tool's numbers came to rest, it is what the tool prints.
"""

import os
import re
import signal
import struct
import subprocess
import sys
import time
from fractions import Fraction

import support

US = Fraction(1, 10**6)
SOFTIRQS = ["hi", "timer", "net_tx", "net_rx", "block", "irq_poll", "tasklet", "sched", "hrtimer", "rcu"]
# Wakes, sends over lo and writes to the disk until its input ends or so many times.
LOAD = """
import os, select, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
f = open(sys.argv[1], "wb", buffering=0)
sys.stdin.readline()
for i in range(int(sys.argv[2])):
    s.sendto(b"x", ("127.0.0.1", 9))
    f.write(os.urandom(4096))
    os.fsync(f.fileno())
    time.sleep(0.001)
"""


def slots_of(value, n, offset=0):
    return struct.unpack_from(f"={n}I", value, offset)


def buckets(name, labels, slots):
    """Slot i counted [2^i, 2^(i+1)) microseconds, the last what is longer, too: its series, le as a number."""
    labels, total = frozenset(labels.items()), 0
    for i, n in enumerate(slots):
        total += n
        yield (name + "_bucket", labels, (2**(i + 1) - 1) * US if i + 1 < len(slots) else None), total
    yield (name + "_count", labels, None), total


def runqlat(dump):
    for key, (value,) in dump["hists"].items():
        pid = struct.unpack("=I", key)[0]
        yield from buckets("runqueue_latency_seconds", {"pid": "all" if pid == 2**32 - 1 else str(pid)},
                           slots_of(value, 26))


def softirqs(dump):
    (value,), = dump["softirqs.bss"].values()
    for i, softirq in enumerate(SOFTIRQS):
        counted_us, = struct.unpack_from("=Q", value, 8 * i)
        if counted_us:
            yield ("softirq_seconds_total", frozenset({("softirq", softirq)}), None), counted_us * US
        yield from buckets("softirq_duration_seconds", {"softirq": softirq},
                           slots_of(value, 20, 80 + 80 * i))


def device_name(dev):
    target = os.readlink(f"/sys/dev/block/{dev >> 20}:{dev & 0xfffff}")
    return os.path.basename(target)


def biolatency(dump):
    for key, (value,) in dump["hists"].items():
        yield from buckets("block_io_duration_seconds",
                           {"device": device_name(struct.unpack("=II", key)[1])}, slots_of(value, 27))


def hardirqs(dump):
    for key, (value,) in dump["infos"].items():
        yield from buckets("hardirq_duration_seconds", {"irq": key.split(b"\0")[0].decode()},
                           slots_of(value, 20, 8))


def exported(series, prefix):
    """The series of one example, in the form of those above."""
    found = {}
    for (name, labels), value in series.items():
        if not name.startswith(prefix):
            continue
        labels = dict(labels)
        le = labels.pop("le", "+Inf")
        found[name, frozenset(labels.items()), None if le == "+Inf" else Fraction(le)] = Fraction(value)
    return found


class Tools(support.Case):
    def load(self, times=10**6):
        """A process that works when its input has a line."""
        process = subprocess.Popen([sys.executable, "-c", LOAD, os.path.join(self.folder, "load"), str(times)],
                                   stdin=subprocess.PIPE)
        self.addCleanup(support.end, process, signal.SIGTERM)
        return process

    def go(self, process):
        process.stdin.write(b"\n")
        process.stdin.close()

    def export(self, example):
        return self.start("global: {at_scrape: always}\n" + example)

    def dumps(self, tool, names):
        maps = support.maps_of(tool)
        return lambda: {name: support.dump_id(maps[name]) for name in names}

    def check(self, example, map_name, prefix, series_of, *options):
        text, command = support.example(example)
        tool = self.run_beside([*command[:1], *options, *command[1:]], [map_name])
        self.go(self.load())
        exporter = self.export(text)
        dump = self.dumps(tool, [map_name])
        support.wait_until(lambda: any(n for _, n in series_of(dump())), f"{command[0]} counted")
        time.sleep(1)
        low = dict(series_of(dump()))
        found = exported(exporter.metrics(), prefix)
        high = dict(series_of(dump()))
        self.assertGreater(len(low), 1)
        self.assertLessEqual(low.keys(), found.keys())
        self.assertLessEqual(found.keys(), high.keys())
        for key, value in found.items():
            self.assertTrue(low.get(key, 0) <= value <= high[key], (key, low.get(key), value, high[key]))
        self.assertGreater(sum(found.values()), 0)
        return tool, exporter

    def test_runqlat_by_process(self):
        tool, exporter = self.check("runqlat.yml", "hists", "runqueue_", runqlat, "-P")
        support.end(tool)
        support.wait_until(
            lambda: exporter.metrics()[support.series_key("bpfmap_instances", map="runqlat")] == "0",
            "the tool's map is gone: the exporter does not hold it")
        self.assertEqual(exported(exporter.metrics(), "runqueue_"), {})

    @support.needs_own_pids
    def test_runqlat_at_rest(self):
        """Of a process that ended: exactly what the tool prints."""
        text, command = support.example("runqlat.yml")
        process = self.load(300)
        tool = self.run_beside([command[0], "-p", str(process.pid), *command[1:]], ["hists"])
        exporter = self.export(text)
        time.sleep(0.5)  # its programs are attached some time after its maps are there
        self.go(process)
        process.wait()
        time.sleep(0.2)
        found = {k[2]: v for k, v in exported(exporter.metrics(), "runqueue_").items()
                 if k[0].endswith("_bucket")}
        support.end(tool)
        printed, total = {}, 0
        for last, n in re.findall(r"\d+ -> (\d+) +: (\d+)", support.read_text(tool.log)):
            total += int(n)
            printed[int(last) * US] = total
        self.assertGreater(total, 100)
        # It prints no slots above the last that counted.
        self.assertEqual({k: v for k, v in found.items() if k in printed}, printed)
        self.assertEqual({v for k, v in found.items() if k not in printed}, {total})

    def test_runqlat_by_the_second(self):
        """It empties its map each time that it prints: the histogram never falls."""
        text, command = support.example("runqlat.yml")
        self.run_beside([command[0], "1"], ["hists"])
        self.go(self.load())
        exporter = self.export(text)
        last, n_grown = {}, 0
        for _ in range(20):
            time.sleep(0.2)
            found = exported(exporter.metrics(), "runqueue_")
            self.assertLessEqual(last.keys(), found.keys())
            for key, value in last.items():
                self.assertGreaterEqual(found[key], value, key)
            n_grown += bool(last) and found != last
            last = found
        self.assertGreater(n_grown, 10)

    def test_zero_struct_in_bss(self):
        """runqlat's .bss holds one histogram of zeroes: a scalar field by name, every bucket there."""
        tool = self.run_beside(["runqlat", "86400"], ["runqlat_.bss"])
        series = self.start(
            "maps:\n  - name: zero\n    map_name: runqlat_.bss\n    instances: sum\n    metrics:\n"
            "      - name: zero_seconds\n        type: histogram\n"
            "        buckets: {field: zero.slots, scheme: exp2, edges: lower, scale: us, overflow: true}\n"
            "      - {name: slots, type: gauge, value: zero.slots.*, labels: {slot: $i}}\n").metrics()
        self.assertTrue(support.maps_of(tool))
        self.assert_value(series, 0, "zero_seconds_count")
        self.assertEqual(len([k for k in series if k[0] == "zero_seconds_bucket"]), 26)
        self.assertEqual({dict(k[1])["slot"]: v for k, v in series.items() if k[0] == "slots"},
                         {str(i): "0" for i in range(26)})

    def test_softirqs_histograms(self):
        tool, exporter = self.check("softirqs.yml", "softirqs.bss", "softirq_", softirqs)
        last = exported(exporter.metrics(), "softirq_duration_seconds_count")
        support.end(tool)
        printed = {}
        for line in support.read_text(tool.log).splitlines():
            if line.startswith("softirq = "):
                name = line.split()[2]
            elif "->" in line:
                printed[name] = printed.get(name, 0) + int(re.search(r": (\d+)", line)[1])
        for (_, labels, _), n in last.items():
            self.assertLessEqual(n, printed.get(dict(labels)["softirq"], 0), labels)
        self.assertGreater(sum(printed.values()), 0)

    def test_softirqs_sums(self):
        text, command = support.example("softirqs.yml")
        self.check_sums(text, self.run_beside([command[0], command[-1]], ["softirqs.bss"]))

    def check_sums(self, text, tool):
        self.go(self.load())
        exporter = self.export(text)
        dump = self.dumps(tool, ["softirqs.bss"])
        time.sleep(2)
        low = dict(softirqs(dump()))
        found = exported(exporter.metrics(), "softirq_")
        high = dict(softirqs(dump()))
        sums = [k for k in found if k[0] == "softirq_seconds_total"]
        self.assertGreater(len(sums), 1)
        for key in sums:
            self.assertTrue(low.get(key, 0) <= found[key] <= high[key], key)

    def test_biolatency(self):
        self.check("biolatency.yml", "hists", "block_io_", biolatency)

    def test_hardirqs(self):
        self.check("hardirqs.yml", "infos", "hardirq_", hardirqs)

    @support.needs_own_pids
    def test_syscount(self):
        """Of a process that ended: exactly what bpftool finds then."""
        text, command = support.example("syscount.yml")
        process = self.load(200)
        tool = self.run_beside([*command, "-p", str(process.pid)], ["data"])
        exporter = self.export(text)
        time.sleep(0.5)
        self.go(process)
        process.wait()
        time.sleep(0.2)
        series = exporter.metrics()
        expected = {}
        for key, (value,) in self.dumps(tool, ["data"])()["data"].items():
            count, total_ns = struct.unpack_from("=QQ", value)
            expected[struct.unpack("=I", key)[0]] = count, Fraction(total_ns, 10**9)
        names = {k: dict(k[1])["syscall"] for k in series if k[0] == "syscall_duration_seconds_count"}
        found = sorted((Fraction(series[k]), Fraction(series["syscall_duration_seconds_sum", k[1]]))
                       for k in names)
        self.assertEqual(found, sorted(expected.values()))
        self.assertGreaterEqual(set(names.values()), {"sendto", "write", "fsync", "clock_nanosleep"})
        self.assert_value(series, 200, "syscall_duration_seconds_count", syscall="fsync")


if __name__ == "__main__":
    support.run_tests()
