#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""bpfmapctl dump: what other programs read back from its output, and how it behaves in a pipe."""

import csv
import io
import json
import os
import pty
import resource
import struct
import subprocess
import threading
import time

import bpf
import ctl_maps
import support
from ctl_maps import CTL, flow, on_cpus, stats, sums

TABLE, CSV = "--format=table", "--format=csv"

FLOW = {"port": 443, "proto": 6, "zone": 7, "low": 0x1234, "lowest": 0x34,
        "whole": "1:203:405:607:809:a0b:c0d:e0f"}
STATS = {"packets": 2**64 - 1, "delta": -2, "on": True, "verdict": "DROP", "ratio": 0.5, "half": 0.25,
         "text": "hi", "raw": "0001feff", "a": 5, "b": 8000, "c": -3, "counts": [1, 2, 3],
         "points": [{"x": 1, "tag": "p1"}, {"x": -1, "tag": "p2"}],
         "u": {"word": 0x01020304, "short_": 0x0304}, "wide": "05" + "00" * 14 + "80",
         "inner": {"deep": 7}, "many": list(range(40)), "long_raw": bytes(range(64)).hex()}


def limit_memory():
    """To what is less than the output; sanitizers need more."""
    with open(CTL, "rb") as f:
        if b"__asan_init" not in f.read():
            resource.setrlimit(resource.RLIMIT_AS, (24 << 20, 24 << 20))


def flatten(name, value):
    """As the columns are: structs by their members, lists as JSON."""
    if isinstance(value, dict):
        cells = {}
        for k, v in value.items():
            cells |= flatten(f"{name}.{k}", v)
        return cells
    if isinstance(value, list):
        return {name: json.dumps(value, separators=(",", ":"))}
    return {name: json.dumps(value) if isinstance(value, bool) else str(value)}


