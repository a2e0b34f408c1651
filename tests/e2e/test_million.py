#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""A map of a million entries: one scrape has every one of them, and the body is streamed."""

import array
import gzip
import http.client

import bpf
import support

N = 1000000
# Two snapshots (keys, label text, its ends, values) and what is read at once; no body of 65 MB on top.
MEMORY_LIMIT = 120 * 1000 * 1000


def value_of(i):
    return i * 3 + (1 << 40)


class Million(support.Case):
    def setUp(self):
        super().setUp()
        fd = bpf.create("hash", 4, 8, N, name="million")
        step = 100000
        for first in range(0, N, step):
            keys = array.array("I", range(first, first + step))
            values = array.array("Q", (value_of(i) for i in range(first, first + step)))
            bpf.update_batch(fd, keys.tobytes(), values.tobytes(), step)
        bpf.pin(fd, self.pin("million"))

    def start_with(self, max_series):
        return self.start(
            f"global: {{refresh: off, max_series: {max_series}, read_timeout: 30s}}\nmaps:\n"
            f"  - {{name: million, pin: {self.pin('million')}, key: u32, value: u64, metrics: "
            "[{name: a_metric_of_somebody_total, type: counter, labels: {somebodys_key: key}}]}\n")

    def read_series(self, exporter, headers, unpack):
        """The body line by line, as it comes: {key: value}, and the sizes sent and unpacked."""
        lead = b'a_metric_of_somebody_total{somebodys_key="'
        found, n_bytes = {}, 0
        connection = http.client.HTTPConnection("127.0.0.1", exporter.port, timeout=60)
        connection.request("GET", "/metrics", headers=headers)
        for line in unpack(connection.getresponse()):
            n_bytes += len(line)
            if line.startswith(lead):
                key, value = line[len(lead):].split(b'"} ')
                self.assertNotIn(int(key), found)
                found[int(key)] = int(value)
        connection.close()
        return found, n_bytes

    def test_every_series(self):
        exporter = self.start_with(2 * N)
        cases = [({}, lambda response: response),
                 ({"Accept-Encoding": "gzip"}, lambda response: gzip.GzipFile(fileobj=response))]
        for headers, unpack in cases:
            with self.subTest(headers):
                found, n_bytes = self.read_series(exporter, headers, unpack)
                self.assertEqual(len(found), N)
                self.assertTrue(all(value == value_of(key) for key, value in found.items()))
                self.assertEqual(sum(found.values()), sum(value_of(i) for i in range(N)))
                self.assertGreater(n_bytes, N * 50)
        peak = exporter.peak_memory_bytes()
        print(f"peak memory {peak / 1e6:.0f} MB, body {n_bytes / 1e6:.0f} MB")
        self.assertLess(peak, MEMORY_LIMIT)
        self.assertEqual(exporter.stop(), 0)

    def test_limit(self):
        exporter = self.start_with(1000)
        series = exporter.metrics("?map[]=million")
        found = {int(dict(k[1])["somebodys_key"]): int(v) for k, v in series.items()
                 if k[0] == "a_metric_of_somebody_total"}
        self.assertEqual(len(found), 1000)
        self.assertTrue(all(value == value_of(key) for key, value in found.items()))
        labels = {"map": "million", "pin": self.pin("million")}
        n_reads = int(series[support.series_key("bpfmap_reads_total", **labels)])
        self.assert_value(series, (N - 1000) * n_reads, "bpfmap_series_dropped_total",
                          reason="max_series", **labels)
        self.assert_value(series, N, "bpfmap_entries", **labels)
        self.assert_value(series, 1000, "bpfmap_series", **labels)
        self.assert_value(series, 1, "bpfmap_up", **labels)


if __name__ == "__main__":
    support.run_tests()
