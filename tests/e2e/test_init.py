#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""`bpfmapctl init` on maps with the layouts of real programs: what it prints is what it printed when
somebody read it (tests/data/init/*.yml, anew with UPDATE_GOLDEN=1), and the exporter shows with it,
unchanged, what a person expects of these maps (layouts*.py)."""

import json
import os
import subprocess
from struct import pack

import bpf
import layouts
import layouts_kinds
import layouts_network
import layouts_tools
import support

DATA = os.path.join(support.TOP, "tests", "data", "init")
OBJECTS = os.path.join(support.BUILD, "tests", "init")
CTL = os.path.join(support.BUILD, "bpfmapctl")
LAYOUTS = [*layouts_network.LAYOUTS, *layouts_tools.LAYOUTS, *layouts_kinds.LAYOUTS]
# The kernel takes no BTF for a trie whose key is a union.
WITHOUT_BTF = ["calico/cali_v4_nat_fe3"]


def init(*pins):
    return subprocess.run([CTL, "init", *pins], capture_output=True, text=True, check=False, timeout=60)


class Init(support.Case):
    maxDiff = None

    def load(self):
        """All layouts' maps, filled."""
        for program in sorted({x.pin.split("/")[0] for x in LAYOUTS}):
            folder = self.pin(program)
            os.mkdir(folder)
            support.bpftool("prog", "load", os.path.join(OBJECTS, f"{program}.bpf.o"),
                            os.path.join(folder, "program"), "type", "socket", "pinmaps", folder)
        for layout in LAYOUTS:
            layout.fill(self.pin(layout.pin))

    def config(self, *pins):
        """What init prints of them, and what it says."""
        result = init(*pins)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout, result.stderr

    def assert_valid(self, config):
        """Valid, and nothing to be said of it."""
        result = self.check(config)
        self.assertEqual((result.returncode, result.stderr), (0, ""), config)
        self.assertRegex(result.stdout, r"^\S+ is valid\.?\n$")

    def scrape(self, exporter, query=""):
        text = exporter.get("/metrics" + query).text
        scraped, series = layouts.Scraped(text), support.parse_metrics(text)
        scraped.add(series)
        return scraped, series

    def serve(self, config):
        """What is to be seen with it, which is without a complaint in the log."""
        exporter = self.start(config)
        scraped, series = self.scrape(exporter)
        self.assertEqual(exporter.stop(), 0)
        self.assertNotRegex(exporter.log(), "level=(warn|error)")
        self.assertEqual({v for (name, _), v in series.items() if name == "bpfmap_up"}, {"1"})
        self.assertEqual({v for (name, _), v in series.items() if name == "bpfmap_series_dropped_total"},
                         {"0"})
        return scraped, series

    def compare(self, layout, scraped):
        problems = layouts.compare(layout, scraped) if layout.is_compared else []
        self.assertFalse(problems, "\n".join(problems))

    def compare_golden(self, name, config):
        path = os.path.join(DATA, f"{name}.yml")
        config = config.replace(self.pins, "/sys/fs/bpf")
        if os.environ.get("UPDATE_GOLDEN"):
            with open(path, "w", encoding="utf-8") as f:
                f.write(config)
        self.assertTrue(os.path.exists(path), f"{path} is missing: read this, then UPDATE_GOLDEN=1\n{config}")
        self.assertEqual(config, support.read_text(path))

    def make(self, name, map_type, key_size, value_size, entries, flags=0):
        """A map without BTF, pinned; entries: {key: value, or those of the CPUs}."""
        fd = bpf.create(map_type, key_size, value_size, max(len(entries), 1), flags=flags)
        for key, value in entries.items():
            layouts.Row(key, value).fill(fd)
        os.makedirs(os.path.dirname(self.pin(name)), exist_ok=True)
        bpf.pin(fd, self.pin(name))
        os.close(fd)
        return self.pin(name)

    def test_each(self):
        """The map's own configuration."""
        self.load()
        for layout in LAYOUTS:
            with self.subTest(layout.pin):
                config, said = self.config(self.pin(layout.pin))
                if layout.pin in WITHOUT_BTF:
                    self.assertIn("BTF", said)
                elif layout.rows:
                    self.assertEqual(said, "")
                else:  # entries that cannot be listed: nothing is guessed
                    self.assertNotIn("guess", said)
                self.assert_valid(config)
                scraped, _ = self.serve(config)
                self.compare(layout, scraped)
                self.compare_golden(layout.name, config)

    def test_golden_files(self):
        """One for each layout, and no other."""
        files = {x.removesuffix(".yml") for x in os.listdir(DATA) if x.endswith(".yml")}
        self.assertEqual(files, {x.name for x in LAYOUTS})

    def test_together(self):
        """One configuration of all: its names do not get into each other's way, and mean the same."""
        self.load()
        config, _ = self.config(*(self.pin(x.pin) for x in LAYOUTS))
        self.assert_valid(config)
        exporter = self.start(config)
        _, series = self.scrape(exporter)
        names = {labels["pin"]: labels["map"] for (name, labels) in
                 ((k[0], dict(k[1])) for k in series) if name == "bpfmap_up"}
        self.assertEqual(len(names), len(LAYOUTS))
        self.assertEqual(len(set(names.values())), len(LAYOUTS))
        for layout in LAYOUTS:
            with self.subTest(layout.pin):
                scraped, series = self.scrape(exporter, f"?map[]={names[self.pin(layout.pin)]}")
                self.assertEqual({v for (name, _), v in series.items() if name == "bpfmap_up"}, {"1"})
                self.compare(layout, scraped)

    def test_without_btf(self):
        """Sizes alone: what is as long as a number is one, and the guess is said to be one."""
        each = bpf.N_CPUS
        sums = [sum(5 + i for i in range(bpf.N_CPUS))]
        cases = [
            ("hash", 4, 8, {pack("<I", 7): pack("<Q", 2**40)}, ["7"], [2**40]),
            ("hash", 8, 4, {pack("<Q", 2**33): pack("<I", 99)}, [str(2**33)], [99]),
            ("hash", 2, 2, {pack("<H", 513): pack("<H", 65535)}, ["513"], [65535]),
            ("hash", 1, 1, {b"\5": b"\6"}, ["5"], [6]),
            ("lru_hash", 4, 8, {pack("<I", 1): pack("<Q", 3)}, ["1"], [3]),
            ("percpu_hash", 4, 8, {pack("<I", 1): [pack("<Q", 5 + i) for i in range(bpf.N_CPUS)]}, ["1"],
             sums),
            ("percpu_array", 4, 4, {pack("<I", 0): [pack("<I", 5 + i) for i in range(bpf.N_CPUS)]}, [], sums),
            ("lpm_trie", 8, 8, {pack("<I", 24) + bytes([192, 0, 2, 0]): pack("<Q", 3)}, ["192.0.2.0/24"],
             [3]),
            ("array", 4, 12, {pack("<I", 0): pack("<III", 1, 2, 3)}, [], [1, 2, 3]),
            ("hash", 13, 24, {b"\1" * 13: pack("<QQQ", 1, 2, 2**60)}, ["01" * 13], [1, 2, 2**60]),
            # No numbers, but an entry is there.
            ("hash", 3, 5, {b"abc": b"\1\2\3\4\5"}, ["616263"], [1]),
        ]
        for i, (map_type, key_size, value_size, entries, texts, numbers) in enumerate(cases):
            with self.subTest(f"{map_type} {key_size} {value_size}"):
                pin = self.make(f"m{i}", map_type, key_size, value_size, entries, map_type == "lpm_trie")
                config, said = self.config(pin)
                self.assertRegex(said, rf"^bpfmapctl: .*{pin}.*BTF.*\n$")
                self.assertIn("# guess: its layout, from the sizes alone", config)
                self.assert_valid(config)
                families = self.serve(config)[0].families.values()
                self.assertLessEqual({kind for kind, _ in families}, {"counter", "gauge"})
                seen = [v for _, series in families for v in series.values()]
                self.assertEqual(seen, [str(x) for x in numbers], config)
                labels = {frozenset(dict(labels).values()) for _, series in families for _, labels in series}
                self.assertEqual(labels, {frozenset(texts)}, config)

    def test_by_id(self):
        """By its name, for no number outlives the map."""
        fd = bpf.create("hash", 4, 8, 10, name="init_by_id")
        bpf.update(fd, pack("<I", 3), pack("<Q", 77))
        bpf.pin(fd, self.pin("counts"))
        os.close(fd)
        map_id = json.loads(support.bpftool("-j", "map", "show", "pinned", self.pin("counts")))["id"]
        config, _ = self.config(f"id:{map_id}")
        self.assertRegex(config, r"\n    map_name: init_by_id\n")
        self.assertNotIn("pin:", config)
        self.assert_valid(config)
        (_, series), = self.serve(config)[0].families.values()
        self.assertEqual(list(series.values()), ["77"])

    def test_pattern(self):
        """One entry of `maps` for all matches, which a label tells apart."""
        for i, name in enumerate(("eth0", "eth1", "wlan0")):
            self.make(f"xdp/{name}/stats", "array", 4, 8, {pack("<I", 0): pack("<Q", 10 + i)})
        config, _ = self.config(self.pin("xdp/*/stats"))
        self.assertEqual(config.count("pin:"), 1)
        self.assertIn(self.pin("xdp/*/stats"), config)
        self.assert_valid(config)
        (_, series), = self.serve(config)[0].families.values()
        self.assertEqual({(v, *dict(labels).values()) for (_, labels), v in series.items()},
                         {("10", "eth0"), ("11", "eth1"), ("12", "wlan0")}, config)

    def test_equal_names(self):
        pins = [self.make(f"{folder}/stats", "hash", 4, 8, {pack("<I", 1): pack("<Q", 10 + i)})
                for i, folder in enumerate(("one", "two"))]
        config, _ = self.config(*pins)
        self.assert_valid(config)
        families = self.serve(config)[0].families
        self.assertEqual({v for _, series in families.values() for v in series.values()}, {"10", "11"})

    def test_odd_pins(self):
        """Names that mean something to YAML, or that are no name of a metric."""
        names = ["with space", "a#b: c", "it's", 'q"uote', "back\\slash", "-dash", "{x}", "$1", "%s", "two\nlines", "é"]
        pins = [self.make(f"odd/{name}", "hash", 4, 8, {pack("<I", 1): pack("<Q", 10 + i)})
                for i, name in enumerate(names)]
        config, _ = self.config(*pins)
        self.assert_valid(config)
        families, series = self.serve(config)
        self.assertEqual({dict(labels)["pin"] for name, labels in series if name == "bpfmap_up"}, set(pins))
        self.assertEqual(sorted(v for _, of in families.families.values() for v in of.values()),
                         [str(10 + i) for i in range(len(names))])

    def test_relative_pins(self):
        """The exporter runs elsewhere: it gets whole paths."""
        pin = self.make("folder/some", "hash", 4, 8, {})
        folder = os.path.dirname(pin)
        for given, written in (("some", pin), ("./some", pin), ("../folder/some", pin), ("so*", f'"{folder}/so*"')):
            result = subprocess.run([CTL, "init", given], cwd=folder, capture_output=True, text=True, check=True)
            self.assertIn(f"\n    pin: {written}\n", result.stdout)

    def test_what_fails_is_said(self):
        """The others are printed all the same."""
        good = self.make("good", "hash", 4, 8, {})
        result = init(self.pin("none"), good)
        self.assertEqual(result.returncode, 1)
        self.assertIn(self.pin("none"), result.stderr)
        self.assertIn(f"pin: {good}", result.stdout)
        self.assert_valid(result.stdout)
        result = init(self.pin("none"), self.pin("no*ne"))
        self.assertEqual((result.returncode, result.stdout), (1, ""))


if __name__ == "__main__":
    support.run_tests()