class Formats(ctl_maps.Case):
    def setUp(self):
        super().setUp()
        self.load_maps()

    def rows(self, pin, *args):
        text = self.ctl("dump", self.pin(pin), CSV, *args).stdout.decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def test_every_kind_of_field(self):
        self.put("flows", {flow(443, 6, 7, 0x1234): stats(packets=2**64 - 1)})
        entry = {"key": FLOW, "value": STATS}
        self.assertEqual(self.dump("flows"), [entry])
        self.assertEqual(self.rows("flows"), [flatten("key", FLOW) | flatten("value", STATS)])
        head, line = self.ctl("dump", self.pin("flows")).stdout.decode().splitlines()
        self.assertEqual(head.split(), list(flatten("key", FLOW) | flatten("value", STATS)))
        self.assertIn(" 18446744073709551615 ", line)
        self.assertIn("[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,… 24 more]", line)
        self.assertTrue(line.endswith(bytes(range(32)).hex() + "… 32 more bytes"), line)

    def test_scalars_and_alignment(self):
        self.put("ids", {struct.pack("=Q", 7): struct.pack("=I", 12345678)})
        self.assertEqual(self.ctl("dump", self.pin("ids")).stdout, b"key     value\n  7  12345678\n")
        self.assertEqual(self.ctl("dump", self.pin("ids"), CSV).stdout, b"key,value\n7,12345678\n")
        self.assertEqual(self.dump("ids"), [{"key": 7, "value": 12345678}])

    def test_empty(self):
        for arg, text in (TABLE, b"key  value\n"), (CSV, b"key,value\n"), ("--format=json", b"[]\n"):
            self.assertEqual(self.ctl("dump", self.pin("ids"), arg).stdout, text)

    def test_globals_have_no_key(self):
        variables = {"runs": 5, "greeting": "hello"}
        self.assertEqual(self.dump("ctl_data"), [{"value": variables}])
        self.assertEqual(self.rows("ctl_data"), [flatten("value", variables)])

    def test_array(self):
        self.put("slots", {struct.pack("=I", 1): struct.pack("=Q", 9)})
        self.assertEqual([(x["key"], x["value"]) for x in self.dump("slots")], [(0, 0), (1, 9), (2, 0)])

    def test_numbers_that_are_none(self):
        for ratio, text in ((float("nan"), "NaN"), (float("inf"), "+Inf"), (float("-inf"), "-Inf")):
            self.put("flows", {flow(1, 1, 1, 1): stats(ratio=ratio, half=ratio, verdict=77)})
            value = self.dump("flows")[0]["value"]
            self.assertEqual([value["ratio"], value["half"], value["verdict"]], [text, text, 77])
            row = self.rows("flows")[0]
            self.assertEqual([row["value.ratio"], row["value.verdict"]], [text, "77"])

    def test_negative_enum(self):
        self.put("flows", {flow(1, 1, 1, 1): stats(verdict=-1)})
        self.assertEqual(self.dump("flows")[0]["value"]["verdict"], "ERROR")
        self.put("flows", {flow(1, 1, 1, 1): stats(verdict=-5)})
        # Older compilers do not say that the enum is signed.
        self.assertIn(self.dump("flows")[0]["value"]["verdict"], (-5, 2**32 - 5))

    def test_texts(self):
        cases = (  # bytes, the text, in a table
            (b"a,\"b\"\r\nc", 'a,"b"\r\nc', 'a,"b"\\u000d\\nc'),
            (b'say "hi"', 'say "hi"', 'say "hi"'),
            (b"a\rb", "a\rb", "a\\u000db"),
            (b"a\nb", "a\nb", "a\\nb"),
            (b"\x1b[2J\x7f\x07", "\x1b[2J\x7f\x07", "\\u001b[2J\\u007f\\u0007"),
            ("caf\u00e9 \u20ac".encode(), "café €", "café €"),
            (b"\xff\xc3(\xc0\xaf", "\ufffd\ufffd(\ufffd\ufffd", "\ufffd\ufffd(\ufffd\ufffd"),
            ("\x9b2J\x80".encode(), "\x9b2J\x80", "\\u009b2J\\u0080"),
            (b"back\\slash", "back\\slash", "back\\\\slash"),
            (b"=1+1", "=1+1", "=1+1"),
            (b"no end here 1234", "no end here 1234", "no end here 1234"),
            (b"cut\0away", "cut", "cut"),
            (b"", "", '""'),
        )
        for data, text, cell in cases:
            with self.subTest(data=data):
                self.put("flows", {flow(1, 1, 1, 1): stats(text=data)})
                self.assertEqual(self.dump("flows")[0]["value"]["text"], text)
                self.assertEqual(self.rows("flows")[0]["value.text"], text)
                table = self.ctl("dump", self.pin("flows")).stdout
                self.assertIn(f" {cell} ".encode(), table)
                self.assertNotRegex(table, rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")

    def test_sum_of_cpus(self):
        self.put("sums", {struct.pack("=I", 1): on_cpus(
            sums(0), sums(2**63 + 1, 2**32 - 1, -5, 3, 0.5, b"second", (1, 2)))})
        value = {"calls": 2**63 + 1, "small": 2**32 - 1, "below": -5, "verdict": "DROP", "d": 0.5,
                 "name": "second", "pair": [1, 2]}
        if bpf.N_CPUS < 2:
            self.skipTest("one CPU has no other to be added to")
        self.assertEqual(self.dump("sums"), [{"key": 1, "value": value}])
        first = sums(2**63 + 2, 2**32 - 1, 3, 0, 0.25, b"first", (2**32 - 1, 4))
        self.put("sums", {struct.pack("=I", 1): on_cpus(
            first, sums(2**63 + 1, 2**32 - 1, -5, 3, 0.5, b"second", (1, 2)))})
        value = {"calls": 3, "small": 2**33 - 2, "below": -2, "verdict": "PASS", "d": 0.75,
                 "name": "first", "pair": [2**32, 6]}
        self.assertEqual(self.dump("sums"), [{"key": 1, "value": value}])
        self.assertEqual(self.dump("sums", "--cpu=sum"), [{"key": 1, "value": value}])
        self.assertEqual(self.rows("sums")[0]["value.pair"], f"[{2**32},6]")

    def test_names_are_not_added(self):
        """An interface on several CPUs is no larger interface."""
        btf = bpf.Btf()
        u32, u64 = btf.integer("unsigned int", 4), btf.integer("unsigned long long", 8)
        value = btf.structure("last", 16, [("ifindex", u32, 0), ("uid", u32, 4), ("packets", u64, 8)])
        fd = bpf.create("percpu_hash", 4, 16, 4, btf=(btf.load(), u32, value))
        bpf.update(fd, struct.pack("=I", 1), struct.pack("=IIQ", 7, 1000, 5) * bpf.N_CPUS)
        bpf.pin(fd, self.pin("named"))
        os.close(fd)
        self.assertEqual(self.dump("named"),
                         [{"key": 1, "value": {"ifindex": 7, "uid": 1000, "packets": 5 * bpf.N_CPUS}}])

    def test_each_cpu(self):
        self.put("sums", {struct.pack("=I", k): on_cpus(sums(10 + k, name=b"x")) for k in (1, 2)})
        entries = self.dump("sums", "--cpu", "each")
        self.assertEqual(sorted((x["key"], x["cpu"], x["value"]["calls"], x["value"]["name"]) for x in entries),
                         [(k, cpu, 0 if cpu else 10 + k, "" if cpu else "x")
                          for k in (1, 2) for cpu in range(bpf.N_CPUS)])
        self.assertEqual(list(self.rows("sums", "--cpu=each")[0])[:3], ["key", "cpu", "value.calls"])
        # The limit counts entries.
        self.assertEqual(len(self.dump("sums", "--cpu=each", "--limit=1")), bpf.N_CPUS)
        result = self.ctl("dump", self.pin("ids"), "--cpu=each", status=1)
        self.assertIn(b"one value for all CPUs", result.stderr)

    def test_limit(self):
        self.put("ids", {struct.pack("=Q", k): struct.pack("=I", k) for k in range(600)})
        for n, cut in (1, True), (255, True), (256, True), (599, True), (600, False), (601, False):
            with self.subTest(n=n):
                self.assertEqual(len(self.dump("ids", "--limit", str(n))), min(n, 600))
                result = self.ctl("dump", self.pin("ids"), f"--limit={n}")
                self.assertEqual(len(result.stdout.splitlines()), min(n, 600) + 1)
                self.assertEqual(b"there are more" in result.stderr, cut, result.stderr)
                self.assertEqual(self.ctl("dump", self.pin("ids"), CSV, f"--limit={n}").stderr, b"")

    def test_later_rows_may_be_wider(self):
        """The first rows set the widths; none is lost where they end."""
        for n in 255, 256, 257, 600:
            self.put("ids", {struct.pack("=Q", k): struct.pack("=I", k) for k in range(n)})
            rows = self.ctl("dump", self.pin("ids")).stdout.decode().splitlines()[1:]
            self.assertEqual(sorted(tuple(map(int, r.split())) for r in rows), [(k, k) for k in range(n)])

    def test_id(self):
        self.put("ids", {struct.pack("=Q", 7): struct.pack("=I", 8)})
        shown = json.loads(support.bpftool("-j", "map", "show", "pinned", self.pin("ids")))
        result = self.ctl("dump", f"id:{shown['id']}", "--format", "json")
        self.assertEqual(json.loads(result.stdout), [{"key": 7, "value": 8}])

    def test_without_privilege(self):
        """BTF is not for everybody: bytes, unless it was saved."""
        self.put("ids", {struct.pack("=Q", 7): struct.pack("=I", 8)})
        os.chmod(self.pins, 0o755)
        os.chmod(self.pin("ids"), 0o644)
        program, state = os.path.join(self.folder, "bpfmapctl"), os.path.join(self.folder, "state")
        subprocess.run(["cp", CTL, program], check=True)

        def run(*args):
            return subprocess.run([*support.AS_NOBODY, program, "dump", self.pin("ids"), CSV, *args],
                                  capture_output=True, text=True, check=False)

        if "Permission" in run().stderr or "permission denied" in run().stderr:
            self.skipTest("the bpf filesystem is closed to others")
        self.assertEqual(run().stdout, "key,value\n0700000000000000,08000000\n")
        self.assertIn("bpfmapctl btf save", run().stderr)
        self.ctl("btf", "save", self.pin("ids"), "--state-dir", state)
        self.assertEqual(run("--state-dir", state).stdout, "key,value\n7,8\n")


class Types(ctl_maps.Case):
    def create(self, name, *options):
        support.bpftool("map", "create", self.pin(name), "name", name, *options)

    def test_without_btf(self):
        fd = bpf.create("hash", 2, 3, 4)
        bpf.update(fd, b"\x01\xff", b"abc")
        bpf.pin(fd, self.pin("plain"))
        os.close(fd)
        self.assertEqual(self.dump("plain"), [{"key": "01ff", "value": "616263"}])
        result = self.ctl("dump", self.pin("plain"))
        self.assertEqual(result.stdout, b"key   value\n01ff  616263\n")
        self.assertRegex(result.stderr.decode(), "^bpfmapctl: .*/plain: the map has no BTF; .*clang -g.*\n$")

    def test_array_without_btf(self):
        fd = bpf.create("array", 4, 2, 2)
        bpf.pin(fd, self.pin("plain"))
        os.close(fd)
        self.assertEqual(self.dump("plain"), [{"key": 0, "value": "0000"}, {"key": 1, "value": "0000"}])

    def test_lpm(self):
        fd = bpf.create("lpm_trie", 8, 4, 2, flags=1)
        bpf.update(fd, struct.pack("=I4s", 8, bytes([10, 0, 0, 0])), bytes(4))
        bpf.pin(fd, self.pin("trie"))
        os.close(fd)
        self.assertEqual(self.dump("trie"), [{"key": "080000000a000000", "value": "00000000"}])

    def test_that_cannot_be_listed(self):
        cases = (
            ("queue", "would remove it", ("type", "queue", "value", "8", "entries", "4")),
            ("stack", "would remove it", ("type", "stack", "value", "8", "entries", "4")),
            ("ringbuf", "consumes them", ("type", "ringbuf", "entries", "4096")),
            ("bloom_filter", "not for reading", ("type", "bloom_filter", "value", "8", "entries", "4")),
            ("prog_array", "not for reading", ("type", "prog_array", "key", "4", "value", "4", "entries", "4")),
            ("devmap", "not for reading", ("type", "devmap", "key", "4", "value", "4", "entries", "4")),
        )
        for name, says, options in cases:
            with self.subTest(name=name):
                self.create(name, *options)
                result = self.ctl("dump", self.pin(name), status=1)
                self.assertEqual(result.stdout, b"")
                self.assertIn(f"type {name} cannot be listed", result.stderr.decode())
                self.assertIn(says, result.stderr.decode())
                self.assertIn(f"bpfmapctl show {self.pin(name)}", result.stderr.decode())

    def test_maps_of_maps(self):
        self.create("inner", "type", "array", "key", "4", "value", "4", "entries", "1")
        self.create("outer", "type", "array_of_maps", "key", "4", "value", "4", "entries", "2",
                    "inner_map", "pinned", self.pin("inner"))
        result = self.ctl("dump", self.pin("outer"), status=1)
        self.assertIn("its entries are maps; pin those", result.stderr.decode())


class Long(ctl_maps.Case):
    """A map whose output fills pipes."""

    N = 1000000

    def setUp(self):
        super().setUp()
        btf = bpf.Btf()
        number = btf.integer("__u32", 4)
        counter = btf.integer("__u64", 8)
        value = btf.structure("value", 16, [("packets", counter, 0), ("bytes", counter, 8)])
        loaded = btf.load()
        fd = bpf.create("hash", 4, 16, self.N, btf=(loaded, number, value))
        keys = b"".join(struct.pack("=I", k) for k in range(self.N))
        values = b"".join(struct.pack("=QQ", k, k * 3) for k in range(self.N))
        bpf.update_batch(fd, keys, values, self.N)
        bpf.pin(fd, self.pin("long"))
        os.close(fd)
        os.close(loaded)

    def test_a_million(self):
        """All of them, in a few seconds, and never all in memory."""
        for form in "json", "csv", "table":
            start = time.monotonic()
            path = os.path.join(self.folder, form)
            with open(path, "wb") as out:
                subprocess.run([CTL, "dump", self.pin("long"), "--format", form], stdout=out, check=True,
                               preexec_fn=limit_memory)
            took = time.monotonic() - start
            print(f"{form}: {took:.2f} s", flush=True)
            self.assertLess(took, 30)  # sanitizers are slow
            with open(path, encoding="utf-8") as f:
                if form == "json":
                    found = [(x["key"], x["value"]["packets"], x["value"]["bytes"]) for x in json.load(f)]
                else:
                    next(f)
                    found = [tuple(map(int, x.replace(",", " ").split())) for x in f]
            os.unlink(path)
            found.sort()
            self.assertEqual(len(found), self.N)
            self.assertTrue(all(x == (k, k, 3 * k) for k, x in enumerate(found)))

    def test_a_reader_that_goes(self):
        for form in "json", "csv", "table":
            process = subprocess.Popen([CTL, "dump", self.pin("long"), "--format", form],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdout.readline()
            process.stdout.close()
            self.assertEqual(process.stderr.read(), b"")
            process.stderr.close()
            self.assertEqual(process.wait(60), -13, "by SIGPIPE")

    def test_a_disk_that_is_full(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([CTL, "dump", self.pin("long"), "--format", "json"], stdout=full,
                                    stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, "bpfmapctl: standard output: No space left on device: "
                                        "the output is not whole; mend that, and run it again\n")

    def on_terminal(self, command):
        """What a terminal on standard error gets."""
        master, slave = pty.openpty()
        seen = []

        def read():
            while True:
                try:
                    data = os.read(master, 65536)
                except OSError:
                    return
                if not data:
                    return
                seen.append(data)

        thread = threading.Thread(target=read)
        thread.start()
        status = command(slave)
        os.close(slave)
        thread.join(60)
        os.close(master)
        return status, b"".join(seen).decode(errors="replace")

    def test_progress(self):
        def dump(pin, shares_output=False):
            def run(slave):
                return subprocess.run([CTL, "dump", pin, "--format=csv"], stderr=slave, check=False,
                                      stdout=slave if shares_output else subprocess.DEVNULL).returncode
            return self.on_terminal(run)

        status, text = dump(self.pin("long"))
        self.assertEqual(status, 0)
        self.assertRegex(text, r"\r\d{5,} of at most 1000000 entries\x1b\[K")
        self.assertTrue(text.endswith("\r\x1b[K"), text[-80:])
        # Where the rows go to the same terminal it is erased before them.
        status, text = dump(self.pin("long"), True)
        self.assertEqual(status, 0)
        for line in text.replace("\r\x1b[K", "\n").splitlines():
            self.assertFalse("of at most" in line and "," in line, line)
        self.assertEqual(self.ctl("dump", self.pin("long"), CSV).stderr, b"")
        # A map that is soon done has none.
        fd = bpf.create("array", 4, 4, 9999)
        bpf.pin(fd, self.pin("short"))
        os.close(fd)
        self.assertNotIn("of at most", dump(self.pin("short"))[1])


if __name__ == "__main__":
    support.run_tests()
