#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""2,000 pins that come, go and are replaced: what is shown was pinned, and nothing is kept open.

tests/tools/pin_churner.c changes them, and logs what was true when.
"""

import bisect
import collections
import json
import os
import struct
import subprocess
import time

import faults
import support

SECONDS = 300 if os.environ.get("LONG") else 12
N_PINS, PER_SECOND = 2000, 1000
CHANGE = struct.Struct("=QQIIQ")
NEVER = 1 << 63


class History:
    """Of each pin what it named, in turn, and when that changed; 0 is nothing."""

    def __init__(self, path):
        self._file = open(path, "rb")
        self._pins = collections.defaultdict(lambda: [(0, 0, 0)])  # begin, end, number
        self.ids = set()
        self.known_until = self.n = 0

    def close(self):
        self._file.close()

    def read_until(self, at):
        """All changes that began before. The log is in order: the first later one says so."""
        while self.known_until <= at:
            record = self._file.read(CHANGE.size)
            if len(record) < CHANGE.size:
                self._file.seek(-len(record), os.SEEK_CUR)
                return False
            begin, end, pin, map_id, number = CHANGE.unpack(record)
            self._pins[pin].append((begin, end, number))
            self.ids.add(map_id)
            self.known_until = begin
            self.n += 1
        return True

    def within(self, pin, first, last):
        """The numbers that it may have named between these times."""
        changes = self._pins[pin]
        numbers, at = set(), bisect.bisect_left(changes, last, key=lambda c: c[0]) - 1
        while at >= 0:
            numbers.add(changes[at][2])
            if changes[at][1] <= first:
                break
            at -= 1
        return numbers


class PinChurn(support.Case):
    def start_churner(self, shape):
        log = os.path.join(self.folder, "changes")
        process = subprocess.Popen(
            [os.path.join(faults.TOOLS, "pin_churner"), shape, self.pins, log, str(N_PINS), str(PER_SECOND)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.communicate()))
        self.assertEqual(process.stdout.readline(), "ready\n")
        history = History(log)
        self.addCleanup(history.close)
        return process, history

    def tell(self, process, answer):
        process.stdin.write("\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), answer)

    def start_exporter(self, pattern):
        return self.start(
            "global: {refresh: off, at_scrape: always}\nmaps:\n"
            f"  - {{name: each, pin: '{self.pins}/{pattern}', key: u32, value: u64, labels: "
            "{which: $1}, metrics: [{name: a_number, type: gauge}]}\n")

    def read(self, exporter):
        """What is shown: {pin: number}, {pin: up}, the number of instances."""
        numbers, up, instances = {}, {}, None
        for line in exporter.get("/metrics").text.split("\n"):
            name, _, value = line.rpartition(" ")
            if line.startswith('a_number{which="'):
                self.put(numbers, int(name[16:20]), int(value))
            elif line.startswith('bpfmap_up{'):
                pin = name.removesuffix('"}').removesuffix("/stats")
                self.put(up, int(pin[-4:]), int(value))
            elif line.startswith('bpfmap_instances{'):
                instances = int(value)
        return numbers, up, instances

    def put(self, where, pin, value):
        self.assertNotIn(pin, where, "twice")
        where[pin] = value

    def check(self, history, first, last, shown, known=None):
        """How many pins did not change meanwhile. known: those that are found whatever a listing of the folder says."""
        numbers, up, instances = shown
        most = n_steady = 0
        for pin in range(N_PINS):
            may = history.within(pin, first, last)
            most += may != {0}
            n_steady += len(may) == 1 and 0 not in may
            number = numbers.get(pin, 0)
            is_found = 0 not in may and (known is None or pin in known or len(may) == 1)
            if is_found:
                self.assertEqual(up.get(pin), 1, f"p{pin:04} was there all the time: {may}")
            if number or is_found:
                self.assertIn(number, may, f"p{pin:04} in {(last - first) / 1e9} s, up {up.get(pin)}")
        self.assertLessEqual(len(numbers), most)
        self.assertTrue(n_steady <= instances <= most, (n_steady, instances, most))
        return n_steady

    @staticmethod
    def descriptors(exporter):
        """Of maps, and all others but connections."""
        folder, links = f"/proc/{exporter.process.pid}/fd", []
        for name in os.listdir(folder):
            try:
                links.append(os.readlink(os.path.join(folder, name)))
            except FileNotFoundError:
                continue
        n_maps = links.count("anon_inode:bpf-map")
        return n_maps, len([x for x in links if not x.startswith("socket:")]) - n_maps

    @staticmethod
    def loaded():
        return {m["id"] for m in json.loads(support.bpftool("-j", "map", "show"))}

    def churn(self, shape, pattern):
        exporter = self.start_exporter(pattern)
        self.read(exporter)
        constant = self.descriptors(exporter)
        self.assertEqual(constant[0], 0)
        process, history = self.start_churner(shape)
        waiting, n, n_steady = [], 0, 0
        # A name that another one is renamed to while the folder is listed may be passed by.
        known = None if shape == "nested" else set()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            first = time.monotonic_ns()
            shown = self.read(exporter)
            waiting.append((first, time.monotonic_ns(), shown, known))
            known = None if shape == "nested" else set(shown[1])
            while waiting and history.read_until(waiting[0][1]):
                n_steady += self.check(history, *waiting.pop(0))
                n += 1
        self.tell(process, "quiet\n")
        history.read_until(NEVER)
        for w in waiting:
            n_steady += self.check(history, *w)
        print(f"{shape}: {n} scrapes, {history.n} changes, {n_steady // n} of {N_PINS} pins did not change "
              "during a scrape")
        self.assertGreater(n, SECONDS // 2)
        self.assertGreater(n_steady // n, N_PINS // 10)
        self.check_quiet(exporter, process, history, constant)

    def check_quiet(self, exporter, process, history, constant):
        now = time.monotonic_ns()
        numbers, up, instances = shown = self.read(exporter)
        self.assertEqual(self.check(history, now, NEVER, shown), len(numbers))
        self.assertEqual(list(up.values()), [1] * len(numbers))
        self.assertEqual(instances, len(numbers))
        self.assertEqual(self.descriptors(exporter), (len(numbers), constant[1]))
        process.communicate("\n")
        self.assertEqual(process.returncode, 0)
        history.read_until(NEVER)
        self.assertEqual(self.read(exporter), ({}, {}, 0))
        self.assertEqual(self.descriptors(exporter), constant)
        support.wait_until(lambda: not self.loaded() & history.ids, "none of the maps is loaded")

    def test_in_folders_of_their_own(self):
        self.churn("nested", "p*/stats")

    def test_in_one_folder(self):
        self.churn("flat", "p*")


if __name__ == "__main__":
    support.run_tests()
