#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Each exit status of each command, by a case of it; the probes' are in ctl.sh, too."""

import ctypes
import errno
import os
import shutil
import signal
import socket
import struct
import subprocess

import bpf
import ctl_maps
import support
from ctl_maps import CTL
from support import EXPORTER

GOOD = "maps: []\n"
BAD = "maps: [{name: m, pin: /no/such/pin, colour: red}]\n"
PEER = """
metrics:
  counters:
    - name: runs_total
      help: Runs
      labels:
        - {name: cpu, size: 4, decoders: [{name: uint}]}
"""
COMMANDS = ("show", "dump", "init", "check", "import ebpf_exporter", "btf save", "probes list",
            "probes load", "probes unload")


def seccomp_bpf(error):
    """For the child: bpf() fails."""
    def install():
        load, equal, done = 0x20, 0x15, 0x06
        code = [(load, 0, 0, 0), (equal, 0, 1, bpf.NUMBER),
                (done, 0, 0, 0x00050000 | error), (done, 0, 0, 0x7fff0000)]
        data = b"".join(struct.pack("=HBBI", *x) for x in code)
        buffer = ctypes.create_string_buffer(data, len(data))
        program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(buffer))
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges
        assert libc.prctl(22, 2, ctypes.c_char_p(program)) == 0, ctypes.get_errno()
    return install


class Ctl(support.Case):
    def setUp(self):
        super().setUp()
        fd = bpf.create("array", 4, 4, 1)
        bpf.pin(fd, self.pin("plain"))
        os.close(fd)
        btf = bpf.Btf()
        loaded = btf.integer("__u32", 4) and btf.load()
        fd = bpf.create("hash", 4, 4, 1, btf=(loaded, 1, 1))
        bpf.pin(fd, self.pin("typed"))
        for x in fd, loaded:
            os.close(x)
        for name, text in ("good.yml", GOOD), ("bad.yml", BAD), ("peer.yml", PEER):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        self.state = ["--state-dir", os.path.join(self.folder, "state")]

    def file(self, name):
        return os.path.join(self.folder, name)

    def expect(self, status, command, *args, says="^", **kwargs):
        """What went wrong is a sentence that begins with the program's name, but for files."""
        with self.subTest(status=status, command=command, args=args):
            result = subprocess.run([*kwargs.pop("prefix", []), kwargs.pop("program", CTL), *command.split(), *args],
                                    capture_output=True, text=True, check=False, **kwargs)
            self.assertEqual(result.returncode, status, result)
            self.assertRegex(result.stderr, says)
            self.assertEqual(bool(result.stderr), status != 0, result)
            return result

    def test_done(self):
        for command in "show", "dump", "init":
            self.expect(0, command, self.pin("typed"))
        self.expect(0, "btf save", self.pin("typed"), *self.state)
        self.expect(0, "check", self.file("good.yml"))
        self.expect(0, "import ebpf_exporter", self.file("peer.yml"))
        self.expect(0, "probes list")
        for command in COMMANDS:
            self.expect(0, command, "--help")
        self.expect(0, "--help")
        self.expect(0, "--version")

    def test_failed(self):
        for command in "show", "dump", "init", "btf save":
            self.expect(1, command, self.pin("none"), says="nothing is pinned there; `find /sys/fs/bpf -type f`")
            self.expect(1, command, "/etc/passwd", says="not on a bpf filesystem; `find")
            self.expect(1, command, "id:2147483647", says="no map of this id; `bpftool map show`")
        # One that works does not make it well.
        for command in "show", "init":
            self.assertIn("typed", self.expect(1, command, self.pin("none"), self.pin("typed")).stdout)
        self.expect(1, "btf save", self.pin("plain"), *self.state, says="has no BTF")
        self.expect(1, "init", self.pins + "/none*", says="no pin matches: `ls`")
        self.expect(1, "check", self.file("bad.yml"), says="bad.yml:1:.*colour")
        for name, says in ("none.yml", "No such file"), ("", "Is a directory"):
            for command in "check", "import ebpf_exporter":
                self.expect(1, command, self.file(name), says=f"{says}.*\n?.*[Nn]ame a ")
        self.expect(1, "import ebpf_exporter", self.file("bad.yml"), says="nothing is imported")

    def test_usage(self):
        for command in COMMANDS:
            self.expect(2, command, "--no-such", says="there is no option '--no-such'.*--help")
        for command in "show", "dump", "init", "check", "import ebpf_exporter", "btf save":
            self.expect(2, command, says=f"usage: bpfmapctl {command} [A-Z.]+; `bpfmapctl {command} --help`")
        for command in "dump", "check":
            self.expect(2, command, "a", "b", says=f"usage: bpfmapctl {command}")
        self.expect(2, "probes list", "x", says="usage: bpfmapctl probes list")
        for command in "probes load", "probes unload":
            self.expect(2, command, "sycalls", says="did you mean 'syscalls'")
        for command in "probes", "btf", "import", "fly":
            self.expect(2, command, says="there is no command.*--help|did you mean")

    def as_nobody(self):
        program = self.file("bpfmapctl")
        shutil.copy(CTL, program)
        return {"prefix": support.AS_NOBODY, "program": program}

    def test_refused_without_privilege(self):
        nobody = self.as_nobody()
        for command in "show", "dump", "init":
            self.expect(3, command, self.pin("typed"), **nobody, says="permission denied; this user needs access")
        for command, *args in ("btf save", self.pin("typed")), ("probes load",), ("probes unload",), ("probes list",):
            self.expect(3, command, *args, **nobody, says="run this as root")

    def test_refused_without_bpf(self):
        """One sentence, wherever it is needed; files can be worked on without."""
        without = {"preexec_fn": seccomp_bpf(errno.ENOSYS)}
        for command in COMMANDS:
            if command in ("check", "import ebpf_exporter"):
                continue
            args = [] if command.startswith("probes") else [self.pin("typed")]
            result = self.expect(3, command, *args, says="no bpf.. system call: .*CONFIG_BPF_SYSCALL", **without)
            self.assertEqual(result.stderr.count("\n"), 1)
            self.assertEqual(result.stdout, "")
        self.expect(0, "import ebpf_exporter", self.file("peer.yml"), **without)
        self.expect(0, "check", self.file("good.yml"), **without)
        for command in "show", "dump", "init":
            self.expect(3, command, self.pin("typed"), preexec_fn=seccomp_bpf(errno.EPERM),
                        says="not permitted; it needs .* a seccomp profile that allows it")

    def test_how_full(self):
        fd = bpf.create("hash", 4, 4, 8, name="half")
        for i in range(3):
            bpf.update(fd, bytes([i, 0, 0, 0]), bytes(4))
        bpf.pin(fd, self.pin("half"))
        os.close(fd)
        self.assertIn("entries      3 (37.5 % full)", self.expect(0, "show", self.pin("half")).stdout)

    def test_output_that_cannot_be_written(self):
        for command, *args in (("show", self.pin("typed")), ("dump", self.pin("typed")), ("init", self.pin("typed")),
                               ("check", self.file("good.yml")), ("import ebpf_exporter", self.file("peer.yml")),
                               ("probes list",), ("--help",)):
            with open("/dev/full", "wb") as full:
                result = subprocess.run([CTL, *command.split(), *args], stdout=full, stderr=subprocess.PIPE,
                                        text=True, check=False)
            self.assertEqual(result.returncode, 1, (command, result.stderr))
            self.assertIn("standard output: No space left on device", result.stderr)


