#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""A map whose keys are replaced 400,000 times a second, and every scrape of it is right.

tests/tools/churner.c says which keys there are; its control page, between which moments.
"""

import collections
import errno
import mmap
import os
import statistics
import struct
import subprocess
import time

import faults
import support

LONG = bool(os.environ.get("LONG"))
SECONDS = 600 if LONG else 10
# Resident memory: from when on it is looked at, over how many scrapes, and what it may be at the end.
SETTLED_S, N_LOOKS, MAY_GROW = (60, 100, 1.05) if LONG else (2, 5, 1.25)
RATE = 400000
# The numbers of churner.c.
N_CONSTANT, N_STABLE, SPACE = 25000, 50000, 1 << 20
MIX = 2654435761
UNMIX = pow(MIX, -1, SPACE)
CONTROL = struct.Struct("=6Q")
GZIP = {"Accept-Encoding": "gzip"}
LEAD = b'churned_total{k="'


def of_key(key):
    return (key * MIX & 0xffffffff) << 24


CONSTANT = {key: of_key(key) for key in range(N_CONSTANT)}


class Churner:
    """tests/tools/churner at work on a map pinned at this path, until end()."""

    def __init__(self, kind, pin, folder):
        path = os.path.join(folder, "control")
        with open(path, "wb") as f:
            f.write(bytes(mmap.PAGESIZE))
        with open(path, "rb") as f:
            self._page = mmap.mmap(f.fileno(), mmap.PAGESIZE, prot=mmap.PROT_READ)
        self._process = subprocess.Popen([os.path.join(faults.TOOLS, "churner"), kind, pin, path, str(RATE)],
                                         stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        support.wait_until(lambda: os.path.exists(pin) or self._process.poll() is not None,
                           "the map is there")

    def state(self):
        """delete_begun, delete_done, insert_begun, insert_done, round_begun, round_done."""
        return CONTROL.unpack_from(self._page)

    def end(self):
        """What it complained of."""
        complaints = self._process.communicate()[1]
        return complaints if self._process.returncode else None


class Churn(support.Case):
    def start_churner(self, kind):
        churner = Churner(kind, self.pin("churned"), self.folder)
        self.addCleanup(churner.end)
        return churner

    def start_exporter(self, kind, **kwargs):
        key, labels = "u32", "{k: key}"
        if kind == "lpm_trie":
            key = "[{name: length, type: u32}, {name: number, type: be32}]"
            labels = "{k: number, length: length}"
        return self.start(
            "global: {refresh: off, at_scrape: always, max_series: 1000000, read_timeout: 30s}\nmaps:\n"
            f"  - {{name: churned, pin: {self.pin('churned')}, key: {key}, value: u64, metrics: "
            f"[{{name: churned_total, type: counter, labels: {labels}}}]}}\n", **kwargs)

    def read(self, exporter, headers, may_be_down=False):
        """{key: value}; no key twice. Empty where the map may be down, and is."""
        text = exporter.get("/metrics", headers).text.encode()
        up = [x.split()[-1] for x in text.split(b"\n") if x.startswith(b"bpfmap_up{")]
        if may_be_down and up == [b"0"]:
            self.assertNotIn(LEAD, text)
            return {}
        self.assertEqual(up, [b"1"], exporter.log())
        text = text.replace(b'churned_total{k="0",length="0"} 1\n', b"")
        first = text.find(b"\n" + LEAD) + 1
        self.assertGreater(first, 0, text[:500])
        lines = text[first:text.index(b"\n# ", first)]
        n = lines.count(b"\n") + 1
        words = lines.replace(LEAD, b"").replace(b'",length="32"} ', b" ").replace(b'"} ', b" ").split()
        self.assertEqual(len(words), 2 * n)
        self.assertEqual(lines.count(LEAD), n)
        keys = [int(x) for x in words[::2]]
        found = dict(zip(keys, map(int, words[1::2])))
        if len(found) != n:
            self.fail(f"twice: {[k for k, times in collections.Counter(keys).items() if times > 1][:5]}")
        return found

    def check_stable(self, found, before, after):
        self.assertLessEqual(CONSTANT.items(), found.items(), self.first_wrong(found))
        missing = [k for k in range(N_CONSTANT, N_STABLE) if k not in found]
        self.assertEqual(missing[:5], [], f"{len(missing)} of those set again and again")
        low, high = before[5], after[4]
        bad = [(k, found[k] - of_key(k)) for k in range(N_CONSTANT, N_STABLE)
               if k in found and not low <= found[k] - of_key(k) <= high]
        self.assertEqual(bad, [], f"their round is not one of {low} to {high}")

    @staticmethod
    def first_wrong(found):
        wrong = [(k, found.get(k), v) for k, v in CONSTANT.items() if found.get(k) != v]
        return f"{len(wrong)} missing or wrong of those that stay: {wrong[:5]}"

    def check_replaced(self, found, before, after):
        """Each that is shown was in the map meanwhile; each that was all the time is shown."""
        row, bad = set(), []
        low, high = before[1], after[2]
        for key, value in found.items():
            if key < N_STABLE:
                continue
            seq = (value - of_key(key)) * SPACE + (key - SPACE) * UNMIX % SPACE
            if not (SPACE <= key < 2 * SPACE and low <= seq < high):
                bad.append((key, value, seq))
            row.add(seq)
        self.assertEqual(bad[:5], [], f"{len(bad)} keys or values that were not there: not {low} to {high}")
        there = set(range(after[0], before[3]))
        self.assertLessEqual(there, row, f"missing: {sorted(there - row)[:5]}")

    @staticmethod
    def rss_kb(exporter):
        with open(f"/proc/{exporter.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))

    def churn(self, kind, has_batches=True, **kwargs):
        churner = self.start_churner(kind)
        exporter = self.start_exporter(kind, **kwargs)
        start, first, memory = time.monotonic(), churner.state(), []
        n = n_up = most = 0
        while (now := time.monotonic() - start) < SECONDS:
            before = churner.state()
            found = self.read(exporter, GZIP if n % 4 == 3 else {}, not has_batches)
            after = churner.state()
            n += 1
            if found:
                self.check_stable(found, before, after)
                self.check_replaced(found, before, after)
            most = max(most, len(found))
            n_up += bool(found)
            if now > SETTLED_S:
                memory.append(self.rss_kb(exporter))
        rate = (churner.state()[3] - first[3]) / now
        settled, last = (statistics.median(x) for x in (memory[:N_LOOKS], memory[-N_LOOKS:]))
        print(f"{n} scrapes, {n - n_up} down, of up to {most} series, {rate:.0f} replaced a second, "
              f"VmRSS {settled:.0f} kB, then {last:.0f} kB")
        self.assertIsNone(churner.end(), "the kernel lost a key")
        self.assertGreater(n_up, SECONDS // 6 if has_batches else 0)
        # A walk from key to key that starts over meets more keys than there are at a time.
        is_walk = kind == "lpm_trie" or not has_batches
        self.assertLess(last, settled * (2 if is_walk else MAY_GROW))

    def test_hash(self):
        self.churn("hash")

    def test_lru_hash(self):
        self.churn("lru_hash")

    def test_lpm_trie(self):
        self.churn("lpm_trie")

    def test_hash_without_batches(self):
        """As on a kernel that does not know them, where it has to go from key to key.

        A key that is set anew moves in its bucket, and the walk may pass it by. One that vanishes
        under the walk makes it start over, until it is given up.
        """
        old = faults.Faults(self.folder, self.pin("churned"))
        old.arm("MAP_LOOKUP_BATCH", errno.EINVAL, n_fail=faults.FOR_GOOD)
        self.churn("hash", has_batches=False, prefix=old.prefix())
        counts = old.counts()
        self.assertEqual(counts["MAP_LOOKUP_BATCH"], 1)
        self.assertGreater(counts["MAP_LOOKUP_ELEM"], N_STABLE)


if __name__ == "__main__":
    support.run_tests()
