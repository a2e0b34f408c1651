#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""A configuration of ebpf_exporter, imported and served: its series are those that it would show."""

import os
import socket
import struct
import subprocess

import bpf
import exposition
import support

CTL = os.path.join(support.BUILD, "bpfmapctl")
WIRE = b"\7example\3com\0"

PEER = r"""
metrics:
  counters:
    - name: im_reads_total
      help: "Reads: of whom"
      labels:
        - {name: comm, size: 16, decoders: [{name: string}]}
        - {name: op, size: 1, padding: 3, decoders: [{name: uint}, {name: static_map, static_map: {0: read, 1: write}}]}
        - {name: saddr, size: 4, decoders: [{name: inet_ip}]}
        - {name: port, size: 2, padding: 2, decoders: [{name: uint}]}
    - name: im_names_total
      help: Names
      labels:
        - {name: errno, size: 4, decoders: [{name: uint}, {name: errno}]}
        - {name: interface, size: 4, decoders: [{name: ifname}]}
        - {name: cgroup, size: 8, decoders: [{name: uint}, {name: cgroup}]}
        - {name: address, size: 16, decoders: [{name: inet_ip}]}
        - {name: function, size: 8, decoders: [{name: ksym}]}
        - {name: qname, size: 32, decoders: [{name: string}, {name: dname}]}
    - name: im_call_total
      help: System calls
      labels:
        - {name: call, size: 8, decoders: [{name: uint}, {name: syscall}]}
    - name: im_comm_total
      help: Commands that match
      labels:
        - name: comm
          size: 16
          decoders:
            - name: string
            - {name: regexp, regexps: ['^(kswapd).*$', '^(?:cpu|irq)/(\d+)', 'sshd', '^exact$']}
            - {name: static_map, allow_unknown: true, static_map: {sshd: SSH}}
    - name: im_kept_total
      help: Commands that are known
      labels: [{name: comm, size: 8, decoders: [{name: string}, {name: regexp, regexps: ['^a+$', '^b$']}]}]
    - name: im_named_total
      help: Commands that are known, by other names
      labels: [{name: comm, size: 8, decoders: [{name: string}, {name: regexp, regexps: ['^a+$']}, {name: static_map, static_map: {aaa: three}}]}]
    - name: im_cpu_total
      help: By CPU
      labels:
        - {name: vec, size: 4, decoders: [{name: uint}]}
        - {name: cpu, size: 2, decoders: [{name: uint}]}
    - name: im_sum_total
      help: Of all CPUs
      labels: [{name: vec, size: 4, decoders: [{name: hex}]}]
    - name: im_gauge
      help: A counter, to its exporter
  histograms:
    - name: im_wait_seconds
      help: Waiting
      bucket_type: exp2
      bucket_min: 0
      bucket_max: 5
      bucket_multiplier: 0.000001
      labels:
        - {name: kind, size: 4, padding: 4, decoders: [{name: uint}]}
        - {name: bucket, size: 8, decoders: [{name: uint}]}
    - name: im_late_seconds
      help: Waiting long
      bucket_type: exp2
      bucket_min: 2
      bucket_max: 4
      bucket_multiplier: 0.001
      labels: &bucket [{name: bucket, size: 4, decoders: [{name: uint}]}]
    - {name: im_zero, help: Lengths, bucket_type: exp2zero, bucket_max: 4, labels: *bucket}
    - {name: im_line, help: Lengths, bucket_type: linear, bucket_min: 1, bucket_max: 3, bucket_multiplier: 50, labels: *bucket}
    - {name: im_fixed_bytes, help: Sizes, bucket_type: fixed, bucket_keys: [64, 512, 1500], labels: *bucket}
    - {name: im_fixed_byte, help: Sizes, bucket_type: fixed, bucket_keys: [9, 255], labels: [{name: bucket, size: 1, decoders: [{name: uint}]}]}
"""


def u32(n):
    return struct.pack("=I", n)


def u64(n):
    return struct.pack("=Q", n)


def reads_key(comm, op, addr, port):
    return struct.pack("=16sB3x4sH2x", comm, op, socket.inet_aton(addr), port)


