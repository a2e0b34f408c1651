#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Maps that somebody else made and pinned: every exported value is the one that bpftool shows."""

import socket
import struct

import bpf
import support

EDGES = [0, 1, 2**32, 2**53 + 1, 2**63, 2**64 - 1]
UINT = {1: "u8", 2: "u16", 4: "u32", 8: "u64"}


class Shape:
    """A map without BTF: its type and sizes, and what is put into it."""

    def __init__(self, name, map_type, key_size, value_size, max_entries, n=None, flags=0):
        self.name, self.type, self.key_size, self.value_size = name, map_type, key_size, value_size
        self.max_entries, self.flags = max_entries, flags
        self.n = max_entries if n is None else n
        self.is_per_cpu = "percpu" in map_type
        self.is_array = map_type.endswith("array")

    def key(self, i):
        if self.type == "lpm_trie":
            return struct.pack("=I", (self.key_size - 4) * 8) + i.to_bytes(self.key_size - 4, "big")
        if self.is_array:
            return struct.pack("=I", i)
        return bytes((i + 37 * j) & 0xff for j in range(self.key_size))

    def value(self, i, cpu):
        """The parts are edges of their size, another one on each CPU."""
        edge = EDGES[(i + cpu) % len(EDGES)]
        return b"".join((edge & (2**(8 * size) - 1)).to_bytes(size, "little") for size in self.parts())

    def parts(self):
        """The sizes of the value's fields; all are exported."""
        return {3: [2, 1], 12: [8, 4]}.get(self.value_size, [self.value_size])

    def fill(self, pin):
        fd = bpf.get(pin)
        for i in range(self.n):
            values = [self.value(i, cpu) for cpu in range(bpf.N_CPUS if self.is_per_cpu else 1)]
            if self.is_per_cpu:
                values = [v.ljust((self.value_size + 7) // 8 * 8, b"\0") for v in values]
            bpf.update(fd, self.key(i), b"".join(values))

    def config(self, pin):
        fields = "".join(f"{{name: part{i}, type: {UINT[size]}}}, "
                         for i, size in enumerate(self.parts()))
        metrics = "".join(
            f"      - {{name: {self.name}_part{i}_total, type: counter, value: part{i},"
            f" labels: {{key: {{field: raw, decode: hex}}}}}}\n" for i in range(len(self.parts())))
        return (f"  - name: {self.name}\n    pin: {pin}\n    packed: true\n"
                f"    key: [{{name: raw, type: bytes, count: {self.key_size}}}]\n"
                f"    value: [{fields}]\n    metrics:\n{metrics}")

    def expected(self, pin):
        """Of each part: {key in hex: the sum over the CPUs}."""
        sums = [{} for _ in self.parts()]
        for key, values in support.dump(pin).items():
            offset = 0
            for part, size in enumerate(self.parts()):
                numbers = [int.from_bytes(v[offset:offset + size], "little") for v in values]
                sums[part][key.hex()] = sum(numbers)
                offset += size
        return sums


SHAPES = [
    Shape("hash_none", "hash", 4, 8, 10, n=0),
    Shape("hash_one", "hash", 4, 8, 10, n=1),
    Shape("hash_full", "hash", 4, 8, 256),
    Shape("hash_bytes", "hash", 1, 8, 256),
    Shape("hash_odd", "hash", 7, 3, 100),
    Shape("hash_long", "hash", 64, 12, 256, n=256),
    Shape("hash_lazy", "hash", 3, 4, 100, n=77, flags=1),
    Shape("lru", "lru_hash", 4, 8, 1000, n=200),
    Shape("cpu_hash1", "percpu_hash", 4, 1, 50),
    Shape("cpu_hash4", "percpu_hash", 4, 4, 50),
    Shape("cpu_hash8", "percpu_hash", 5, 8, 50, n=1),
    Shape("cpu_hash12", "percpu_hash", 4, 12, 50),
    Shape("cpu_lru", "lru_percpu_hash", 4, 8, 1000, n=100),
    Shape("array", "array", 4, 8, 300),
    Shape("array_one", "array", 4, 4, 1),
    Shape("array_odd", "array", 4, 3, 33),
    Shape("array_mapped", "array", 4, 8, 1000, flags=0x400),
    Shape("array_mapped12", "array", 4, 12, 700, flags=0x400),
    Shape("cpu_array1", "percpu_array", 4, 1, 20),
    Shape("cpu_array4", "percpu_array", 4, 4, 20),
    Shape("cpu_array12", "percpu_array", 4, 12, 20),
    Shape("lpm4", "lpm_trie", 8, 8, 300, n=256, flags=1),
    Shape("lpm16", "lpm_trie", 20, 8, 300, n=100, flags=1),
    Shape("lpm_odd", "lpm_trie", 7, 12, 50, n=50, flags=1),
]


class ForeignMaps(support.Case):
    def test_without_btf(self):
        config = "maps:\n"
        for s in SHAPES:
            pin = self.pin(s.name)
            support.bpftool("map", "create", pin, "type", s.type, "key", str(s.key_size), "value",
                            str(s.value_size), "entries", str(s.max_entries), "name", s.name[:15],
                            "flags", str(s.flags))
            s.fill(pin)
            config += s.config(pin)
        series = self.start(config).metrics()
        for s in SHAPES:
            with self.subTest(s.name):
                self.check(s, series)

    def check(self, s, series):
        pin = self.pin(s.name)
        expected = s.expected(pin)
        self.assertEqual(len(expected[0]), s.n)
        self.assert_value(series, 1, "bpfmap_up", map=s.name, pin=pin)
        self.assert_value(series, s.n, "bpfmap_entries", map=s.name, pin=pin)
        self.assert_value(series, s.max_entries, "bpfmap_max_entries", map=s.name, pin=pin)
        for part, values in enumerate(expected):
            name = f"{s.name}_part{part}_total"
            found = {dict(k[1])["key"]: v for k, v in series.items() if k[0] == name}
            self.assertEqual(found, {k: str(v) for k, v in values.items()})

    def test_cpus_reduced_and_apart(self):
        """The same map, once for each way to make one value of its CPUs'."""
        pin = self.pin("cpus")
        support.bpftool("map", "create", pin, "type", "percpu_array", "key", "4", "value", "8",
                        "entries", "3", "name", "cpus")
        fd = bpf.get(pin)
        for i in range(3):
            bpf.update(fd, struct.pack("=I", i), b"".join(
                struct.pack("=Q", EDGES[(i + 3 + cpu) % 6]) for cpu in range(bpf.N_CPUS)))
        ways = {"sum": sum, "max": max, "min": min}
        config = "maps:\n" + "".join(
            f"  - {{name: {way}, pin: {pin}, cpu: {way}, key: u32, value: u64, metrics: "
            f"[{{name: of_{way}, type: gauge, labels: {{i: key}}}}]}}\n" for way in ways)
        config += (f"  - {{name: each, pin: {pin}, cpu: each, key: u32, value: u64, metrics: "
                   "[{name: of_each, type: gauge, labels: {i: key, cpu: $cpu}}]}\n")
        series = self.start(config).metrics()
        for key, values in support.dump(pin).items():
            i = str(struct.unpack("=I", key)[0])
            numbers = [struct.unpack("=Q", v)[0] for v in values]
            for way, reduce in ways.items():
                self.assert_value(series, reduce(numbers), f"of_{way}", i=i)
            for cpu, number in enumerate(numbers):
                self.assert_value(series, number, "of_each", i=i, cpu=str(cpu))


def flows_btf():
    """struct flow_key {__be32 saddr; __be16 port; __u8 proto; __u8 pad}, and its counters."""
    b = bpf.Btf()
    u8 = b.integer("unsigned char", 1)
    u16 = b.integer("unsigned short", 2)
    u32 = b.integer("unsigned int", 4)
    u64 = b.typedef("__u64", b.integer("unsigned long long", 8))
    s64 = b.integer("long long", 8, signed=True)
    verdict = b.enum("verdict", {"PASS": 0, "DROP": 1})
    key = b.structure("flow_key", 8, [("saddr", b.typedef("__be32", u32), 0),
                                      ("port", b.typedef("__be16", u16), 4),
                                      ("proto", b.typedef("__u8", u8), 6), ("pad", u8, 7)])
    comm = b.array(b.integer("char", 1, signed=True), u32, 16)
    value = b.structure("flow_stats", 48, [
        ("packets", u64, 0), ("bytes", u64, 8), ("drift", s64, 16), ("comm", comm, 24),
        ("verdict", verdict, 40)])
    return b.load(), key, value, u32


class MapsWithBtf(support.Case):
    FLOWS = [("10.0.0.1", 443, 6, 0, 1, "curl"), ("255.254.253.252", 53, 17, 2**53 + 1, 2**64 - 1, "a b\"c\\"),
             ("0.0.0.0", 0, 255, 2**63, 2**32, "sixteen-bytes-xx")]

    def flow(self, i):
        address, port, proto, packets, n_bytes, comm = self.FLOWS[i]
        key = socket.inet_aton(address) + struct.pack(">HBB", port, proto, 0)
        return key, struct.pack("=QQq16sI4x", packets, n_bytes, -i, comm.encode(), i % 2)

    def test_flows(self):
        btf, key, value, u32 = flows_btf()
        kinds = {"hash": key, "lru_hash": key, "percpu_hash": key, "lru_percpu_hash": key,
                 "array": u32, "percpu_array": u32}
        config = "maps:\n"
        for kind, key_type in kinds.items():
            n_cpus = bpf.N_CPUS if "percpu" in kind else 1
            fd = bpf.create(kind, 4 if key_type == u32 else 8, 48, 3 if key_type == u32 else 100,
                            name=kind, btf=(btf, key_type, value))
            bpf.pin(fd, self.pin(kind))
            for i in range(len(self.FLOWS)):
                k, v = self.flow(i)
                bpf.update(fd, struct.pack("=I", i) if key_type == u32 else k, v * n_cpus)
            labels = ("i: key" if key_type == u32 else
                      "saddr: {field: saddr, decode: ip}, port: {field: port, decode: port}, proto: proto")
            config += (f"  - name: {kind}\n    pin: {self.pin(kind)}\n"
                       f"    labels: {{{labels}, comm: comm, verdict: verdict}}\n    metrics:\n"
                       f"      - {{name: {kind}_packets_total, type: counter, value: packets}}\n"
                       f"      - {{name: {kind}_bytes_total, type: counter, value: bytes}}\n"
                       f"      - {{name: {kind}_drift, type: gauge, value: drift}}\n")
        series = self.start(config).metrics()
        for kind, key_type in kinds.items():
            n_cpus = bpf.N_CPUS if "percpu" in kind else 1
            self.assertEqual(len(support.dump(self.pin(kind))), 3)
            for i, (address, port, proto, packets, n_bytes, comm) in enumerate(self.FLOWS):
                labels = {"comm": comm, "verdict": ["PASS", "DROP"][i % 2]}
                if key_type == u32:
                    labels["i"] = str(i)
                else:
                    labels.update(saddr=address, port=str(port), proto=str(proto))
                self.assert_value(series, packets * n_cpus, f"{kind}_packets_total", **labels)
                self.assert_value(series, n_bytes * n_cpus, f"{kind}_bytes_total", **labels)
                self.assert_value(series, -i * n_cpus, f"{kind}_drift", **labels)


if __name__ == "__main__":
    support.run_tests()
