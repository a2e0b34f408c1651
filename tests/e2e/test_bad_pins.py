#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""A pin that cannot be read: the others are served, bpfmap_up is 0, the log says why, once."""

import os
import shutil
import struct
import time

import bpf
import support

REFRESH = "global: {refresh: 200ms, at_scrape: never}\n"


def entry(name, pin, key="u32"):
    return (f"  - {{name: {name}, pin: '{pin}', key: {key}, value: u64, metrics: "
            f"[{{name: {name}_total, type: counter, labels: {{k: key}}}}]}}\n")


class BadPins(support.Case):
    def make(self, name, value=7, key_size=4):
        """A hash with one entry, the key 1, pinned under this name."""
        fd = bpf.create("hash", key_size, 8, 10, name=name)
        bpf.update(fd, (1).to_bytes(key_size, "little"), struct.pack("=Q", value))
        bpf.pin(fd, self.pin(name))
        return fd

    def up(self, exporter, name, query=""):
        return exporter.metrics(query).get(
            support.series_key("bpfmap_up", map=name, pin=self.pin(name)))

    def wait_up(self, exporter, name, value):
        support.wait_until(lambda: self.up(exporter, name) == value, f"bpfmap_up of {name} is {value}",
                           exporter.log)

    def lines(self, exporter, name):
        return [line for line in exporter.log().splitlines() if f"map={name} " in line]

    def assert_bad(self, exporter, name, reason):
        """Down for this reason, said once in many passes, while the good one is served."""
        self.wait_up(exporter, name, "0")
        time.sleep(1)
        series = exporter.metrics()
        errors = series[support.series_key("bpfmap_read_errors_total", map=name, pin=self.pin(name),
                                           reason=reason)]
        self.assertGreater(int(errors), 3)
        self.assertEqual([k for k in series if k[0] == f"{name}_total"], [])
        self.assert_value(series, 7, "good_total", k="1")
        self.assert_value(series, 1, "bpfmap_up", map="good", pin=self.pin("good"))
        complaints = [x for x in self.lines(exporter, name) if "level=warn" in x]
        self.assertEqual(len(complaints), 1, exporter.log())
        self.assertIn(f"reason={reason}", complaints[0])

    def assert_well(self, exporter, name, value):
        self.wait_up(exporter, name, "1")
        support.wait_until(
            lambda: exporter.metrics().get(support.series_key(f"{name}_total", k="1")) == str(value),
            f"{name}_total is {value}", exporter.log)
        time.sleep(0.5)
        again = [x for x in self.lines(exporter, name) if "read again" in x]
        self.assertEqual(len(again), 1, exporter.log())

    def start_with_good(self, config):
        self.make("good")
        return self.start(REFRESH + "maps:\n" + entry("good", self.pin("good")) + config)

    def test_missing_then_there(self):
        exporter = self.start_with_good(entry("late", self.pin("late")))
        self.assert_bad(exporter, "late", "missing")
        self.make("late", 5)
        self.assert_well(exporter, "late", 5)

    def test_removed_then_back(self):
        fd = self.make("gone", 5)
        exporter = self.start_with_good(entry("gone", self.pin("gone")))
        self.wait_up(exporter, "gone", "1")
        os.unlink(self.pin("gone"))
        self.assert_bad(exporter, "gone", "missing")
        bpf.pin(fd, self.pin("gone"))
        self.assert_well(exporter, "gone", 5)

    def test_a_program(self):
        bpf.pin(bpf.load_program(), self.pin("program"))
        exporter = self.start_with_good(entry("program", self.pin("program")))
        self.assert_bad(exporter, "program", "type")
        os.unlink(self.pin("program"))
        self.make("program", 5)
        self.assert_well(exporter, "program", 5)

    def test_another_layout(self):
        self.make("wide", key_size=8)
        exporter = self.start_with_good(entry("wide", self.pin("wide")))
        self.assert_bad(exporter, "wide", "layout")
        os.unlink(self.pin("wide"))
        self.make("wide", 5)
        self.assert_well(exporter, "wide", 5)

    def test_another_type(self):
        support.bpftool("map", "create", self.pin("queue"), "type", "queue", "value", "8", "entries",
                        "4", "name", "queue")
        exporter = self.start_with_good(entry("queue", self.pin("queue")))
        self.assert_bad(exporter, "queue", "layout")

    def test_a_folder_and_no_bpf_filesystem(self):
        os.mkdir(self.pin("folder"))
        config = entry("folder", self.pin("folder")) + entry("file", "/proc/self/status")
        exporter = self.start_with_good(config)
        self.assert_bad(exporter, "folder", "type")
        self.assert_value(exporter.metrics(), 0, "bpfmap_up", map="file", pin="/proc/self/status")
        self.assertEqual(len(self.lines(exporter, "file")), 1)

    def test_replaced_while_running(self):
        self.make("swapped", 5)
        exporter = self.start_with_good(entry("swapped", self.pin("swapped")))
        self.wait_up(exporter, "swapped", "1")
        fd = bpf.create("hash", 4, 8, 99, name="other")
        bpf.update(fd, struct.pack("=I", 1), struct.pack("=Q", 6))
        bpf.pin(fd, self.pin("new"))
        os.rename(self.pin("new"), self.pin("swapped"))
        support.wait_until(
            lambda: exporter.metrics().get(support.series_key("swapped_total", k="1")) == "6",
            "the new map is read", exporter.log)
        series = exporter.metrics()
        self.assert_value(series, 1, "bpfmap_reopens_total", map="swapped", pin=self.pin("swapped"))
        self.assert_value(series, 99, "bpfmap_max_entries", map="swapped", pin=self.pin("swapped"))
        self.assert_value(series, 1, "bpfmap_up", map="swapped", pin=self.pin("swapped"))
        self.assertEqual(len(self.lines(exporter, "swapped")), 1, exporter.log())

    def test_a_pattern(self):
        """Matches come and go; what the * stood for is a label."""
        config = (f"  - {{name: each, pin: '{self.pins}/if_*', key: u32, value: u64, labels: "
                  "{device: $1}, metrics: [{name: each_total, type: counter, labels: {k: key}}]}\n")
        exporter = self.start_with_good(config)
        self.assert_value(exporter.metrics(), 0, "bpfmap_instances", map="each")
        self.make("if_eth0", 1)
        self.make("if_eth1", 2)

        def devices():
            return {dict(k[1])["device"]: v for k, v in exporter.metrics().items()
                    if k[0] == "each_total"}

        support.wait_until(lambda: devices() == {"eth0": "1", "eth1": "2"}, "both are there")
        os.unlink(self.pin("if_eth0"))
        support.wait_until(lambda: devices() == {"eth1": "2"}, "one is gone")
        self.assert_value(exporter.metrics(), 1, "bpfmap_instances", map="each")