class Import(support.Case):
    def make(self, name, kind, entries):
        """A map that is not pinned, as a loaded program's. Of per-CPU ones the values of all CPUs."""
        fd = bpf.create(kind, len(entries[0][0]), 8, max(len(entries), 4), name=name[:15])
        self.addCleanup(os.close, fd)
        for key, value in entries:
            bpf.update(fd, key, value if isinstance(value, bytes) else u64(value))

    def import_text(self, text, *options):
        path = os.path.join(self.folder, "peer.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return subprocess.run([CTL, "import", "ebpf_exporter", path, *options], capture_output=True,
                              text=True, check=False)

    def served(self, text):
        result = self.import_text(text)
        self.assertEqual(result.returncode, 0, result.stderr)
        check = self.check(result.stdout)
        self.assertEqual(check.returncode, 0, check.stderr)
        # What the check says of names and of the kernel's sizes is no mistake, but sizes would be.
        self.assertNotIn("layout", check.stderr)
        exporter = self.start(result.stdout)
        series = exposition.parse(exporter.get("/metrics").raw)
        for (name, labels), value in series.items():
            if name == "bpfmap_up":
                self.assertEqual(value, "1", labels)
        return {k: v for k, v in series.items() if k[0].startswith("ebpf_exporter_")}

    def fill_counters(self):
        self.make("im_reads_total", "hash", [
            (reads_key(b"cat", 0, "10.1.2.3", 80), 5), (reads_key(b"cat", 1, "10.1.2.3", 80), 6),
            (reads_key(b"cat", 9, "10.1.2.3", 443), 7)])
        lo = socket.if_nametoindex("lo")
        mapped = socket.inet_pton(socket.AF_INET6, "::ffff:192.0.2.1")
        v6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1")
        self.make("im_names_total", "lru_hash", [
            (struct.pack("=IIQ16sQ32s", 2, lo, os.stat("/sys/fs/cgroup").st_ino, mapped, 0x1234, WIRE), 1),
            (struct.pack("=IIQ16sQ32s", 95, 999999, 4_000_000_000_000, v6, 0, b""), 2),
            (struct.pack("=IIQ16sQ32s", 0, 0, 0, v6, 7, b"\1a\0"), 3)])
        self.make("im_call_total", "hash", [(u64(1000000), 9), (u64(0), 8)])
        self.make("im_comm_total", "hash", [(x.ljust(16, b"\0"), i) for i, x in enumerate(
            [b"kswapd0", b"kswapd1", b"cpu/17:x", b"my sshd", b"exact", b"exactly", b"bash", b""], 1)])
        for name in ("im_kept_total", "im_named_total"):
            self.make(name, "hash", [(x.ljust(8, b"\0"), i) for i, x in enumerate(
                [b"a", b"aaa", b"b", b"bb", b"ab"], 1)])
        cpus = b"".join(u64(10 + i) for i in range(bpf.N_CPUS))
        self.make("im_cpu_total", "percpu_hash", [(u32(3), cpus)])
        self.make("im_sum_total", "lru_percpu_hash", [(u32(0x0102), cpus)])
        self.make("im_gauge", "array", [(u32(0), 42)])

    def fill_histograms(self):
        # Each as the macros of the peer count it: the slot of a value, and the sum behind the last slot;
        # and slots that the peer does not look at.
        self.make("im_wait_seconds", "hash",
                  [(struct.pack("=IxxxxQ", 7, slot), n) for slot, n in ((0, 1), (2, 2), (5, 4), (6, 100), (7, 9))]
                  + [(struct.pack("=IxxxxQ", 8, 1), 3)])
        self.make("im_late_seconds", "hash", [(u32(s), n) for s, n in ((1, 50), (2, 1), (3, 2), (4, 4), (5, 30), (6, 9))])
        self.make("im_zero", "hash", [(u32(s), n) for s, n in ((0, 3), (1, 1), (3, 2), (4, 5), (5, 77), (6, 9))])
        self.make("im_line", "hash", [(u32(s), n) for s, n in ((0, 9), (1, 1), (3, 2), (4, 10), (5, 9))])
        self.make("im_fixed_bytes", "hash", [(u32(s), n) for s, n in (
            (63, 9), (64, 2), (65, 9), (1500, 3), (1501, 4000), (1502, 9))])
        self.make("im_fixed_byte", "hash", [(bytes([s]), n) for s, n in ((8, 9), (9, 2), (255, 3))])

    def counters(self):
        def key(name, **labels):
            return support.series_key(f"ebpf_exporter_{name}", **labels)

        names = {"cgroup": "/sys/fs/cgroup", "address": "192.0.2.1", "function": "unknown_addr:0x1234",
                 "qname": "example.com", "errno": "ENOENT", "interface": "lo"}
        expected = {
            key("im_reads_total", comm="cat", op="read", saddr="10.1.2.3", port="80"): 5,
            key("im_reads_total", comm="cat", op="write", saddr="10.1.2.3", port="80"): 6,
            key("im_reads_total", comm="cat", op="unknown:9", saddr="10.1.2.3", port="443"): 7,
            key("im_names_total", **names): 1,
            key("im_names_total", errno="ENOTSUP", interface="unknown:999999",
                cgroup="unknown_cgroup_id:4000000000000", address="2001:db8::1",
                function="unknown_addr:0x0", qname="."): 2,
            key("im_names_total", errno="unknown:0", interface="unknown:0", cgroup="unknown_cgroup_id:0",
                address="2001:db8::1", function="unknown_addr:0x7", qname="a"): 3,
            key("im_call_total", call="unknown_syscall:1000000"): 9,
            key("im_comm_total", comm="kswapd"): 1 + 2,
            key("im_comm_total", comm="17"): 3,
            key("im_comm_total", comm="SSH"): 4,
            key("im_comm_total", comm="exact"): 5,
            key("im_kept_total", comm="a"): 1,
            key("im_kept_total", comm="aaa"): 2,
            key("im_kept_total", comm="b"): 3,
            key("im_named_total", comm="unknown:a"): 1,
            key("im_named_total", comm="three"): 2,
            key("im_sum_total", vec="02010000"): sum(10 + i for i in range(bpf.N_CPUS)),
            key("im_gauge"): 42,
        }
        if os.uname().machine == "x86_64":
            expected[key("im_call_total", call="read")] = 8
        for i in range(bpf.N_CPUS):
            expected[key("im_cpu_total", vec="3", cpu=str(i))] = 10 + i
        return expected

    # Upper bounds and what is counted up to each; the count; the sum.
    HISTOGRAMS = [
        ("im_wait_seconds", {"kind": "7"}, [("0.000001", 1), ("0.000002", 1), ("0.000004", 3), ("0.000008", 3),
                                            ("0.000016", 3)], 7, "0.0001"),
        ("im_wait_seconds", {"kind": "8"}, [("0.000001", 0), ("0.000002", 3), ("0.000004", 3), ("0.000008", 3),
                                            ("0.000016", 3)], 3, "0"),
        ("im_late_seconds", {}, [("0.004", 1), ("0.008", 3)], 7, "0.03"),
        ("im_zero", {}, [("0", 3), ("1", 4), ("2", 4), ("4", 6)], 11, "77"),
        ("im_line", {}, [("50", 1), ("100", 1), ("150", 3)], 3, "500"),
        ("im_fixed_bytes", {}, [("64", 2), ("512", 2), ("1500", 5)], 5, "4000"),
        ("im_fixed_byte", {}, [("9", 2), ("255", 5)], 5, "0"),
    ]

    def histograms(self):
        expected = {}
        for name, labels, buckets, count, total in self.HISTOGRAMS:
            name = f"ebpf_exporter_{name}"
            for le, n in [*buckets, ("+Inf", count)]:
                expected[support.series_key(name + "_bucket", le=le, **labels)] = n
            expected[support.series_key(name + "_count", **labels)] = count
            expected[support.series_key(name + "_sum", **labels)] = total
        return expected

    def test_the_same_series(self):
        self.fill_counters()
        self.fill_histograms()
        expected = {k: str(v) for k, v in (self.counters() | self.histograms()).items()}
        found = self.served(PEER)
        if os.uname().machine != "x86_64":
            found = {k: v for k, v in found.items() if dict(k[1]).get("call") in (None, "unknown_syscall:1000000")}
        self.maxDiff = None
        self.assertEqual(found, expected)

    def test_names_that_the_kernel_cuts(self):
        """Two maps whose names are the same to the kernel, and their metrics are not mixed up."""
        text = "metrics: {counters: [" + ", ".join(
            f"{{name: {name}, help: x}}" for name in ("im_one_of_twins_a_total", "im_one_of_twins_b_total")) + "]}"
        result = self.import_text(text)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("cannot be told from another metric's: pin it"), 2)
        config = result.stdout.replace("/sys/fs/bpf", self.pins)
        for value, name in enumerate(("im_one_of_twins_a_total", "im_one_of_twins_b_total"), 1):
            fd = bpf.create("array", 4, 8, 1, name=name[:15])
            bpf.update(fd, u32(0), u64(value))
            bpf.pin(fd, self.pin(name))
            os.close(fd)
        series = self.start(config).metrics()
        self.assert_value(series, 1, "ebpf_exporter_im_one_of_twins_a_total")
        self.assert_value(series, 2, "ebpf_exporter_im_one_of_twins_b_total")

    def test_nothing_but_tracing(self):
        result = self.import_text("tracing: {spans: [{name: a, ringbuf: b}]}")
        self.assertEqual(result.returncode, 0)
        self.assertIn("the span 'a' of the ring buffer 'b' has no equivalent", result.stderr)
        self.assertIn("has no equivalent", result.stdout)
        self.assertEqual(self.check(result.stdout).returncode, 0)

    def test_what_cannot_be_imported(self):
        result = self.import_text("metrics: {counters: [{name: a_total}]}")
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "")
        self.assertIn(":1:22: the metric 'a_total' needs the key 'help'", result.stderr)


if __name__ == "__main__":
    support.run_tests()
