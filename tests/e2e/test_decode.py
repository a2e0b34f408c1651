#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Any key and any value: what is told apart stays apart, and the answer is always valid."""

import collections
import ipaddress
import os
import random
import re
import socket
import struct
import subprocess

import bpf
import exposition
import support

NASTY = [b"", b"a|b", b"a", b"b|c", b"c", b'"', b"\\", b"\n", b'\\"', b"\\n", b'",x="', b"}", b" 1\n",
         b"# TYPE x",
         b"\0", b"a\0b", b"\xff", b"\xc3", b"\xc3\xa4", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80",
         b"\xef\xbf\xbd", b"\xf0\x9f\x90\x9d", b"\r", b"\x7f", b"\t", b"\xe2\x80\xa8", b"{}", b"$1",
         b"\\0", b"%s%n"]
SIZE = 16
COUNT = 1 << 40


def shown(text):
    """A char array as a label: to the first NUL, a U+FFFD for each byte that is no UTF-8."""
    return re.sub("[\udc80-\udcff]", "\ufffd", text.split(b"\0")[0].decode("utf-8", "surrogateescape"))


def counter(text):
    return f"{{type: counter, help: x, {text}}}"


def promtool(text):
    return subprocess.run(["promtool", "check", "metrics"], input=text,
                          capture_output=True, text=True, check=False)


