#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""A scraper that says how long it waits gets an answer by then: of a slow map what was read before, and it is counted."""

import os
import struct
import time

import bpf
import faults
import support

TIMEOUT = "X-Prometheus-Scrape-Timeout-Seconds"
SLOW_MS = 1500


class Beginner(support.Exporter):
    """Asked before its first pass has ended."""

    def is_ready(self):
        try:
            return self.get("/-/healthy").status == 200
        except OSError:
            return False


class ScrapeTimeout(support.Case):
    def setUp(self):
        super().setUp()
        self.faults = faults.Faults(self.folder, self.pin("slow"))
        self.fds = {name: bpf.create("hash", 4, 8, 10, name=name) for name in ("slow", "fast")}
        for name, fd in self.fds.items():
            self.addCleanup(os.close, fd)
            bpf.pin(fd, self.pin(name))
        self.count_to(1)
        self.config = "global: {refresh: off, at_scrape: always}\nmaps:\n" + "".join(
            f"  - {{name: {name}, pin: {self.pin(name)}, key: u32, value: u64, "
            f"metrics: [{{name: {name}_total, type: counter}}]}}\n" for name in self.fds)

    def count_to(self, value):
        for fd in self.fds.values():
            bpf.update(fd, struct.pack("=I", 0), struct.pack("=Q", value))

    def scrape(self, timeout_s, query=""):
        """The series, and how long it took."""
        start = time.monotonic()
        answer = self.exporter.get("/metrics" + query, {TIMEOUT: str(timeout_s)})
        took_s = time.monotonic() - start
        self.assertEqual(answer.status, 200, answer.text)
        return support.parse_metrics(answer.text), took_s

    def assert_shown(self, series, slow, fast, n_timeouts):
        self.assert_value(series, slow, "slow_total")
        self.assert_value(series, fast, "fast_total")
        self.assert_value(series, 1, "bpfmap_up", map="slow", pin=self.pin("slow"))
        self.assert_value(series, n_timeouts, "bpfmap_scrape_timeouts_total", map="slow")
        self.assert_value(series, 0, "bpfmap_scrape_timeouts_total", map="fast")

    def start_exporter(self):
        self.exporter = self.start(self.config, prefix=self.faults.prefix())

    def test_last_snapshot(self):
        self.start_exporter()
        series, _ = self.scrape(30)
        self.assert_shown(series, 1, 1, 0)
        for n in (1, 2):
            with self.subTest(n=n):
                self.count_to(10 * n)
                self.faults.delay("MAP_LOOKUP_BATCH", SLOW_MS)
                series, took_s = self.scrape(0.6)
                self.assertLess(took_s, 0.6)
                self.assert_shown(series, 10 * (n - 1) or 1, 10 * n, n)
                # In time for this one, and no later than the read takes.
                series, took_s = self.scrape(60)
                self.assertLess(took_s, 10)
                self.assert_shown(series, 10 * n, 10 * n, n)
        self.assertEqual(self.exporter.log().count("a scrape's time was up"), 1, self.exporter.log())
        self.assertNotIn("in time again", self.exporter.log())
        series, _ = self.scrape(0.6)
        self.assert_shown(series, 20, 20, 2)
        self.assertEqual(self.exporter.log().count("is read in time again"), 1, self.exporter.log())

    def test_only_who_waits_is_counted(self):
        """A scrape of other maps does not wait for the slow one."""
        self.start_exporter()
        self.scrape(30)
        self.count_to(2)
        self.faults.delay("MAP_LOOKUP_BATCH", SLOW_MS)
        self.scrape(0.6)
        series, took_s = self.scrape(0.6, "?map[]=fast")
        self.assertLess(took_s, 0.6)
        self.assert_value(series, 2, "fast_total")
        self.assertNotIn(support.series_key("bpfmap_scrape_timeouts_total", map="slow"), series)
        series, _ = self.scrape(30)
        self.assert_shown(series, 2, 2, 1)

    def test_nothing_was_read_before(self):
        self.faults.delay("MAP_LOOKUP_BATCH", 2 * SLOW_MS)
        self.exporter = Beginner(self.folder, self.config, prefix=self.faults.prefix())
        self.addCleanup(lambda: self.assertEqual(self.exporter.stop(), 0, self.exporter.log()))
        series, took_s = self.scrape(0.6)
        self.assertLess(took_s, 0.6)
        self.assert_value(series, 1, "fast_total")
        self.assert_value(series, 1, "bpfmap_scrape_timeouts_total", map="slow")
        self.assertEqual([k for k in series if k[0] == "slow_total"], [])
        series, _ = self.scrape(30)
        self.assert_shown(series, 1, 1, 1)


if __name__ == "__main__":
    support.run_tests()