class Exporter(support.Case):
    def config(self, text):
        path = os.path.join(self.folder, "c.yml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return f"--config.file={path}"

    def expect(self, status, *args, says="^", **kwargs):
        with self.subTest(status=status, args=args):
            result = subprocess.run([EXPORTER, *args], stderr=subprocess.PIPE, text=True, check=False,
                                    **{"stdout": subprocess.PIPE} | kwargs)
            self.assertEqual(result.returncode, status, result)
            self.assertRegex(result.stderr, says)
            return result

    def test_well(self):
        for how in signal.SIGTERM, signal.SIGINT:
            exporter = support.Exporter(self.folder, GOOD)
            self.assertEqual(exporter.stop(how), 0)
        self.assertEqual(self.expect(0, self.config(GOOD), "--config.check").stdout,
                         f"{self.folder}/c.yml is valid.\n")
        for option in "--help", "--version":
            self.assertEqual(self.expect(0, option).stderr, "")

    def test_mistakes_in_the_configuration(self):
        for check in [], ["--config.check"]:
            self.expect(1, self.config(BAD), *check, says="c.yml:1:.*colour")
            self.expect(1, "--config.file=/no/such", *check,
                        says="^/no/such: cannot be opened: No such file.*\nName a configuration .*bpfmapctl init")

    def test_mistakes_in_the_options(self):
        for option in ("--no-such", "--log.level=loud", "--log.format=xml", "--web.telemetry-path=x", "file",
                       "--config.file"):
            self.expect(2, option, says="--help")

    def test_address_that_is_none(self):
        for address in "localhost:http", "127.0.0.1:99999":
            self.expect(2, self.config(GOOD), f"--web.listen-address={address}", says="expected HOST:PORT")

    def test_without_bpf(self):
        """The maps are down, and it says why."""
        config = self.config("maps: [{name: m, pin: /sys/fs/bpf/none}]\n")
        self.expect(0, config, "--config.check", preexec_fn=seccomp_bpf(errno.ENOSYS),
                    says="/none: this kernel has no bpf\\(\\); it takes")

    def test_refused(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            self.expect(3, self.config(GOOD), f"--web.listen-address=127.0.0.1:{s.getsockname()[1]}", says="in use")
        with open("/dev/full", "wb") as full:
            for option in ["--help"], ["--version"], [self.config(GOOD), "--config.check"]:
                self.expect(3, *option, stdout=full, says="standard output: No space left")


class Check(support.Case):
    """bpfmapctl check is --config.check."""

    def test_same(self):
        missing = self.pin("missing")
        for text in (GOOD, BAD, "maps: [", "", "maps: [{name: m, pin: /tmp}]\n",
                     f"maps: [{{name: m, pin: {missing}, key: u32, value: u64, "
                     "metrics: [{name: x_total, type: counter, labels: {k: key}}]}]\n"):
            by_exporter = self.check(text)
            path = os.path.join(self.folder, "checked.yml")
            by_ctl = subprocess.run([CTL, "check", path], capture_output=True, text=True, check=False)
            for what in "returncode", "stdout", "stderr":
                self.assertEqual(getattr(by_ctl, what), getattr(by_exporter, what), text)
        self.assertIn("not checked against the kernel", by_ctl.stderr)
        self.assertEqual(by_ctl.returncode, 0)


class Init(ctl_maps.Case):
    """What starter configurations look like is test_init.py's; here, what they are made of."""

    def test_patterns(self):
        self.load_maps()
        pattern = self.pins + "/fl*"
        result = self.ctl("init", pattern)
        self.assertIn(pattern, result.stdout.decode())
        self.assertEqual(self.check(result.stdout.decode()).returncode, 0, result.stdout.decode())
        result = self.ctl("init", self.pins + "/prog*", status=1)
        self.assertRegex(result.stderr, b"/program: .*is pinned there.*; `find")

    def test_no_btf(self):
        fd = bpf.create("hash", 4, 8, 4)
        bpf.pin(fd, self.pin("plain"))
        os.close(fd)
        result = self.ctl("init", self.pin("plain"))
        self.assertIn(b"has no BTF; the layout is guessed from sizes", result.stderr)
        self.assertEqual(self.check(result.stdout.decode()).returncode, 0, result.stdout.decode())

    def test_one_fails(self):
        self.load_maps()
        result = self.ctl("init", self.pin("none"), self.pin("ids"), status=1)
        self.assertEqual(result.stdout, self.ctl("init", self.pin("ids")).stdout)
        self.assertEqual(result.stderr.count(b"\n"), 1)
        self.assertEqual(self.ctl("init", self.pin("none"), status=1).stdout, b"")


class Import(support.Case):
    def run_import(self, *args, **kwargs):
        return subprocess.run([CTL, "import", "ebpf_exporter", *args], capture_output=True, check=False, **kwargs)

    def test_standard_input_and_prefix(self):
        for args, name in ([], "ebpf_exporter_runs_total"), (["--prefix", "x"], "x_runs_total"), (["--prefix="], "runs_total"):
            result = self.run_import("-", *args, input=PEER.encode())
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout.decode(), rf"name: {name}\b")
            self.assertEqual(self.check(result.stdout.decode()).returncode, 0)
        result = self.run_import("-", input=b"metrics: {")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, b"^standard input:[0-9]+:[0-9]+: ")
        self.assertEqual(result.stdout, b"")

    def test_large(self):
        path = os.path.join(self.folder, "large.yml")
        for size, status in (1 << 20, 0), ((1 << 20) + 1, 1):
            with open(path, "w", encoding="utf-8") as f:
                f.write(PEER)
                f.write("#" * (size - len(PEER)))
            result = self.run_import(path)
            self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(b"larger than 1 MiB", result.stderr)


if __name__ == "__main__":
    support.run_tests()
