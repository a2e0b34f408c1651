#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""
The configurations of config/examples as they are, on maps like those of the programs that they are for:
every series that comes out, exactly.

The tests have a bpf filesystem of their own, so that a pin's path in an example is free, whoever else uses it.
"""

import bisect
import collections
import ctypes
import decimal
import ipaddress
import json
import os
import platform
import re
import signal
import socket
import struct
import subprocess
import sys
from fractions import Fraction

import bpf
import exposition
import support

FOLDER = os.path.join(support.TOP, "config", "examples")
PROGRAMS = os.path.join(support.TOP, "tests", "data", "examples")
BPFFS = "/sys/fs/bpf"
NO_PREALLOC, NO_COMMON_LRU = 1, 2
MODELINE = "# yaml-language-server: $schema=../schema.json"
ABOUT_ALL = ["test_all_are_covered", "test_heads"]
# Those of other tests.
ELSEWHERE = {"test_libbpf_tools.py": ["biolatency.yml", "hardirqs.yml", "runqlat.yml", "softirqs.yml", "syscount.yml"],
             "test_bpftrace.py": ["bpftrace.yml"]}

TALK = """
import os, socket, sys
with open(sys.argv[1] + "/cgroup.procs", "w") as f:
    f.write(str(os.getpid()))
a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab")
b.bind(("127.0.0.1", 0))
for n in map(int, sys.argv[2:]):
    a.sendto(bytes(n), b.getsockname())
    assert len(b.recv(65536)) == n
"""
CONNECT = """
import os, socket, sys
with open(sys.argv[1] + "/cgroup.procs", "w") as f:
    f.write(str(os.getpid()))
os.setuid(int(sys.argv[2]))
for n, port in enumerate(map(int, sys.argv[3:]), 1):
    for kind in [socket.SOCK_STREAM] * n + [socket.SOCK_DGRAM]:
        with socket.socket(socket.AF_INET, kind) as s:
            s.connect_ex(("127.0.0.1", port))
"""
SLEEP = """
import sys, time
sys.stdin.readline()
for _ in range(20):
    time.sleep(0.005)
"""


def setUpModule():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x20000) != 0:  # CLONE_NEWNS
        raise OSError(ctypes.get_errno(), "no mount namespace")
    # What is mounted there must not show outside; in a changed root, / is no mount that could be told so.
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        points = [line.split()[4] for line in f]
    below = max((x for x in points if f"{BPFFS}/".startswith(x.rstrip("/") + "/")), key=len)
    for args in ["--make-private", below], ["-t", "bpf", "bpf", BPFFS]:
        subprocess.run(["mount", *args], check=True)


def ip(text):
    return ipaddress.ip_address(text).packed


def ip16(text):
    """As Katran keeps it: an IPv4 address begins its 16 bytes."""
    return ip(text).ljust(16, b"\0")


def port(number):
    return struct.pack(">H", number)


def split(total):
    """Numbers of the CPUs that add up to it."""
    others = [total // bpf.N_CPUS // (i + 1) for i in range(1, bpf.N_CPUS)]
    return [total - sum(others), *others]


def on_cpus(form, *totals):
    """The CPUs' values, which add up to these."""
    return b"".join(struct.pack(form, *x) for x in zip(*map(split, totals)))


def as_number(text):
    return Fraction(text) if re.fullmatch(r"[-+0-9.e]+", text) else text


def decimal_text(number):
    """In full, of a fraction that ends."""
    return f"{decimal.Decimal(number.numerator) / decimal.Decimal(number.denominator):f}"


class Expected(dict):
    """{(name, labels): number}, put together."""

    def add(self, value, name, **labels):
        key = support.series_key(name, **{k: str(v) for k, v in labels.items()})
        self[key] = self.get(key, 0) + Fraction(value)


class Symbols:
    """The kernel's: an address may have several names."""

    def __init__(self):
        names = collections.defaultdict(set)
        with open("/proc/kallsyms", encoding="ascii") as f:
            for line in f:
                address, _, name, *_ = line.split()
                names[int(address, 16)].add(name)
        self.starts = sorted(names)
        self.names = names

    def stack(self, value):
        """The possible names of each frame, root first."""
        addresses = [x for x in struct.unpack(f"={len(value) // 8}Q", value) if x]
        return tuple(frozenset(self.names[self.starts[bisect.bisect(self.starts, x) - 1]])
                     for x in reversed(addresses))


