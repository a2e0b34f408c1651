#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""What the README shows is so: its configurations run, on maps like those that it speaks of."""

import os
import re
import socket
import struct
import subprocess

import bpf
import exposition
import support

INTEGERS = {"u8": "=B", "u16": "=H", "u32": "=I", "s32": "=i"}
PROGRAM = """
enum state { IDLE, BUSY };
int errors;
struct { enum state state; unsigned long long jobs; } workers[3];

__attribute__((section("socket"), used)) int count(void *ctx)
{
	errors = 4;
	workers[1].state = BUSY;
	workers[1].jobs = 12;
	return 0;
}

char LICENSE[] __attribute__((section("license"), used)) = "GPL";
"""


def request(address, port, status, comm, *numbers):
    return (socket.inet_aton(address) + struct.pack(">H", port) + struct.pack("=H16s", status, comm),
            struct.pack("=QQQ", *numbers))


# By the name of their entry: sizes of key and value, entries.
MAPS = {
    "events": (0, 16, [(b"", struct.pack("=IIQ", 2, pid, 500)) for pid in (1, 2, 3)]),
    "drops": (8, 16, [(socket.inet_aton("192.0.2.7") + struct.pack("=I", 1), struct.pack("=QQ", 12, 999))]),
    "requests": (24, 24, [request("10.0.0.1", 80, 200, b"shop-1", 20, 10**9, 10**9),
                          request("10.0.0.1", 443, 301, b"shop-2", 10, 25 * 10**7, 2 * 10**9),
                          request("10.0.0.2", 8080, 500, b"debug", 1, 5 * 10**8, 3 * 10**9),
                          request("10.0.0.2", 22, 200, b"ssh", 7, 7, 7)]),
    "flows": (8, 8, [(socket.inet_aton("10.0.0.1") + struct.pack(">HH", port, 0), struct.pack("=Q", 7))
                     for port in (80, 443, 8080)]),
    "latency": (4, 40, [(bytes(4), struct.pack("=5Q", 5, 1, 0, 2, 42))]),
}


def read():
    with open(os.path.join(support.TOP, "README.md"), encoding="utf-8") as f:
        return f.read()


def blocks():
    """(language, text) of each block of code, without its indentation."""
    for indent, language, text in re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", read(), re.M | re.S):
        yield language, re.sub(f"^{indent}", "", text, flags=re.M)


def table(head):
    """The rows under a head: their cells."""
    lines = read().split("\n" + head + "\n")[1].split("\n")[1:]
    for line in lines[:lines.index("")]:
        yield [x.strip().replace("\\|", "|") for x in re.split(r"(?<!\\)\|", line)[1:-1]]


