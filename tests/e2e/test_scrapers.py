#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""The servers that scrape the exporter find the numbers of the maps, whatever they ask for."""

import math

import all_types
import exposition
import servers
import support


class Scrapers(support.Case):
    def start_all(self):
        all_types.make(self.pins)
        return self.start(all_types.configuration(self.pins))

    def scraped(self, server):
        """{(name, frozenset of labels): double}; and the names of native histograms."""
        support.wait_until(lambda: server.query("count_over_time(bpfmap_up[1m]) > 1"), "it is scraped", server.log)
        self.assertEqual(server.value("min_over_time(up[1m])"), 1)
        found, native = {}, set()
        for x in server.query('{job="bpfmap"}'):
            name = x["metric"].pop("__name__")
            labels = frozenset((k, float(v) if k == "le" else v) for k, v in x["metric"].items()
                               if k not in ("job", "instance"))
            if not all_types.is_ours(name) or name == "up" or name.startswith("scrape_"):
                continue
            if "histogram" in x:
                native.add(name)
            else:
                found[name, labels] = exposition.comparable(float(x["value"][1]))
        return found, native

    def expected(self, form):
        """The same of the maps. A label without a value is none."""
        return {(name, frozenset((k, float(v) if k == "le" else v) for k, v in labels if v != "")):
                number if number == "NaN" else float(number)
                for (name, labels), number in all_types.Expected(form, "underscores").series.items()}

    def test_prometheus(self):
        """It asks for OpenMetrics."""
        server = servers.prometheus(self, self.start_all().port)
        found, native = self.scraped(server)
        self.assertEqual((found, native), (self.expected("openmetrics"), set()))
        self.assertNotRegex(server.log(), r"level=(warn|error)")

    def test_prometheus_with_native_histograms(self):
        """It asks for protobuf, and has those instead of their classic buckets."""
        server = servers.prometheus(self, self.start_all().port, "--enable-feature=native-histograms")
        found, native = self.scraped(server)
        names = {all_types.escaped(x, "underscores") for x in all_types.NATIVE}
        lines = {name + x for name in names for x in ("_bucket", "_sum", "_count")}
        expected = {k: v for k, v in self.expected("protobuf").items() if k[0] not in lines}
        self.assertEqual((found, native), (expected, names))
        self.assertNotRegex(server.log(), r"level=(warn|error)")

    def test_victoriametrics(self):
        """It asks for text, and keeps no NaN and 13 digits."""
        server = servers.victoriametrics(self, self.start_all().port)
        found, native = self.scraped(server)
        expected = {k: v for k, v in self.expected("text").items() if v != "NaN"}
        self.assertEqual((found.keys(), native), (expected.keys(), set()))
        for key, number in expected.items():
            self.assertTrue(math.isclose(found[key], number, rel_tol=1e-13), (key, found[key], number))
        about_itself = server.get("/metrics").decode().splitlines()
        self.assertIn('vm_rows_invalid_total{type="prometheus"} 0', about_itself)
        self.assertIn("vm_promscrape_scrapes_failed_total 0", about_itself)
        self.assertNotRegex(server.log(), r"\t(warn|error|fatal|panic)\t")


if __name__ == "__main__":
    support.run_tests()