class Examples(support.Case):
    def setUp(self):
        super().setUp()
        self.before = set(os.listdir(BPFFS))
        self.addCleanup(self.unpin)

    def unpin(self):
        for name in set(os.listdir(BPFFS)) - self.before:
            subprocess.run(["rm", "-r", os.path.join(BPFFS, name)], check=True)

    def compile(self, name):
        """An object that has the program's name: its .bss has it, too."""
        built = os.path.join(self.folder, f"{name}.bpf.o")
        subprocess.run(["clang", "-g", "-O2", "-target", "bpf", f"-I/usr/include/{platform.machine()}-linux-gnu",
                        "-c", os.path.join(PROGRAMS, f"{name}.bpf.c"), "-o", built], check=True)
        return built

    def load(self, name, pins):
        """Its maps pinned in a folder."""
        os.mkdir(self.pin(name))
        bpf_folder = os.path.join(BPFFS, pins)
        support.bpftool("prog", "loadall", self.compile(name), self.pin(name), "pinmaps", bpf_folder)
        return {x: bpf.get(os.path.join(bpf_folder, x)) for x in os.listdir(bpf_folder)}

    def make(self, path, *args, **kwargs):
        """A map without BTF under the path that its program pins it to."""
        fd = bpf.create(*args, **kwargs)
        path = os.path.join(BPFFS, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        bpf.pin(fd, path)
        return fd

    def n_loaded(self, name):
        return sum(x.get("name") == name for x in json.loads(support.bpftool("-j", "map", "list")))

    def start_example(self, name, **ids):
        """
        The exporter with this very file, which fits the maps without a note. ids: those of maps that it finds by
        name, for when somebody else has a map of that name.
        """
        path = os.path.join(FOLDER, name)
        text = support.read_text(path)
        for map_name, map_id in ids.items():
            if self.n_loaded(map_name) > 1:
                text = text.replace(f"map_name: {map_name}\n    instances: sum\n", f"map_id: {map_id}\n")
        if text != support.read_text(path):
            path = os.path.join(self.folder, name)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        result = subprocess.run([support.EXPORTER, f"--config.file={path}", "--config.check"],
                                capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, f"{path} is valid.\n", ""))
        return self.start(text)

    def exported(self, exporter):
        """What is not about maps or the exporter, read strictly; labels that are empty are none."""
        response = exporter.get("/metrics")
        self.assertEqual(response.status, 200, response.text)
        series = exposition.parse(response.raw)
        for key, value in series.items():
            if key[0] in ("bpfmap_up", "bpfmap_read_errors_total", "bpfmap_series_dropped_total"):
                self.assertEqual(value, "1" if key[0] == "bpfmap_up" else "0", key)
        return {(name, frozenset((k, v) for k, v in labels if v)): as_number(value)
                for (name, labels), value in series.items() if not name.startswith(("bpfmap_", "process_"))}

    def compare(self, found, expected):
        self.maxDiff = None
        self.assertGreater(len(expected), 0)
        self.assertEqual({k: v for k, v in found.items() if expected.get(k) != v},
                         {k: v for k, v in expected.items() if found.get(k) != v})

    def test_all_are_covered(self):
        covered = [f"{x[5:]}.yml" for x in dir(self) if x.startswith("test_") and x not in ABOUT_ALL]
        for test, names in ELSEWHERE.items():
            text = support.read_text(os.path.join(os.path.dirname(os.path.abspath(__file__)), test))
            for name in names:
                self.assertIn(f'"{name}"', text, f"{test} does not test it")
            covered += names
        self.assertEqual(sorted(covered), sorted(os.listdir(FOLDER)))

    def test_heads(self):
        """Each names its schema, and then says what it is for."""
        for name in os.listdir(FOLDER):
            lines = support.read_text(os.path.join(FOLDER, name)).split("\n")
            self.assertEqual(lines[0], MODELINE, name)
            self.assertRegex(lines[1], "^# [A-Z]", name)

    def test_xdp_filter(self):
        maps, expected = self.load("xdp_filter", "xdp-filter"), Expected()
        for i, action in enumerate(["aborted", "drop", "pass", "tx", "redirect"]):
            packets, n_bytes = 10**12 * i + 7, 2**53 + 64 * i
            bpf.update(maps["xdp_stats_map"], struct.pack("=I", i), on_cpus("=QQ", packets, n_bytes))
            expected.add(packets, "xdp_filter_packets_total", action=action)
            expected.add(n_bytes, "xdp_filter_bytes_total", action=action)
        # The port in the low two bytes of a number; hits 0 (no series), and a port that is not filtered
        rules = [("ports", port(22) + b"\0\0", 22, "dst,tcp", 2 | 4, 1000),
                 ("ports", port(53) + b"\0\0", 53, "src,dst,tcp,udp", 15, 77),
                 ("ports", port(80) + b"\0\0", 80, "dst,udp", 2 | 8, 0),
                 ("ipv4", ip("192.0.2.1"), "192.0.2.1", "src", 1, 2**40),
                 ("ipv4", ip("198.51.100.7"), "198.51.100.7", "src,dst", 3, 12),
                 ("ipv6", ip("2001:db8::1"), "2001:db8::1", "dst", 2, 5),
                 ("ethernet", bytes.fromhex("0200c0ffee01"), "02:00:c0:ff:ee:01", "src", 1, 9)]
        for kind, key, rule, compares, flags, hits in rules:
            bpf.update(maps[f"filter_{kind}"], key, b"".join(struct.pack("=Q", h << 6 | flags) for h in split(hits)))
            if hits:
                expected.add(hits, "xdp_filter_rule_hits_total", rule=rule, compares=compares,
                             kind="port" if kind == "ports" else kind)
        self.compare(self.exported(self.start_example("xdp_filter.yml")), expected)

    def test_cilium(self):
        metrics = self.make("tc/globals/cilium_metrics", "percpu_hash", 8, 16, 1024, "cilium_metrics",
                            flags=NO_PREALLOC)
        policy = self.make("tc/globals/cilium_policystats", "lru_percpu_hash", 12, 16, 1000, "cilium_policyst",
                           flags=NO_COMMON_LRU)
        expected, directions = Expected(), {1: "ingress", 2: "egress"}
        reasons = {130: "130", 133: "Policy denied", 169: "FIB lookup failed", 181: "Policy denied by denylist",
                   255: "255"}
        places = [(1200, 2, "bpf_lxc.c"), (65535, 101, "drop.h"), (7, 250, "250")]
        entries = [(r, d, *p) for r in [0, 3, *reasons] for d in directions for p in places]
        for i, (reason, direction, line, file, file_name) in enumerate(entries):
            packets, n_bytes = 1000 + i, 10**6 * (i + 1)
            # The bits beside the direction are not its.
            bpf.update(metrics, struct.pack("=BBHB3x", reason, direction | (i % 2) * 0xfc, line, file),
                       on_cpus("=QQ", packets, n_bytes))
            labels, what = {"direction": directions[direction]}, "forwarded"
            if reason in reasons:
                labels.update(reason=reasons[reason], file=file_name, line=line)
                what = "dropped"
            expected.add(packets, f"cilium_datapath_{what}_packets_total", **labels)
            expected.add(n_bytes, f"cilium_datapath_{what}_bytes_total", **labels)
        rules = [(12, 2, "world", 0, 6, "tcp", 443, 443), (12, 2, "world", 1, 17, "udp", 53, 53),
                 (12, 4097, "4097", 0, 0, "any", 0, "any"), (3051, 1, "host", 1, 33, "33", 0, "any"),
                 (3051, 16777217, "16777217", 0, 6, "tcp", 8080, 8080)]
        for i, (endpoint, identity, name, egress, protocol, protocol_name, port_number, port_name) in enumerate(rules):
            key = struct.pack("=HxBIBB", endpoint, 24, identity, egress | 0xfe, protocol) + port(port_number)
            bpf.update(policy, key, on_cpus("=QQ", 50 + i, 5000 + i))
            labels = {"endpoint": endpoint, "identity": name, "direction": "egress" if egress else "ingress",
                      "protocol": protocol_name, "port": port_name}
            expected.add(50 + i, "cilium_policy_packets_total", **labels)
            expected.add(5000 + i, "cilium_policy_bytes_total", **labels)
        self.compare(self.exported(self.start_example("cilium.yml")), expected)

    def test_calico(self):
        fd = self.make("tc/globals/cali_counters3", "percpu_hash", 8, 160, 20000, "cali_counters3")
        accepted = {1: "failsafe", 2: "policy", 3: "another program"}
        dropped = {4: "policy", 5: "too short", 6: "incorrect checksum", 7: "unsupported IP options",
                   8: "malformed IP", 9: "failed encapsulation", 10: "failed decapsulation", 11: "unknown source",
                   12: "unknown route", 13: "blackhole route", 15: "NAT source collision not resolved",
                   16: "conntrack entry not created"}
        redirected = {17: "plain", 18: "neigh", 19: "peer"}
        expected = Expected()
        for ifindex, interface in (socket.if_nametoindex("lo"), "lo"), (2**31 - 1, str(2**31 - 1)):
            for hook, hook_name in enumerate(["ingress", "egress", "xdp"]):
                counts = [1000 * ifindex % 977 + 100 * hook + i * i + 5 for i in range(20)]
                bpf.update(fd, struct.pack("=II", ifindex, hook), on_cpus("=20Q", *counts))
                labels = {"interface": interface, "hook": hook_name}
                expected.add(counts[0], "calico_packets_total", **labels)
                for i, by in accepted.items():
                    expected.add(counts[i], "calico_accepted_packets_total", by=by, **labels)
                for i, reason in dropped.items():
                    expected.add(counts[i], "calico_dropped_packets_total", reason=reason, **labels)
                for i, to in redirected.items():
                    expected.add(counts[i], "calico_redirected_packets_total", to=to, **labels)
        self.compare(self.exported(self.start_example("calico.yml")), expected)

    def test_katran(self):
        maps, expected = self.load("katran", "katran"), Expected()

        def count(name, key, v1, v2):
            bpf.update(maps[name], struct.pack("=I", key), on_cpus("=QQ", v1, v2))

        for vip, v1, v2 in (0, 900, 80_000), (511, 2**50, 2**60):
            count("stats", vip, v1, v2)
            expected.add(v1, "katran_vip_packets_total", vip=vip)
            expected.add(v2, "katran_vip_bytes_total", vip=vip)
        for key, v1, v2 in (512, 10_000, 400), (513, 300, 100), (514, 55, 66), (515, 8, 9):
            count("stats", key, v1, v2)
        expected.add(10_000, "katran_lookups_total")
        expected.add(400, "katran_lookup_misses_total")
        expected.add(300, "katran_tcp_misses_total", packet="syn")
        expected.add(100, "katran_tcp_misses_total", packet="not_syn")
        expected.add(8, "katran_fallback_table_total")
        vips = [(0, "198.51.100.1", 443, 6, "tcp"), (511, "2001:db8::443", 53, 17, "udp")]
        for vip, address, port_number, protocol, name in vips:
            bpf.update(maps["vip_map"], ip16(address) + port(port_number) + struct.pack("=Bx", protocol),
                       struct.pack("=II", 0, vip))
            expected.add(1, "katran_vip_info", vip=vip, address=address, port=port_number, protocol=name)
        for real, address, v1, v2 in (1, "10.0.0.1", 40, 4000), (4095, "2001:db8:1::2", 12, 999):
            bpf.update(maps["reals"], struct.pack("=I", real), ip16(address) + struct.pack("=Bxxx", ":" in address))
            count("reals_stats", real, v1, v2)
            expected.add(1, "katran_real_info", real=real, address=address)
            expected.add(v1, "katran_real_packets_total", real=real)
            expected.add(v2, "katran_real_bytes_total", real=real)
        self.compare(self.exported(self.start_example("katran.yml")), expected)

    def flows(self, interface, version, n):
        """A table of Suricata's with n flows: {labels: (packets, bytes)}."""
        address = {4: "10.{0}.{1}.1", 6: "2001:db8:{0:x}:{1:x}::1"}[version]
        fd = self.make(f"suricata-{interface}-flow_table_v{version}", "percpu_hash", {4: 16, 6: 40}[version], 16, 32768,
                       f"flow_table_v{version}")
        flows = {}
        for i in range(n):
            source, destination = (str(ipaddress.ip_address(address.format(*x)))
                                   for x in ((i // 200, i % 200), (250, 7)))
            packets, n_bytes, vlan = 10 + i, 10**9 + 60 * i, [0, 1, 4094][i % 3]
            bpf.update(fd, ip(source) + ip(destination) + port(1024 + i) + port(443) +
                       struct.pack("=HH", i % 2 | vlan << 1, 0), on_cpus("=QQ", packets, n_bytes))
            labels = {"interface": interface, "source": source, "source_port": 1024 + i, "destination": destination,
                      "destination_port": 443, "protocol": ["udp", "tcp"][i % 2], "vlan": vlan}
            flows[frozenset((k, str(v)) for k, v in labels.items())] = packets, n_bytes
        return flows

    def test_suricata(self):
        """eth1 has more flows than the limit lets have series: the rest is in "other", and none is lost."""
        flows, n = self.flows("eth0", 4, 20) | self.flows("eth0", 6, 20), 1500
        many = self.flows("eth1", 4, n)
        exporter = self.start_example("suricata.yml")
        series = exposition.parse(exporter.get("/metrics").raw)
        dropped = series[support.series_key("bpfmap_series_dropped_total", map="suricata_ipv4", reason="other",
                                            pin=f"{BPFFS}/suricata-eth1-flow_table_v4")]
        self.assertEqual(int(dropped) % (2 * (n - 1000)), 0)
        self.assertGreater(int(dropped), 0)
        other = frozenset({("interface", "eth1")} | {(x, "other") for x in (
            "source", "source_port", "destination", "destination_port", "protocol", "vlan")})
        for i, name in enumerate(["suricata_bypassed_packets_total", "suricata_bypassed_bytes_total"]):
            found = {k[1]: int(v) for k, v in series.items() if k[0] == name}
            shown = {k: v for k, v in found.items() if k in many}
            self.assertEqual(len(shown), 1000)
            expected = {k: v[i] for k, v in flows.items()} | {k: many[k][i] for k in shown}
            expected[other] = sum(v[i] for k, v in many.items() if k not in shown)
            self.assertEqual({k: v for k, v in found.items() if expected.get(k) != v},
                             {k: v for k, v in expected.items() if found.get(k) != v})

    def send(self, program, source, size, times):
        """A packet from there, to a program under test."""
        v6, path = ":" in source, os.path.join(self.folder, "packet")
        head = bytes(12) + (b"\x86\xdd" if v6 else b"\x08\x00") + bytes(8 if v6 else 12) + ip(source)
        with open(path, "wb") as f:
            f.write(head.ljust(size, b"\0"))
        result = support.bpftool("-j", "prog", "run", "pinned", self.pin(program), "data_in", path,
                                 "repeat", str(times))
        return json.loads(result)["retval"]

    def test_blocklist(self):
        """By a program that blocks packets."""
        maps, expected = self.load("blocklist", "blocklist"), Expected()
        prefixes = ["10.0.0.0/8", "10.9.0.0/16", "192.0.2.7/32", "203.0.113.0/24", "0.0.0.0/32", "2001:db8::/32",
                    "2001:db8:1::/48", "::1/128"]
        for prefix in prefixes:
            network = ipaddress.ip_network(prefix)
            key = struct.pack("=I", network.prefixlen) + network.network_address.packed
            bpf.update(maps[f"v{network.version}"], key, bytes(16))
        packets = [("10.1.2.3", 64, 3, "10.0.0.0/8"), ("10.9.2.3", 100, 5, "10.9.0.0/16"),
                   ("10.9.255.1", 1000, 1, "10.9.0.0/16"), ("192.0.2.7", 64, 2, "192.0.2.7/32"),
                   ("192.0.2.8", 64, 2, None), ("2001:db8:1:2::", 80, 4, "2001:db8:1::/48"),
                   ("2001:db8:ffff::1", 80, 6, "2001:db8::/32"), ("2001:db9::1", 80, 6, None),
                   ("::1", 99, 1, "::1/128")]
        for source, size, times, prefix in packets:
            self.assertEqual(self.send("blocklist/block", source, size, times), 1 if prefix else 2)
            if prefix:
                expected.add(times, "blocklist_dropped_packets_total", prefix=prefix)
                expected.add(times * size, "blocklist_dropped_bytes_total", prefix=prefix)
        expected.add(5, "blocklist_prefixes", version="blocklist_v4")
        expected.add(3, "blocklist_prefixes", version="blocklist_v6")
        self.compare(self.exported(self.start_example("blocklist.yml")), expected)

    def cgroup(self, *parts):
        """A cgroup, and its folder."""
        with open("/proc/self/mountinfo", encoding="utf-8") as f:
            root = next(x.split()[4] for x in f if " - cgroup2 " in x)
        folder = os.path.join(root, *parts)
        os.mkdir(folder)
        self.addCleanup(os.rmdir, folder)
        return folder

    def talk(self, cgroup, sizes):
        """A process in the cgroup sends itself datagrams."""
        subprocess.run([sys.executable, "-c", TALK, cgroup, *map(str, sizes)], check=True)

    def test_cgroup_traffic(self):
        """By programs that count the traffic of cgroups."""
        uid, top, expected = "0123abcd-4567-89ab-cdef-0123456789ab", os.path.basename(self.folder), Expected()
        folder = self.cgroup(top)
        self.load("cgroup_traffic", "cgroup_traffic")
        for direction in "ingress", "egress":
            support.bpftool("cgroup", "attach", folder, direction, "pinned",
                            self.pin(f"cgroup_traffic/count_{direction}"), "multi")
        for name, pod, sizes in [("plain.service", None, [1, 1000, 17]),
                                 (f"kubepods-besteffort-pod{uid.replace('-', '_')}.slice", uid, [8] * 40)]:
            self.talk(self.cgroup(top, name), sizes)
            for direction in "ingress", "egress":
                labels = {"cgroup": f"/{top}/{name}", "direction": direction} | ({"pod": pod} if pod else {})
                expected.add(len(sizes), "cgroup_network_packets_total", **labels)
                expected.add(sum(sizes) + 28 * len(sizes), "cgroup_network_bytes_total", **labels)
        self.compare(self.exported(self.start_example("cgroup_traffic.yml")), expected)

    def test_connections(self):
        """By a program that pushes events: refused connections are opened all the same."""
        folder, expected = self.cgroup(os.path.basename(self.folder)), Expected()
        self.load("connections", "connections")
        support.bpftool("cgroup", "attach", folder, "connect4", "pinned", self.pin("connections/note_connect"), "multi")
        for uid, user in (0, "root"), (65534, "nobody"):
            subprocess.run([sys.executable, "-c", CONNECT, folder, str(uid), "2", "3", "2"], check=True)
            for port, n_tcp, n_udp in (2, 1 + 3, 2), (3, 2, 1):
                expected.add(n_tcp, "connections_opened_total", protocol="tcp", port=port, user=user)
                expected.add(n_udp, "connections_opened_total", protocol="udp", port=port, user=user)
        expected.add(0, "connections_lost_total")
        self.compare(self.exported(self.start_example("connections.yml")), expected)

    def test_vfsstat(self):
        """By a program with those variables: the real one needs kprobes or fentry."""
        support.bpftool("prog", "load", self.compile("vfsstat_bpf"), self.pin("program"), "type", "socket")
        self.run_program(7)
        expected = Expected()
        for i, call in enumerate(["read", "write", "fsync", "open", "create"]):
            expected.add(7 * (i + 1), "vfs_calls_total", call=call)
        self.compare(self.exported(self.start_example("vfsstat.yml")), expected)

    def check_latency_units(self):
        """The head's arithmetic: the nanoseconds around each bound are on the right side of it."""
        head = support.read_text(os.path.join(FOLDER, "native_latency.yml"))
        units = re.search(r"__u64 units = (.*);", head)[1]
        for i in range(31):
            bound = 2**i * 10**9 // 2**30
            for ns in range(max(bound - 1000, 0), bound + 1001):
                counted = eval(units, {}, {"ns": ns}) % 2**64
                self.assertEqual(counted <= 2**i, Fraction(ns, 10**9) <= Fraction(2**i, 2**30), (i, ns))
        self.assertEqual(eval(units, {}, {"ns": 10**9}), 2**30)

    def test_native_latency(self):
        """Times at, below and above each bound, counted as the example tells a program to."""
        self.check_latency_units()
        fd = self.make("native_latency/latency", "hash", 4, 33 * 8, 1024, "latency")
        expected, bounds = Expected(), [Fraction(2)**i for i in range(-30, 1)]
        for key, operation in enumerate(["read", "write", "sync", "3"]):
            times = [x for i in range(key, 36) for x in (2**i - 1, 2**i, 2**i + 1)]
            counts = collections.Counter(min(max(x - 1, 0).bit_length(), 31) for x in times)
            bpf.update(fd, struct.pack("=I", key), struct.pack("=33Q", *(counts[i] for i in range(32)), sum(times)))
            for bound in bounds:
                expected.add(sum(Fraction(x, 2**30) <= bound for x in times), "operation_latency_seconds_bucket",
                             operation=operation, le=decimal_text(bound))
            expected.add(len(times), "operation_latency_seconds_bucket", operation=operation, le="+Inf")
            expected.add(len(times), "operation_latency_seconds_count", operation=operation)
            expected.add(Fraction(sum(times), 2**30), "operation_latency_seconds_sum", operation=operation)
        self.compare(self.exported(self.start_example("native_latency.yml")), expected)

    @support.needs_own_pids
    def test_offcputime(self):
        """By the tool itself, of a process that ended."""
        sleeper = subprocess.Popen([sys.executable, "-S", "-c", SLEEP], stdin=subprocess.PIPE)
        self.addCleanup(support.end, sleeper, signal.SIGKILL)
        _, command = support.example("offcputime.yml")
        tool = self.run_beside([*command[:1], "-p", str(sleeper.pid), *command[1:]], ["info", "stackmap"])
        support.wait_until(lambda: tool.pid in [x["pid"] for x in json.loads(support.bpftool("-j", "perf", "list"))],
                           "it is attached", lambda: support.read_text(tool.log))
        sleeper.communicate(b"\n")
        maps, expected = support.maps_of(tool), collections.Counter()
        stacks = {struct.unpack("=I", k)[0]: v for k, (v,) in support.dump_id(maps["stackmap"]).items()}
        symbols = Symbols()
        for key, (value,) in support.dump_id(maps["info"]).items():
            delta_us, comm = struct.unpack("=Q16s", value)
            if delta_us:
                frames = symbols.stack(stacks[struct.unpack("=IIii", key)[3]])
                expected[comm.split(b"\0")[0].decode(), frames] += delta_us
        exporter = self.start_example("offcputime.yml", info=maps["info"], stackmap=maps["stackmap"])
        found = collections.Counter()
        for (name, labels), value in self.exported(exporter).items():
            self.assertEqual(name, "offcpu_seconds_total")
            labels = dict(labels)
            stack = labels["stack"].split(";")
            frames = [e for e in expected if e[0] == labels["comm"] and len(e[1]) == len(stack) and
                      all(x in names for x, names in zip(stack, e[1]))]
            self.assertEqual(len(frames), 1, labels)
            found[frames[0]] += value * 10**6
        self.assertEqual(found, expected)
        slept = sum(v for (_, frames), v in expected.items() if any("hrtimer_nanosleep" in x for x in frames))
        self.assertGreaterEqual(slept, 20 * 5000)

    def test_tcpconnect(self):
        """Drained while they are counted."""
        maps, totals = self.load("tcpconnect", "tcpconnect"), Expected()

        def count(source, destination, port_number, n):
            version = ipaddress.ip_address(source).version
            bpf.update(maps[f"ipv{version}"], ip(source) + ip(destination) + bytes(2) + port(port_number),
                       struct.pack("=Q", n), bpf.NOEXIST)
            totals.add(n, "tcp_connects_total", source=source, destination=destination, port=port_number)

        count("10.0.0.1", "192.0.2.1", 443, 12)
        count("10.0.0.1", "192.0.2.1", 5432, 2**40)
        count("2001:db8::1", "2001:db8::2", 443, 7)
        exporter = self.start_example("tcpconnect.yml")
        self.compare(self.exported(exporter), totals)
        count("10.0.0.1", "192.0.2.1", 443, 30)
        count("2001:db8::1", "2001:db8::3", 22, 1)
        support.wait_until(lambda: self.exported(exporter) == totals, "both are drained again", exporter.log)
        for name in maps:
            self.assertEqual(support.dump(os.path.join(BPFFS, "tcpconnect", name)), {})


if __name__ == "__main__":
    support.run_tests()