class AsNobody(support.Case):
    """Without any capability: what the pin's mode grants, and no more."""

    def start_as_nobody(self, config):
        program = os.path.join(self.folder, "bpfmap_exporter")
        shutil.copy(support.EXPORTER, program)  # the build may lie where nobody may not go
        os.chmod(program, 0o755)
        # systemd mounts bpffs 0700.
        mode = os.stat("/sys/fs/bpf").st_mode & 0o7777
        self.addCleanup(os.chmod, "/sys/fs/bpf", mode)
        os.chmod("/sys/fs/bpf", mode | 0o011)
        os.chmod(self.pins, 0o711)
        return self.start(config, prefix=support.AS_NOBODY, program=program)

    def make(self, name, mode):
        fd = bpf.create("percpu_hash", 4, 8, 10, name=name)
        bpf.update(fd, struct.pack("=I", 1), struct.pack("=Q", 3) * bpf.N_CPUS)
        bpf.pin(fd, self.pin(name))
        os.chmod(self.pin(name), mode)

    def test_modes(self):
        names = {"readable": 0o644, "closed": 0o000, "own": 0o600, "writable": 0o666}
        config = REFRESH + "maps:\n"
        for name, mode in names.items():
            self.make(name, mode)
            config += entry(name, self.pin(name))
        self.make("drained", 0o644)
        config += entry("drained", self.pin("drained")).replace("key:", "read: drain, key:", 1)
        exporter = self.start_as_nobody(config)
        with open(f"/proc/{exporter.process.pid}/status", encoding="ascii") as f:
            status = f.read()
        self.assertIn("CapEff:\t0000000000000000", status)
        self.assertIn("CapBnd:\t0000000000000000", status)
        self.assertRegex(status, r"Uid:\t65534\t65534\t65534")
        time.sleep(1)
        series = exporter.metrics()
        for name in names:
            ok = name in ("readable", "writable")
            with self.subTest(name):
                self.assert_value(series, int(ok), "bpfmap_up", map=name, pin=self.pin(name))
                if ok:
                    self.assert_value(series, 3 * bpf.N_CPUS, f"{name}_total", k="1")
                else:
                    self.assertEqual(exporter.log().count(f"map={name} "), 1, exporter.log())
        self.assert_value(series, 0, "bpfmap_up", map="drained", pin=self.pin("drained"))
        self.assertIn("reason=permission", exporter.log())
        os.chmod(self.pin("closed"), 0o444)
        support.wait_until(
            lambda: exporter.metrics().get(support.series_key("closed_total", k="1")),
            "the pin that became readable is read", exporter.log)

    def test_folder_that_cannot_be_listed(self):
        self.make("map_a", 0o644)
        exporter = self.start_as_nobody(
            REFRESH + f"maps:\n  - {{name: all, pin: '{self.pins}/map_*', key: u32, value: u64, labels: "
            "{which: $1}, metrics: [{name: all_total, type: counter, labels: {k: key}}]}\n")
        time.sleep(1)
        self.assert_value(exporter.metrics(), 0, "bpfmap_instances", map="all")
        self.assertEqual(exporter.log().count("map=all "), 1, exporter.log())
        os.chmod(self.pins, 0o755)
        support.wait_until(lambda: support.series_key("all_total", which="a", k="1") in
                           exporter.metrics(), "the folder that became listable is", exporter.log)


if __name__ == "__main__":
    support.run_tests()
