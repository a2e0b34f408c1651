#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""What Prometheus makes of it: the server itself scrapes, promtool finds nothing to say."""

import os
import struct
import subprocess
import threading
import time

import bpf
import servers
import support

TICK_S = 0.1
STEP = 1234
SECONDS = 25


class Driver(threading.Thread):
    """Adds STEP to the entry at each tick of the clock, however late it is woken."""

    def __init__(self, fd):
        super().__init__(daemon=True)
        self.fd, self.end = fd, threading.Event()

    def run(self):
        start = time.monotonic()
        while not self.end.wait(TICK_S - (time.monotonic() - start) % TICK_S):
            n = round((time.monotonic() - start) / TICK_S)
            bpf.update(self.fd, struct.pack("=I", 0), struct.pack("=Q", n * STEP))


class Prometheus(support.Case):
    def test_rate_of_a_steady_counter(self):
        fd = bpf.create("array", 4, 8, 1, name="driven")
        bpf.pin(fd, self.pin("driven"))
        exporter = self.start(
            f"maps:\n  - {{name: driven, pin: {self.pin('driven')}, key: u32, value: u64, metrics: "
            "[{name: driven_total, type: counter, labels: {k: key}}]}\n")
        driver = Driver(fd)
        driver.start()
        self.addCleanup(driver.join, 10)
        self.addCleanup(driver.end.set)
        server = servers.prometheus(self, exporter.port)
        support.wait_until(lambda: server.value("driven_total") is not None, "it is scraped")
        time.sleep(SECONDS)
        self.assertEqual(server.value("min_over_time(up[20s])"), 1)
        self.assertEqual(server.value("bpfmap_up"), 1)
        self.assertGreaterEqual(server.value("count_over_time(driven_total[20s])"), 18)
        rate = server.value("rate(driven_total[20s])")
        error = rate / (STEP / TICK_S) - 1
        print(f"rate() is {rate:.1f} a second, off by {100 * error:+.2f} %")
        self.assertLess(abs(error), 0.02)


class Promtool(support.Case):
    def check(self, text):
        result = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                                text=True, check=False)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_rich_configuration(self):
        """Every byte in labels, every type of metric, scales, patterns, drains, and what is missing."""
        for name, kind in (("if_a", "hash"), ("if_b", "hash"), ("cpus", "percpu_hash"), ("drained", "hash")):
            n_cpus = bpf.N_CPUS if "percpu" in kind else 1
            fd = bpf.create(kind, 4, 16, 300, name=name)
            for i in range(256):
                bpf.update(fd, bytes([i, 255 - i, i, i ^ 0x55]), struct.pack("=QQ", i << 40, i) * n_cpus)
            bpf.pin(fd, self.pin(name))
        shape = ("key: [{name: raw, type: char, count: 4}], "
                 "value: [{name: ns, type: u64}, {name: n, type: u64}]")
        exporter = self.start(
            "maps:\n"
            f"  - {{name: each, pin: '{self.pins}/if_*', {shape}, labels: {{device: $1, raw: raw, "
            "hex: {field: raw, decode: hex}}, metrics: [\n"
            "      {name: busy_seconds_total, type: counter, help: 'Time\\n\"spent\".', value: {field: ns, scale: ns}},\n"
            "      {name: things, type: gauge, value: {field: n, shift: 1, mask: 0xff}, skip_zero: true}]}\n"
            f"  - {{name: cpus, pin: {self.pin('cpus')}, {shape}, cpu: avg, labels: {{hex: {{field: raw, decode: hex}}}}, "
            "metrics: [{name: mean_things, type: gauge, value: n}, {name: thing_info, type: info}]}\n"
            f"  - {{name: drained, pin: {self.pin('drained')}, {shape}, read: drain, "
            "labels: {hex: {field: raw, decode: hex}}, metrics: [{name: drained_things_total, type: counter, value: n}]}\n"
            f"  - {{name: missing, pin: {self.pin('missing')}, {shape}, metrics: [{{name: missing_total, type: counter, value: n}}]}}\n"
            f"  - {{name: empty, pin: '{self.pins}/none_*'}}\n")
        text = exporter.get("/metrics").text
        self.assertIn("busy_seconds_total{", text)
        self.assertIn("drained_things_total{", text)
        self.assertIn("\ufffd", text)
        self.check(text)
        self.check(exporter.get("/metrics?map[]=each").text)

    def test_bundled_configuration(self):
        with open(os.path.join(support.TOP, "config", "bpfmap_exporter.yml"), encoding="utf-8") as f:
            exporter = self.start(f.read())
        self.check(exporter.get("/metrics").text)


if __name__ == "__main__":
    support.run_tests()
