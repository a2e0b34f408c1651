#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Maps of every kind, without metrics: they are up, and as full as they are."""

import os
import socket
import struct

import bpf
import support

# The numbers of the kernel, and what it asks for: key size, value size, flags.
KINDS = {"hash": (1, 4, 8, 0), "array": (2, 4, 8, 0), "prog_array": (3, 4, 4, 0),
         "perf_event_array": (4, 4, 4, 0), "percpu_hash": (5, 4, 8, 0), "percpu_array": (6, 4, 8, 0),
         "stack_trace": (7, 4, 64, 0), "cgroup_array": (8, 4, 4, 0), "lru_hash": (9, 4, 8, 0),
         "lru_percpu_hash": (10, 4, 8, 0), "lpm_trie": (11, 8, 8, 1), "array_of_maps": (12, 4, 4, 0),
         "hash_of_maps": (13, 4, 4, 0), "devmap": (14, 4, 4, 0), "sockmap": (15, 4, 8, 0),
         "cpumap": (16, 4, 4, 0), "xskmap": (17, 4, 4, 0), "sockhash": (18, 4, 8, 0), "queue": (22, 0, 8, 0),
         "stack": (23, 0, 8, 0), "devmap_hash": (25, 4, 4, 0), "ringbuf": (27, 0, 0, 0),
         "bloom_filter": (30, 0, 8, 0), "user_ringbuf": (31, 0, 0, 0)}
ARRAYS = "array", "percpu_array"
# The kernel does not say how full they are, or only whether they are.
NEVER_TOLD = "perf_event_array", "cgroup_array", "xskmap", "bloom_filter"
TOLD_EMPTY = "queue", "stack"
# Of these the test does not make any.
NOT_FILLED = ARRAYS + ("perf_event_array", "cgroup_array", "stack_trace", "xskmap", "ringbuf", "user_ringbuf")
N_MAX = {"ringbuf": 4096, "user_ringbuf": 4096, "cpumap": 4}


def of(number):
    return struct.pack("=I", number)


class WatchedMaps(support.Case):
    def create(self, kind):
        """The map's descriptor, or None where this kernel has none."""
        number, key_size, value_size, flags = KINDS[kind]
        inner = 0
        if kind.endswith("_of_maps"):
            inner = bpf.create("array", 4, 8, 1)
            self.addCleanup(os.close, inner)
        try:
            fd = bpf._call(0, struct.pack("=7I16s", number, key_size, value_size, N_MAX.get(kind, 64), flags,
                                          inner, 0, kind[:15].encode()))
        except OSError as e:
            print(f"{kind} cannot be made here: {e}")
            return None
        self.addCleanup(os.close, fd)
        bpf.pin(fd, self.pin(kind))
        return fd

    @staticmethod
    def push(fd, value):
        """Into a map without keys."""
        at, buffer = bpf._address(value)
        bpf._call(2, struct.pack("=IIQQQ", fd, 0, 0, at, 0))
        del buffer

    def put(self, kind, fd, i):
        """The i-th entry, from 0 on. Whether it is there."""
        _, key_size, value_size, _ = KINDS[kind]
        key, value = of(i), bytes(value_size)
        if kind in NOT_FILLED or (kind == "cpumap" and i >= bpf.N_CPUS):
            return False
        if kind.startswith(("percpu", "lru_percpu")):
            value *= bpf.N_CPUS
        elif kind == "lpm_trie":
            key = of(32) + of(i)
        elif kind == "prog_array":
            value = of(self.program)
        elif kind.endswith("_of_maps"):
            value = of(self.inner)
        elif kind == "cpumap":
            value = of(64)
        elif kind.startswith("devmap"):
            value = of(1)  # the loopback device
        elif kind.startswith("sock"):
            value = struct.pack("=Q", self.socket.fileno())
        elif not key_size:
            key = b""
        try:
            if key:
                bpf.update(fd, key, value)
            else:
                self.push(fd, of(i) + bytes(4))
        except OSError as e:
            print(f"{kind} cannot be filled here: {e}")
            return False
        return True

    def setUp(self):
        super().setUp()
        self.program = bpf.load_program()
        self.addCleanup(os.close, self.program)
        self.inner = bpf.create("array", 4, 8, 1)
        self.addCleanup(os.close, self.inner)
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.socket = socket.create_connection(listener.getsockname())
        self.addCleanup(self.socket.close)

    def check(self, exporter, maps):
        """maps: how much is in each."""
        series = exporter.metrics()
        types = {dict(k[1])["pin"]: dict(k[1])["map_type"] for k in series if k[0] == "bpfmap_info"}
        self.assertEqual(types, {self.pin(kind): kind for kind in maps})
        for kind, n in maps.items():
            labels = {"map": kind, "pin": self.pin(kind)}
            most = N_MAX.get(kind, 64)
            with self.subTest(kind, n=n):
                self.assert_value(series, 1, "bpfmap_up", **labels)
                self.assert_value(series, most, "bpfmap_max_entries", **labels)
                entries = series.get(support.series_key("bpfmap_entries", **labels))
                if kind in NEVER_TOLD or (kind in TOLD_EMPTY and n):
                    self.assertIsNone(entries)
                else:
                    self.assertEqual(entries, str(most if kind in ARRAYS else n))

    def test_all(self):
        fds = {kind: fd for kind in KINDS if (fd := self.create(kind)) is not None}
        self.assertGreater(len(fds), 20)
        exporter = self.start("global: {refresh: off, at_scrape: always}\nmaps:\n" + "".join(
            f"  - {{name: {kind}, pin: {self.pin(kind)}}}\n" for kind in fds))
        held = dict.fromkeys(fds, 0)
        self.check(exporter, held)
        for i in range(3):
            for kind, fd in fds.items():
                held[kind] += self.put(kind, fd, i)
            self.check(exporter, held)
        print(f"in them: {held}")
        self.assertGreater(sum(n > 0 for n in held.values()), 14)
        self.assertNotIn("level=warn", exporter.log())


if __name__ == "__main__":
    support.run_tests()
