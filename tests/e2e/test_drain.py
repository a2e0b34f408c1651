#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Drained maps: filled in rounds while the exporter empties them; no count is lost or doubled."""

import errno
import struct
import time

import bpf
import support

KINDS = ["hash", "lru_hash", "percpu_hash", "lru_percpu_hash"]
N_KEYS = 500


class Drain(support.Case):
    def insert(self, fd, n_cpus, key, value):
        """Whether the entry was not there and is now."""
        try:
            bpf.update(fd, struct.pack("=I", key), struct.pack("=Q", value) * n_cpus, bpf.NOEXIST)
        except OSError as e:
            if e.errno != errno.EEXIST:
                raise
            return False
        return True

    def test_totals_are_exact(self):
        fds, totals, n_inserted = {}, {}, {}
        config = "global: {refresh: 100ms, at_scrape: never}\nmaps:\n"
        for kind in KINDS:
            fds[kind] = bpf.create(kind, 4, 8, 4 * N_KEYS, name=kind)
            bpf.pin(fds[kind], self.pin(kind))
            totals[kind], n_inserted[kind] = [0] * N_KEYS, 0
            config += (f"  - {{name: {kind}, pin: {self.pin(kind)}, read: drain, key: u32, value: u64, "
                       f"metrics: [{{name: {kind}_total, type: counter, labels: {{k: key}}}}]}}\n")
        exporter = self.start(config)
        end = time.monotonic() + 4
        n_rounds = 0
        while time.monotonic() < end:
            n_rounds += 1
            for kind, fd in fds.items():
                n_cpus = bpf.N_CPUS if "percpu" in kind else 1
                for key in range(n_rounds % 7, N_KEYS, 1 + n_rounds % 5):
                    value = key * n_rounds + 1
                    if self.insert(fd, n_cpus, key, value):
                        totals[kind][key] += value * n_cpus
                        n_inserted[kind] += 1

        def drained(kind):
            return int(exporter.metrics()[support.series_key(
                "bpfmap_drained_entries_total", map=kind, pin=self.pin(kind))])

        for kind in KINDS:
            with self.subTest(kind):
                self.assertGreater(n_inserted[kind], 3 * N_KEYS)
                support.wait_until(lambda k=kind: drained(k) >= n_inserted[k], "all is drained",
                                   patience_s=10)
                self.assertEqual(drained(kind), n_inserted[kind])
                self.assertEqual(support.dump(self.pin(kind)), {})
                found = {dict(k[1])["k"]: v for k, v in exporter.metrics().items()
                         if k[0] == f"{kind}_total"}
                self.assertEqual(found, {str(i): str(t) for i, t in enumerate(totals[kind])})


if __name__ == "__main__":
    support.run_tests()