class Readme(support.Case):
    def make(self, name, key_size, value_size, entries):
        fd = bpf.create("hash" if key_size else "queue", key_size, value_size, 100, name=name)
        for key, value in entries:
            if key:
                bpf.update(fd, key, value)
            else:
                bpf.push(fd, value)
        bpf.pin(fd, self.pin(name))
        os.close(fd)
        return self.pin(name)

    def test_configurations(self):
        seen = set()
        found = list(blocks()) + [("", "")]
        for (language, text), (next_language, samples) in zip(found, found[1:]):
            if language != "yaml" or "maps:" not in text:
                continue
            name = re.search(r"- name: (\w+)", text)[1]
            seen.add(name)
            if name in MAPS:
                text = re.sub(r"pin: \S+", f"pin: {self.make(name, *MAPS[name])}", text)
            else:
                self.load_program("my_prog", PROGRAM)
                self.run_program()
            with self.subTest(name):
                response = self.start(text).get("/metrics")
                series = exposition.parse(response.raw)
                for line in samples.splitlines() if next_language == "" else ():
                    self.assertIn(line, response.text.splitlines())
                self.assertTrue([k for k in series if not k[0].startswith(("bpfmap_", "process_"))])
        self.assertEqual(seen, {*MAPS, "my_program"})

    def test_first_sample(self):
        """That of the first steps, which stands apart from its configuration."""
        text = next(t for n, t in blocks() if n == "yaml")
        exporter = self.start(re.sub(r"pin: \S+", f"pin: {self.make('drops', *MAPS['drops'])}", text))
        line = next(t for n, t in blocks() if not n)
        self.assertIn("\n" + line, exporter.get("/metrics").text)

    def make_drops(self):
        """The map of the first steps with its BTF: __be32 saddr, u32 reason; two u64."""
        btf = bpf.Btf()
        u32, u64 = btf.integer("unsigned int", 4), btf.integer("unsigned long long", 8)
        key = btf.structure("drop_key", 8, [("saddr", btf.typedef("__be32", u32), 0), ("reason", u32, 4)])
        value = btf.structure("drop_counts", 16, [("packets", u64, 0), ("bytes", u64, 8)])
        fd = bpf.create("hash", 8, 16, 100, name="drops", btf=(btf.load(), key, value))
        for entry in MAPS["drops"][2]:
            bpf.update(fd, *entry)
        os.makedirs(self.pin("my_firewall"))
        bpf.pin(fd, self.pin("my_firewall/drops"))
        os.close(fd)
        return self.pin("my_firewall/drops")

    def test_first_steps(self):
        """The commands, one after the other, as they are: only the pin is another one, and serving is left out."""
        pin = self.make_drops()
        steps = [line for n, text in blocks() if n == "sh" for line in text.splitlines()
                 if re.search(r"build/bpfmapctl (show|dump|init|check) ", line)]
        self.assertEqual([re.search(r"bpfmapctl (\w+)", x)[1] for x in steps], ["show", "dump", "init", "check"])
        outputs = []
        for step in steps:
            step = step.replace("sudo ", "").replace("build/bpfmapctl", os.path.join(support.BUILD, "bpfmapctl"))
            step = step.replace("/sys/fs/bpf/my_firewall/drops", pin)
            outputs.append(subprocess.run(step, shell=True, cwd=self.folder, check=True, capture_output=True,
                                          text=True).stdout)
        self.assertIn("__be32 saddr;", outputs[0])
        self.assertIn("192.0.2.7", outputs[1])
        self.assertEqual(outputs[3], "drops.yml is valid.\n")
        with open(os.path.join(self.folder, "drops.yml"), encoding="utf-8") as f:
            series = self.start(f.read()).metrics()
        self.assertEqual(series[support.series_key("my_firewall_drops_packets_total", source="192.0.2.7", reason="1")], "12")

    def test_decoders(self):
        """Each row of the table: those bytes, that label."""
        config, expected = "maps:\n", {}
        for i, (decoder, kind, given, label) in enumerate(table("| `decode:` | of | in the map | becomes |")):
            decoder, given, label = decoder.strip("`"), given.strip("`"), label.strip("`")
            if kind in INTEGERS:
                key, count = struct.pack(INTEGERS[kind], int(given, 0)), ""
            else:
                key = given.encode() if kind == "char" else bytes.fromhex(given)
                count = f", count: {len(key)}"
            pin = self.make(f"row{i}", len(key), 8, [(key, struct.pack("=Q", 1))])
            config += (f"  - {{name: row{i}, pin: {pin}, key: [{{name: f, type: {kind}{count}}}], "
                       f"value: u64, metrics: "
                       f"[{{name: row{i}_total, type: counter, "
                       f"labels: {{l: {{field: f, decode: {decoder}}}}}}}]}}\n")
            expected[f"row{i}_total"] = label
        found = {k[0]: dict(k[1])["l"] for k in self.start(config).metrics() if k[0].startswith("row")}
        self.assertEqual(found, expected)
        self.assertGreater(len(expected), 20)

    def assert_good(self, config):
        result = self.check(config)
        self.assertEqual((result.returncode, result.stderr), (0, ""), config)

    def test_decoders_of_the_machine(self):
        names = [n for (cell, _, _) in table("| `decode:` | of | becomes |")
                 for n in re.findall(r"`([^`]+)`", cell)]
        self.assertGreater(len(names), 10)
        pin = self.make("any", 64, 8, [])
        config = (f"maps:\n  - name: any\n    pin: {pin}\n    key: [{{name: n, type: u64}}, "
                  f"{{name: id, type: u32}}, "
                  "{name: a, type: u64, count: 6}]\n    value: u64\n    metrics:\n")
        for i, name in enumerate(set(names) - {"enum", "{stack: {map: NAME}}"}):
            field = {"stack": "key.a", "ifname": "id", "user": "id"}.get(name, "n")
            config += (f"      - {{name: m{i}_total, type: counter, "
                       f"labels: {{l: {{field: {field}, decode: {name}}}}}}}\n")
        self.assert_good(config)

    def test_histograms(self):
        """Each row of the table is a histogram; where its last slot counts all above, no bound is above that."""
        shapes = {  # key, value, and an entry that counts once in the last slot
            "field": ("u32", "[{name: slots, type: u64, count: 30}]", bytes(4), struct.pack("=30Q", *[0] * 29, 1)),
            "key.slot": ("[{name: slot, type: u64}]", "u64", struct.pack("=Q", 33), struct.pack("=Q", 1)),
            "linear": ("u64", "u64", struct.pack("=Q", 10), struct.pack("=Q", 1)),
            "explicit": ("u64", "u64", struct.pack("=Q", 10000), struct.pack("=Q", 1))}
        config, expected = "global: {at_scrape: always}\nmaps:\n", {}
        for n, (who, buckets) in enumerate(table("| who counts | configuration |")):
            buckets = buckets.strip("`")
            shape = next((x for x in shapes if x in buckets), "field")
            if "slot: " not in buckets:
                buckets = ("slot: key, " if shape == "explicit" else "field: slots, ") + buckets
            key, value, *entry = shapes[shape]
            pin = self.make(f"who{n}", len(entry[0]), len(entry[1]), [entry])
            config += (f"  - {{name: h{n}, pin: {pin}, key: {key}, value: {value}, metrics: "
                       f"[{{name: h{n}_seconds, type: histogram, buckets: {{{buckets}}}}}]}}\n")
            expected[who] = 0 if " all " in who else 1, 1
        self.assert_good(config)
        series, found = self.start(config).metrics(), {}
        for n, who in enumerate(expected):
            counts = {float(dict(k[1])["le"]): int(v) for k, v in series.items() if k[0] == f"h{n}_seconds_bucket"}
            found[who] = tuple(v for _, v in sorted(counts.items())[-2:])
        self.assertEqual(found, expected)
        self.assertEqual(sorted(expected.values()), [(0, 1)] * 2 + [(1, 1)] * 4)

    def test_prometheus(self):
        text = next(t for n, t in blocks() if n == "yaml" and "scrape_configs" in t)
        path = os.path.join(self.folder, "prometheus.yml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        subprocess.run(["promtool", "check", "config", path], check=True, capture_output=True)

    def test_files_it_names(self):
        for path in re.findall(r"(?:config|deploy|tests)/[\w./-]+\w", read()):
            with self.subTest(path):
                self.assertTrue(os.path.exists(os.path.join(support.TOP, path)))


if __name__ == "__main__":
    support.run_tests()
