#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""An exporter that may read maps but not their BTF: it has the copies that root saved, of the very
BTF that a map has and only where nobody else could have changed them."""

import json
import os
import re
import shutil
import struct
import subprocess
import time

import bpf
import support

CTL = os.path.join(support.BUILD, "bpfmapctl")
NOBODY = 65534
FIELDS = ["packets", "bytes"]


class SavedBtf(support.Case):
    def setUp(self):
        super().setUp()
        # systemd mounts bpffs 0700.
        mode = os.stat("/sys/fs/bpf").st_mode & 0o7777
        self.addCleanup(os.chmod, "/sys/fs/bpf", mode)
        os.chmod("/sys/fs/bpf", mode | 0o011)
        os.chmod(self.pins, 0o711)
        self.state_dir = os.path.join(self.folder, "state")

    def make(self, name, fields, packets):
        """A map of one entry, over what is pinned there: so many packets of 100 bytes each."""
        btf = bpf.Btf()
        u32, u64 = btf.integer("unsigned int", 4), btf.integer("unsigned long", 8)
        value = btf.structure("stats", 16, [(x, u64, 8 * i) for i, x in enumerate(fields)])
        types = btf.load()
        fd = bpf.create("hash", 4, 16, 10, name=name, btf=(types, u32, value))
        numbers = {"packets": packets, "bytes": 100 * packets}
        bpf.update(fd, struct.pack("=I", 1), struct.pack("=QQ", *[numbers[x] for x in fields]))
        bpf.pin(fd, self.pin("new"))
        os.chmod(self.pin("new"), 0o644)
        os.rename(self.pin("new"), self.pin(name))
        for x in (types, fd):
            os.close(x)

    def save(self, *names):
        """bpfmapctl btf save. The ids of what it saved."""
        pins = [self.pin(x) for x in names]
        done = subprocess.run([CTL, "btf", "save", *pins, "--state-dir", self.state_dir],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        ids = [re.fullmatch(f"{re.escape(pin)}: BTF ([0-9]+) saved", line)
               for pin, line in zip(pins, done.stdout.splitlines(), strict=True)]
        return [int(x[1]) for x in ids]

    def btf_id(self, name):
        return json.loads(support.bpftool("-j", "map", "show", "pinned", self.pin(name)))["btf_id"]

    def copy(self, btf_id):
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
            return os.path.join(self.state_dir, "btf", f.read().strip(), str(btf_id))

    def start_as_nobody(self, state_dir, *names):
        config = "global: {refresh: 200ms, at_scrape: never"
        config += f", state_dir: '{state_dir}'}}\nmaps:\n" if state_dir else "}\nmaps:\n"
        for name in names:
            config += f"  - {{name: {name}, pin: '{self.pin(name)}', labels: {{k: key}}, metrics: ["
            config += ", ".join(f"{{name: {name}_{x}_total, type: counter, value: {x}}}" for x in FIELDS)
            config += "]}\n"
        program = os.path.join(self.folder, "bpfmap_exporter")
        shutil.copy(support.EXPORTER, program)  # the build may lie where nobody may not go
        os.chmod(program, 0o755)
        exporter = self.start(config, prefix=support.AS_NOBODY, program=program)
        with open(f"/proc/{exporter.process.pid}/status", encoding="ascii") as f:
            status = f.read()
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "Uid:\t65534\t65534\t65534"):
            self.assertIn(line, status)
        return exporter

    def series(self, exporter, name):
        """bpfmap_up, and the map's own series."""
        metrics = exporter.metrics()
        return (metrics.get(support.series_key("bpfmap_up", map=name, pin=self.pin(name))),
                {k[0]: v for k, v in metrics.items() if k[0].startswith(f"{name}_")})

    def wait_right(self, exporter, name, packets):
        right = "1", {f"{name}_packets_total": str(packets), f"{name}_bytes_total": str(100 * packets)}
        support.wait_until(lambda: self.series(exporter, name) == right, f"{name} is right",
                           lambda: f"{self.series(exporter, name)}\n{exporter.log()}")

    def wait_down(self, exporter, name, reason):
        """Down, said why, and stays so for some passes."""
        support.wait_until(
            lambda: [x for x in exporter.log().splitlines() if f"map={name} " in x and reason in x],
            f"the log of {name} says '{reason}'", exporter.log)
        for _ in range(5):
            self.assertEqual(self.series(exporter, name), ("0", {}))
            time.sleep(0.1)

    def test_before_and_after(self):
        self.make("flows", FIELDS, 7)
        exporter = self.start_as_nobody(self.state_dir, "flows")
        self.wait_down(exporter, "flows",
                       f"run `bpfmapctl btf save {self.pin('flows')} --state-dir {self.state_dir}` as root, "
                       "or write key and value in the configuration")
        self.assertIn("reason=layout", exporter.log())
        self.save("flows")
        self.wait_right(exporter, "flows", 7)
        self.make("flows", FIELDS[::-1], 3)
        self.wait_down(exporter, "flows", f"BTF {self.btf_id('flows')} is not saved in")
        self.save("flows")
        self.wait_right(exporter, "flows", 3)
        self.make("flows", FIELDS, 11)
        self.save("flows")
        self.wait_right(exporter, "flows", 11)

    def test_default_folder(self):
        self.make("flows", FIELDS, 7)
        exporter = self.start_as_nobody(None, "flows")
        self.wait_down(exporter, "flows", f"run `bpfmapctl btf save {self.pin('flows')}` as root")

    def test_with_privilege(self):
        """Nobody asks for copies then, least of all for a bad one."""
        self.make("flows", FIELDS, 7)
        copy = self.copy(self.save("flows")[0])
        with open(copy, "wb") as f:
            f.write(b"garbage")
        exporter = self.start(
            f"global: {{refresh: 200ms, at_scrape: never, state_dir: '{self.state_dir}'}}\nmaps:\n"
            f"  - {{name: flows, pin: '{self.pin('flows')}', metrics: "
            "[{name: flows_packets_total, type: counter, value: packets, labels: {k: key}}]}\n")
        support.wait_until(lambda: self.series(exporter, "flows") == ("1", {"flows_packets_total": "7"}),
                           "it is right", exporter.log)

    def test_copies_that_are_not_trusted(self):
        def garbage(copy):
            with open(copy, "wb") as f:
                f.write(os.urandom(100))

        def cut(copy):
            os.truncate(copy, os.stat(copy).st_size - 1)

        def link(copy):
            os.rename(copy, copy + ".moved")
            os.symlink(copy + ".moved", copy)

        def fifo(copy):
            os.unlink(copy)
            os.mkfifo(copy)

        damages = {
            "garbage": (garbage, "is no BTF, or is damaged"),
            "cut": (cut, "is no BTF, or is damaged"),
            "link": (link, "is a link"),
            "fifo": (fifo, "is no regular file"),
            "owner": (lambda copy: os.chown(copy, 1, 1), "belongs to user 1"),
            "mode": (lambda copy: os.chmod(copy, 0o666), "others than its owner may write to it"),
            "closed": (lambda copy: os.chmod(copy, 0o600), "Permission denied"),
        }
        names = list(damages)
        for i, name in enumerate(names):
            self.make(name, FIELDS, i + 1)
        ids = self.save(*names)
        for (damage, _), btf_id in zip(damages.values(), ids):
            damage(self.copy(btf_id))
        exporter = self.start_as_nobody(self.state_dir, *names)
        for name, (_, reason) in damages.items():
            with self.subTest(name):
                self.wait_down(exporter, name, reason)
        self.assertEqual(self.save(*names), ids)
        for i, name in enumerate(names):
            with self.subTest(name):
                self.wait_right(exporter, name, i + 1)

    def test_folders_that_are_not_trusted(self):
        self.make("flows", FIELDS, 7)
        boot = os.path.dirname(self.copy(self.save("flows")[0]))
        store = os.path.dirname(boot)
        os.chmod(boot, 0o777)
        exporter = self.start_as_nobody(self.state_dir, "flows")
        self.wait_down(exporter, "flows", f"{boot}: others than its owner may write to it")
        os.chmod(boot, 0o755)
        self.wait_right(exporter, "flows", 7)

        self.make("flows", FIELDS, 8)
        self.save("flows")
        self.wait_right(exporter, "flows", 8)
        os.chown(store, 1, 1)
        self.make("flows", FIELDS, 9)
        self.wait_down(exporter, "flows", f"{store}: belongs to user 1")
        done = subprocess.run([CTL, "btf", "save", self.pin("flows"), f"--state-dir={self.state_dir}"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"{store}: belongs to user 1", done.stderr)
        os.chown(store, NOBODY, NOBODY)  # the daemon's own
        self.wait_down(exporter, "flows", "is not saved in")


if __name__ == "__main__":
    support.run_tests()