class Decode(support.Case):
    def make(self, name, kind, entries, key_size, value_size, max_entries=None, flags=0):
        """A pinned map. entries: (key, value); per-CPU ones get the value on each CPU."""
        fd = bpf.create(kind, key_size, value_size, max_entries or max(len(entries), 1), name=name,
                        flags=flags)
        for key, value in entries:
            if "percpu" in kind:
                value = value.ljust((len(value) + 7) // 8 * 8, b"\0") * bpf.N_CPUS
            bpf.update(fd, key, value)
        bpf.pin(fd, self.pin(name))
        os.close(fd)

    def read(self, exporter):
        """What is served, read strictly, and by Prometheus' own tool."""
        response = exporter.get("/metrics")
        self.assertEqual(response.status, 200)
        result = promtool(response.text)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        return exposition.parse(response.raw)

    def found(self, series, name, *labels):
        """{labels' values: value}; there are no other labels."""
        for key in series:
            self.assertTrue(key[0] != name or {k for k, _ in key[1]} == set(labels), key)
        return {tuple(dict(k[1])[x] for x in labels): int(v) for k, v in series.items() if k[0] == name}


class Hostile(Decode):
    KEYS = [(a, b) for a in NASTY for b in NASTY] + [(bytes([i]), bytes([i, 255 - i])) for i in range(256)]
    SHAPE = ("key: [{name: a, type: char, count: 16}, {name: b, type: char, count: 16}], "
             "value: [{name: n, type: u64}, {name: text, type: char, count: 24}]")

    def test_keys_of_any_bytes(self):
        keys = list({a.ljust(SIZE, b"\0") + b.ljust(SIZE, b"\0"): (a, b) for a, b in self.KEYS})
        entries = [(k, struct.pack("=Q", COUNT + i) + k[:24]) for i, k in enumerate(keys)]
        config = "global: {at_scrape: always}\nmaps:\n"
        kinds = ["hash", "lru_hash", "percpu_hash", "lru_percpu_hash"]
        for kind in kinds:
            self.make(kind, kind, entries, 2 * SIZE, 32, max_entries=8 * len(entries))
            config += (f"  - {{name: {kind}, pin: {self.pin(kind)}, {self.SHAPE}, metrics: ["
                       f"{{name: {kind}_text_total, type: counter, help: x, value: n, "
                       f"labels: {{a: a, b: b}}}},"
                       f"{{name: {kind}_hex_total, type: counter, help: x, value: n, "
                       f"labels: {{a: {{field: a, decode: hex}},"
                       " b: {field: b, decode: hex}, t: text}}]}\n")
        series = self.read(self.start(config))
        for kind in kinds:
            with self.subTest(kind):
                times = bpf.N_CPUS if "percpu" in kind else 1
                texts, hexes = collections.Counter(), {}
                for key, value in entries:
                    n = struct.unpack_from("=Q", value)[0] * times
                    texts[shown(key[:SIZE]), shown(key[SIZE:])] += n
                    hexes[key[:SIZE].hex(), key[SIZE:].hex(), shown(value[8:])] = n
                self.assertEqual(self.found(series, f"{kind}_hex_total", "a", "b", "t"), hexes)
                found = self.found(series, f"{kind}_text_total", "a", "b")
                self.assertEqual(found, texts)
                self.assertNotEqual(found["a|b", "c"], found["a", "b|c"])

    def test_values_of_any_bytes(self):
        """Arrays: the values are what is hostile; random ones, too."""
        rng = random.Random(1)
        values = [t.ljust(SIZE, b"\0") for t in NASTY] + [rng.randbytes(SIZE) for _ in range(500)]
        entries = [(struct.pack("=I", i), struct.pack("=Q", i) + v) for i, v in enumerate(values)]
        config = "maps:\n"
        for kind in ("array", "percpu_array"):
            self.make(kind, kind, entries, 4, 8 + SIZE)
            config += (f"  - {{name: {kind}, pin: {self.pin(kind)}, key: u32, "
                       f"value: [{{name: n, type: u64}}, "
                       f"{{name: t, type: char, count: {SIZE}}}], "
                       f"metrics: [{{name: {kind}_of, type: gauge, "
                       "help: x, value: n, labels: {i: key, t: t}}]}\n")
        series = self.read(self.start(config))
        for kind, times in ("array", 1), ("percpu_array", bpf.N_CPUS):
            self.assertEqual(self.found(series, f"{kind}_of", "i", "t"),
                             {(str(i), shown(v)): i * times for i, v in enumerate(values)})

    def test_large_values(self):
        """Values of 64 KiB: numbers at their end, all of it as text."""
        size = 65536
        texts = [b"x" * size, b"\xff" * size, b'"' * size, b"\n" * size,
                 bytes(size), bytes(i & 0xff or 1 for i in range(size))]
        entries = [(struct.pack("=I", i), t[:-8] + struct.pack("=Q", 7 + i)) for i, t in enumerate(texts)]
        config = "maps:\n"
        for kind in ("hash", "array"):
            self.make(kind, kind, entries, 4, size)
            config += (f"  - {{name: {kind}, pin: {self.pin(kind)}, key: u32, "
                       f"value: [{{name: t, type: char, count: "
                       f"{size - 8}}}, {{name: n, type: u64}}], "
                       f"metrics: [{{name: {kind}_of, type: gauge, help: x, "
                       "value: n, labels: {i: key, t: t}}]}\n")
        series = self.read(self.start(config))
        for kind in ("hash", "array"):
            self.assertEqual(self.found(series, f"{kind}_of", "i", "t"),
                             {(str(i), shown(t[:-8])): 7 + i for i, t in enumerate(texts)})

    def test_a_pattern_that_takes_its_time(self):
        """It takes its map down at the timeout, no other map, and no more memory than it may."""
        rng = random.Random(3)
        keys = {bytes(rng.choice(b"ab") for _ in range(64)) for _ in range(3000)}
        self.make("slow", "hash", [(k, struct.pack("=Q", 1)) for k in keys], 64, 8)
        self.make("quick", "array", [], 4, 8)
        exporter = self.start(
            "global: {read_timeout: 500ms, refresh: 500ms}\n"
            "maps:\n"
            f"  - name: slow\n    pin: {self.pin('slow')}\n"
            "    key: [{name: k, type: char, count: 64}]\n    value: u64\n"
            "    metrics: [{name: slow_total, type: counter, "
            "labels: {k: {field: k, decode: [string, {regex: [{match: '.*a.{50}x?'}]}]}}}]\n"
            f"  - {{name: quick, pin: {self.pin('quick')}, key: u32, value: u64, "
            "metrics: [{name: quick_total, type: counter, labels: {k: key}}]}\n")
        timeouts = support.series_key("bpfmap_read_errors_total", map="slow", pin=self.pin("slow"),
                                      reason="timeout")
        support.wait_until(lambda: int(exporter.metrics().get(timeouts, 0)) >= 2, "two timeouts")
        self.assert_value(exporter.metrics(), 0, "quick_total", k="0")
        self.assertLess(exporter.peak_memory_bytes(), 300 << 20)

    def test_every_decoder_on_any_bytes(self):
        """What a decoder makes of bytes that it was not made for is still a label."""
        rng = random.Random(2)
        raw = NASTY + [rng.randbytes(16) for _ in range(300)]
        entries = [(k, struct.pack("=Q", 1)) for k in {t.ljust(16, b"\0") for t in raw}]
        self.make("any", "hash", entries, 16, 8)
        of_bytes = ["hex", "string", "uuid", "ip", "dns", "{ip: {v4: zero_tail}}",
                    "{regex: [{match: '(.).*'}]}"]
        of_number = ["dec", "hex", "bool", "ip_host", "ifname", "ip_proto", "ethertype", "tcp_state", "syscall",
                     "errno", "signal", "user", "device", "cgroup", "container", "pod", "ksym",
                     "pci_vendor", "pci_device",
                     "pci_class", "pci_subclass", "{map: {0: a}, default: '<$0>'}",
                     "{bits: {1: a, 2: b}}"]
        config = (f"maps:\n  - name: any\n    pin: {self.pin('any')}\n    key: [{{name: b, "
                  f"type: bytes, count: 16}}]\n"
                  "    value: u64\n    metrics:\n")
        for i, decoder in enumerate(of_bytes):
            metric = counter(f"name: b{i}_total, labels: {{l: {{field: b, decode: {decoder}}}}}")
            config += f"      - {metric}\n"
        config += (f"  - name: numbers\n    pin: {self.pin('any')}\n    key: [{{name: w, type: u32}}, "
                   f"{{type: pad, count: 4}},"
                   " {name: u, type: u64}]\n    value: u64\n    metrics:\n")
        for i, decoder in enumerate(of_number):
            field = "w" if decoder in ("ip_host", "ifname") else "u"
            metric = counter(f"name: n{i}_total, labels: {{l: {{field: {field}, decode: {decoder}}}}}")
            config += f"      - {metric}\n"
        series = self.read(self.start(config))
        names = [f"b{i}_total" for i in range(len(of_bytes))] + [f"n{i}_total" for i in range(len(of_number))]
        for name in names:
            with self.subTest(name):
                self.assertEqual(sum(self.found(series, name, "l").values()), len(entries))
        self.assertEqual(self.found(series, "b0_total", "l"), {(k.hex(),): 1 for k, _ in entries})


class Rules(Decode):
    """One map, one file with an `include`, and what of each entry is to be seen."""

    FLOWS = [("10.0.0.1", 443, 6, 0b001, "curl", 10, 1000), ("10.0.0.2", 53, 17, 0b110, "dig", 20, 2000),
             ("192.168.7.7", 8080, 6, 0b011, "curl", 30, 3000), ("10.9.9.9", 65535, 250, 0, "x-1", 0, 4000)]
    KEY = ("[{name: saddr, type: ipv4}, {name: dport, type: be16}, {name: proto, type: u8}, "
           "{name: flags, type: u8},"
           " {name: comm, type: char, count: 16}]")
    VALUE = "[{name: packets, type: u64}, {name: bytes, type: u64}]"

    def setUp(self):
        super().setUp()
        entries = [
            (socket.inet_aton(a) + struct.pack(">HBB16s", port, proto, flags, comm.encode()),
             struct.pack("=QQ", packets, size))
            for a, port, proto, flags, comm, packets, size in self.FLOWS]
        self.make("flows", "hash", entries, 24, 16)

    def flows(self, *metrics):
        return (f"maps:\n  - name: flows\n    pin: {self.pin('flows')}\n    key: {self.KEY}\n"
                f"    value: {self.VALUE}\n    metrics:\n" + "".join(f"      - {m}\n" for m in metrics))

    def test_many_metrics_of_one_struct(self):
        series = self.read(self.start(self.flows(
            counter("name: packets_total, value: packets, "
                    "labels: {from: saddr, port: {field: dport, decode: port}}"),
            counter("name: octuple_total, value: {field: bytes, scale: 8}, "
                    "labels: {proto: {field: proto, decode: ip_proto}}"),
            counter("name: flags_total, value: packets, skip_zero: true, "
                    "labels: {flags: {field: flags, decode: {bits: {1: syn, 2: ack, 4: fin}}}}"),
            counter("name: high_total, value: packets, where: {dport: [8080, 50000..65535]}, "
                    "labels: {port: dport}"),
            counter("name: others_total, value: packets, where: {comm: {not: curl}, proto: 0..20}, "
                    "labels: {comm: comm}"),
            counter("name: net_total, value: packets, labels: {net: {field: saddr, decode: [ip, "
                    "{regex: [{match: '10[.](.*)', replace: 'ten-\\1'}, "
                    "{match: '([0-9]+)[.].*'}]}], drop: 'ten-9.*'}}"),
            counter("name: only_total, value: packets, labels: {comm: {field: comm, keep: '[a-z]+'}}"),
            counter("name: class_total, value: packets, "
                    "labels: {class: {field: dport, decode: {map: {1..1023: system, 8080: proxy}, "
                    "default: 'other:$0'}}}"),
            "{name: entries, type: gauge, help: x, value: 1}",
            "{name: largest_bytes, type: gauge, help: x, value: bytes, aggregate: max, "
            "labels: {side: {const: rx}}}",
            counter("name: slice_total, value: {field: bytes, shift: 3, mask: 0xff, div: 2, mod: 50}"),
        )))
        self.assertEqual(self.found(series, "packets_total", "from", "port"),
                         {(a, str(port)): n for a, port, _, _, _, n, _ in self.FLOWS})
        self.assertEqual(self.found(series, "octuple_total", "proto"),
                         {("tcp",): 32000, ("udp",): 16000, ("250",): 32000})
        self.assertEqual(self.found(series, "flags_total", "flags"),
                         {("syn",): 10, ("ack,fin",): 20, ("syn,ack",): 30})
        self.assertEqual(self.found(series, "high_total", "port"), {("8080",): 30, ("65535",): 0})
        self.assertEqual(self.found(series, "others_total", "comm"), {("dig",): 20})
        self.assertEqual(self.found(series, "net_total", "net"),
                         {("ten-0.0.1",): 10, ("ten-0.0.2",): 20, ("192",): 30})
        self.assertEqual(self.found(series, "only_total", "comm"), {("curl",): 40, ("dig",): 20})
        self.assertEqual(self.found(series, "class_total", "class"),
                         {("system",): 30, ("proxy",): 30, ("other:65535",): 0})
        self.assertEqual(self.found(series, "entries"), {(): 4})
        self.assertEqual(self.found(series, "largest_bytes", "side"), {("rx",): 4000})
        self.assertEqual(self.found(series, "slice_total"),
                         {(): sum(((f[6] >> 3 & 0xff) // 2) % 50 for f in self.FLOWS)})

    def test_included_files(self):
        folder = os.path.join(self.folder, "conf.d")
        os.mkdir(folder)
        entry = ("  - {{name: {0}, pin: {1}, key: {2}, value: {3}, "
                 "metrics: [{{name: {0}_total, type: counter, help: x, value: {4}}}]}}\n")
        for name, field in ("one", "packets"), ("two", "bytes"):
            with open(os.path.join(folder, f"{name}.yml"), "w", encoding="utf-8") as f:
                f.write("maps:\n" + entry.format(name, self.pin("flows"), self.KEY, self.VALUE, field))
        config = ("include: [conf.d/*.yml]\n" +
                  self.flows("{name: entries, type: gauge, help: x, value: 1}"))
        series = self.read(self.start(config))
        self.assertEqual([self.found(series, x) for x in ("one_total", "two_total", "entries")],
                         [{(): 60}, {(): 10000}, {(): 4}])
        # A mistake is told at its own file.
        with open(os.path.join(folder, "two.yml"), "w", encoding="utf-8") as f:
            f.write("maps:\n" + entry.format("one", self.pin("flows"), self.KEY, self.VALUE, "bites"))
        result = self.check(config)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, re.escape(folder) + r"/two\.yml:2:\d+: .*one")

    def test_check_against_the_map(self):
        good = self.flows("{name: a_total, type: counter, value: packets, labels: {c: comm}}")
        result = self.check(good)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("is valid", result.stdout)
        cases = [  # what is changed, where it is told, what the message says
            ("value: packets", "value: pockets", 7, "pockets.*did you mean '(value[.])?packets'"),
            ("c: comm", "c: com", 7, "'com'"),
            ("{name: bytes, type: u64}", "{name: bytes, type: u64, count: 2}", 5, "24.*16"),
            ("type: ipv4", "type: ipv6", 4, "36 bytes.*24 bytes"),
            ("value: packets", "value: packets, cpu: each", 7, "needs a label from \\$cpu"),
            ("c: comm", "c: $cpu", 7, "needs 'cpu: each'"),
            ("c: comm", "c: $1", 7, r"\$1"),
            ("c: comm", "c: {field: saddr, decode: {bits: {1: a}}}", 7, "bits needs an integer"),
            ("c: comm", "c: {field: comm, decode: cidr}", 7, "cidr needs"),
            ("value: packets", "value: packets.*", 7, "no field 'packets"),
            ("value: packets", "value: packets, where: {dport: 5..x}", 7, "is a number"),
            ("value: packets", "value: packets, where: {cmm: a}", 7, "cmm"),
            ("value: packets", "value: {field: packets, mod: 0}", 7, "0 is out of range"),
            ("type: counter, value: packets",
             "type: histogram, buckets: {field: packets, scheme: exp2, edges: upper}", 7, "array"),
            (self.pin("flows"), "/sys/fs/bpf/none\n    read: drain\n    map_id: 5", 5, "only one of"),
        ]
        for old, new, line, message in cases:
            with self.subTest(new):
                self.assertIn(old, good)
                result = self.check(good.replace(old, new))
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertRegex(result.stderr, message)
                self.assertRegex(result.stderr, rf"(?m)^[^:]*checked\.yml:{line}:\d+: ")

    def test_note_on_a_name_that_is_cut(self):
        fd = bpf.create("hash", 4, 8, 4, name="e2e_long_name_i")
        bpf.update(fd, bytes(4), struct.pack("=Q", 5))
        config = ("maps:\n  - {name: m, map_name: e2e_long_name_indeed, instances: sum, key: u32, "
                  "value: u64, "
                  "metrics: [{name: m_total, type: counter, help: x}]}\n")
        result = self.check(config)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r":2:\d+: .*15 bytes.*'e2e_long_name_i'")
        self.assertEqual(self.found(self.read(self.start(config)), "m_total"), {(): 5})
        os.close(fd)


class NeverFalling(Decode):
    """Sums of entries that are deleted, evicted or begin again."""

    def start_sums(self, kind, max_entries):
        fd = bpf.create(kind, 4, 8, max_entries, name="sums")
        bpf.pin(fd, self.pin("sums"))
        self.addCleanup(os.close, fd)
        return fd, self.start(
            f"global: {{at_scrape: always}}\nmaps:\n  - name: sums\n    pin: {self.pin('sums')}\n"
            "    key: u32\n    value: u64\n    metrics:\n"
            "      - {name: sum_total, type: counter, help: x}\n"
            "      - {name: half_total, type: counter, help: x, labels: {half: {field: key, mod: 2}}}\n"
            "      - {name: each_total, type: counter, help: x, labels: {key: key}}\n"
            "      - {name: now, type: gauge, help: x}\n")

    def test_deleted_and_begun_again(self):
        fd, exporter = self.start_sums("hash", 10)
        series = {}
        expected = {0: 0, 1: 0}
        for i in range(50):
            bpf.update(fd, struct.pack("=I", i % 5), struct.pack("=Q", 100 + i))
            series = exposition.parse(exporter.get("/metrics").raw)
            # Begun again with less than it had: all of it is new.
            bpf.update(fd, struct.pack("=I", i % 5), struct.pack("=Q", 7))
            exporter.get("/metrics")
            bpf.delete(fd, struct.pack("=I", i % 5))
            series = exposition.parse(exporter.get("/metrics").raw)
            expected[i % 5 % 2] += 100 + i + 7
            self.assertEqual(self.found(series, "sum_total"), {(): sum(expected.values())})
            self.assertEqual(self.found(series, "half_total", "half"),
                             {(str(k),): v for k, v in expected.items() if v})
        self.assertEqual(self.found(series, "each_total", "key"), {})
        self.assertEqual(self.found(series, "now").get((), 0), 0)

    def test_evicted(self):
        fd, exporter = self.start_sums("lru_hash", 200)
        last = 0
        for i in range(40):
            for k in range(50):
                bpf.update(fd, struct.pack("=I", 50 * i + k), struct.pack("=Q", 1))
            series = exposition.parse(exporter.get("/metrics").raw)
            total = self.found(series, "sum_total")[()]
            self.assertGreaterEqual(total, last)
            self.assertLessEqual(total, 50 * (i + 1))
            last = total
        self.assertLess(self.found(series, "now")[()], 1000)
        self.assertGreater(last, 1000)


class Machine(Decode):
    """Names that this machine knows."""

    def scalar(self, name, numbers, decoder, size=8):
        entries = [(n.to_bytes(size, "little"), struct.pack("=Q", i + 1)) for i, n in enumerate(numbers)]
        self.make(name, "hash", entries, size, 8)
        return (f"  - {{name: {name}, pin: {self.pin(name)}, key: u{8 * size}, value: u64, "
                f"metrics: [{{name: {name}_total, "
                f"type: counter, help: x, labels: {{l: {{field: key, decode: {decoder}}}}}}}]}}\n")

    def test_cgroups(self):
        with open("/proc/self/mountinfo", encoding="utf-8") as f:
            root = next(line.split()[4] for line in f if " - cgroup2 " in line)
        with open("/proc/self/cgroup", encoding="utf-8") as f:
            own = next(line for line in f if line.startswith("0::"))[3:].strip()
        container, pod = "ab" * 32, "01234567-89ab-cdef-0123-456789abcdef"
        slice_ = f"kubepods-pod{pod.replace('-', '_')}.slice"
        inside = os.path.join(f"bpfmap_e2e_{os.getpid()}", slice_, f"cri-containerd-{container}.scope")
        at = root
        for part in inside.split("/"):
            at = os.path.join(at, part)
            os.mkdir(at)
            self.addCleanup(os.rmdir, at)
        ids = [os.stat(root + own).st_ino, os.stat(at).st_ino, 2**40]
        config = "maps:\n" + "".join(self.scalar(x, ids, x) for x in ("cgroup", "container", "pod"))
        config += self.scalar("low", [i & 0xffffffff for i in ids[:2]], "cgroup", size=4)
        series = self.read(self.start(config))
        self.assertEqual(self.found(series, "cgroup_total", "l"),
                         {(own,): 1, ("/" + inside,): 2, (str(2**40),): 3})
        self.assertEqual(self.found(series, "low_total", "l"), {(own,): 1, ("/" + inside,): 2})
        self.assertEqual(self.found(series, "container_total", "l")[(container,)], 2)
        self.assertEqual(self.found(series, "pod_total", "l")[(pod,)], 2)

    def test_names(self):
        with open("/sys/class/net/lo/ifindex", encoding="ascii") as f:
            lo = int(f.read())
        with open("/proc/kallsyms", encoding="ascii") as f:
            address = next(int(x.split()[0], 16) for x in f if x.split()[2] == "do_syscall_64")
        config = "maps:\n" + "".join([
            self.scalar("user", [0, 65534, 4294000000], "user", 4),
            self.scalar("ifname", [lo, 999999], "ifname", 4),
            self.scalar("ksym", [address, address + 9], "ksym"),
            self.scalar("errno", [2, 2**32 - 13], "errno", 4).replace("key: u32", "key: s32")])
        series = self.read(self.start(config))
        self.assertEqual(self.found(series, "user_total", "l"),
                         {("root",): 1, ("nobody",): 2, ("4294000000",): 3})
        self.assertEqual(self.found(series, "ifname_total", "l"), {("lo",): 1, ("999999",): 2})
        self.assertEqual(self.found(series, "ksym_total", "l"), {("do_syscall_64",): 1 + 2})
        self.assertEqual(self.found(series, "errno_total", "l"), {("ENOENT",): 1, ("EACCES",): 2})

    def test_prefixes(self):
        nets = [ipaddress.ip_network(x) for x in
                ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "128.0.0.0/1")]
        wide = [ipaddress.ip_network(x) for x in
                ("::/0", "2001:db8::/32", "::1/128", "::ffff:10.0.0.0/104")]
        for name, size, found in ("lpm4", 8, nets), ("lpm6", 20, wide):
            entries = [(struct.pack("=I", n.prefixlen) + n.network_address.packed, struct.pack("=Q", i))
                       for i, n in enumerate(found)]
            self.make(name, "lpm_trie", entries, size, 8, flags=1)
        config = "maps:\n"
        for name, kind in ("lpm4", "ipv4"), ("lpm6", "ipv6"):
            config += (f"  - {{name: {name}, pin: {self.pin(name)}, key: [{{name: n, type: u32}}, "
                       f"{{name: a, type: {kind}}}], "
                       f"value: u64, metrics: [{{name: {name}_total, type: counter, help: x, labels: "
                       "{net: {field: key, decode: cidr}}}, "
                       f"{{name: {name}_2_total, type: counter, help: x, labels: "
                       "{net: {field: a, decode: {cidr: {bits: n}}}}}]}\n")
        series = self.read(self.start(config))
        for name in "lpm4_total", "lpm4_2_total":
            self.assertEqual(self.found(series, name, "net"), {(str(n),): i for i, n in enumerate(nets)})
        found = self.found(series, "lpm6_total", "net")
        self.assertEqual({ipaddress.ip_network(k): v for (k,), v in found.items()},
                         {n: i for i, n in enumerate(wide)})
        self.assertEqual(found, self.found(series, "lpm6_2_total", "net"))


if __name__ == "__main__":
    support.run_tests()
