# SPDX-License-Identifier: GPL-2.0-only
"""What the end-to-end tests share: the built exporter at work on pins of the test's own."""

import gzip
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD_DIR", os.path.join(TOP, "build"))
EXPORTER = os.path.join(BUILD, "bpfmap_exporter")
SKIPPED = 77
AS_NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
             "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs"]
_SERIES = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')


def run_tests():
    """The module's tests; exits with SKIPPED where maps cannot be made."""
    missing = None
    if os.geteuid() != 0:
        missing = "it makes eBPF maps, which needs root"
    elif subprocess.run(["stat", "-f", "-c", "%T", "/sys/fs/bpf"], capture_output=True, text=True,
                        check=False).stdout.strip() != "bpf_fs":
        missing = "no bpf filesystem is mounted at /sys/fs/bpf"
    if missing:
        print(f"skipped: {missing}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), text)


def series_key(name, **labels):
    return name, frozenset(labels.items())


def parse_metrics(text):
    """The series as {(name, frozenset of labels): value as written}; each only once."""
    series = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        m = _SERIES.match(line)
        assert m, f"no series: {line!r}"
        labels = frozenset((k, unescape(v)) for k, v in _LABEL.findall(m[2] or ""))
        assert (m[1], labels) not in series, f"twice: {line!r}"
        series[m[1], labels] = m[3]
    return series


def bpftool(*args):
    result = subprocess.run(["bpftool", *args], capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"bpftool {' '.join(args)}: {result.stdout}{result.stderr}"
    return result.stdout


def to_bytes(hex_list):
    return bytes(int(x, 16) for x in hex_list)


def dump(pin):
    """What bpftool finds: {key: [value of each CPU]}, bytes."""
    return _entries("pinned", pin)


def dump_id(map_id):
    """The same of a loaded map."""
    return _entries("id", str(map_id))


def _entries(*which):
    entries = {}
    for e in json.loads(bpftool("-j", "map", "dump", *which)):
        values = [v["value"] for v in e["values"]] if "values" in e else [e["value"]]
        entries[to_bytes(e["key"])] = [to_bytes(v) for v in values]
    return entries


def maps_of(process):
    """The maps that a process holds: {name: id}."""
    ids, folder = set(), f"/proc/{process.pid}/fdinfo"
    for name in os.listdir(folder):
        try:
            with open(os.path.join(folder, name), encoding="ascii") as f:
                ids |= {int(x.split()[1]) for x in f if x.startswith("map_id:")}
        except FileNotFoundError:
            continue  # closed meanwhile
    shown = [json.loads(bpftool("-j", "map", "show", "id", str(i))) for i in ids]
    return {x.get("name"): x["id"] for x in shown}


def example(name):
    """The text of an example configuration, and the command in its head that fills its maps."""
    with open(os.path.join(TOP, "config", "examples", name), encoding="utf-8") as f:
        text = f.read()
    return text, shlex.split(re.search(r"^#\tsudo (.*)$", text, re.M)[1])


class Exporter:
    """The program with a configuration, on a free port; ended by stop()."""

    def __init__(self, folder, config, *options, prefix=(), program=EXPORTER):
        self.config = os.path.join(folder, "exporter.yml")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(config)
        self.port = free_port()
        self.log_path = os.path.join(folder, "exporter.log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*prefix, program, f"--config.file={self.config}",
                 f"--web.listen-address=127.0.0.1:{self.port}", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.is_ready, "the exporter is ready", self.log)

    def log(self):
        with open(self.log_path, encoding="utf-8") as f:
            return f.read()

    def is_ready(self):
        assert self.process.poll() is None, f"the exporter ended: {self.log()}"
        try:
            return self.get("/-/ready").status == 200
        except OSError:
            return False

    def request(self, method, path, headers=None):
        """The response with .raw added, what that is unpacked as .body, and .text where it is text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            response.raw = response.read()
        finally:
            connection.close()
        response.body = response.raw
        if response.getheader("Content-Encoding") == "gzip" and response.raw:
            response.body = gzip.decompress(response.raw)
        if "protobuf" not in response.getheader("Content-Type", ""):
            response.text = response.body.decode()
        return response

    def get(self, path, headers=None):
        return self.request("GET", path, headers)

    def metrics(self, query=""):
        response = self.get("/metrics" + query)
        assert response.status == 200, response.text
        return parse_metrics(response.text)

    def peak_memory_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM:"))

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def read_text(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def end(process, how=signal.SIGINT):
    """Asked more than once: bpftrace does not hear what comes while it attaches."""
    for _ in range(10):
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(2)
            break
        except subprocess.TimeoutExpired:
            continue
    else:
        process.kill()
        process.wait()
    if process.stdin:
        process.stdin.close()


def wait_until(condition, what, details=lambda: "", patience_s=30):
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, f"in vain until {what}\n{details()}"
        time.sleep(0.05)


# Programs in the kernel know processes by their numbers in the first PID namespace.
needs_own_pids = unittest.skipIf(os.stat("/proc/self/ns/pid").st_ino != 0xEFFFFFFC,
                                 "in another PID namespace a tool's filter by PID finds no process")


class Case(unittest.TestCase):
    """A test with a folder for files, one for pins, and exporters that end with it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bpfmap_e2e.")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)
        self.pins = f"/sys/fs/bpf/{os.path.basename(self.folder).replace('.', '_')}"
        os.mkdir(self.pins)
        self.addCleanup(shutil.rmtree, self.pins)

    def pin(self, name):
        return os.path.join(self.pins, name)

    def start(self, config, *options, **kwargs):
        exporter = Exporter(self.folder, config, *options, **kwargs)
        # A sanitizer's finding is in the status too.
        self.addCleanup(lambda: self.assertEqual(exporter.stop(), 0, exporter.log()))
        return exporter

    def check(self, config):
        """What --config.check says of it."""
        path = os.path.join(self.folder, "checked.yml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(config)
        return subprocess.run([EXPORTER, f"--config.file={path}", "--config.check"],
                              capture_output=True, text=True, check=False)

    def load_program(self, name, source, *options):
        """A socket filter in C, pinned as `program`. name: the object's, with which its maps' begin."""
        path, built = (os.path.join(self.folder, f"{name}.bpf.{x}") for x in "co")
        with open(path, "w", encoding="utf-8") as f:
            f.write(source)
        subprocess.run(["clang", "-g", "-O2", "-target", "bpf", "-c", path, "-o", built], check=True)
        bpftool("prog", "load", built, self.pin("program"), "type", "socket", *options)

    def run_program(self, times=1):
        packet = os.path.join(self.folder, "packet")
        with open(packet, "wb") as f:
            f.write(bytes(64))
        bpftool("prog", "run", "pinned", self.pin("program"), "data_in", packet, "repeat", str(times))

    def run_beside(self, command, maps):
        """A tool; returns when the maps of these names are there. Ended with the test."""
        log = os.path.join(self.folder, "tool.log")
        with open(log, "wb") as out:
            tool = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin"})
        tool.log = log
        self.addCleanup(end, tool)

        def is_loaded():
            assert tool.poll() is None, f"it ended: {read_text(log)}"
            return set(maps) <= set(maps_of(tool))

        wait_until(is_loaded, f"{command[0]} has made {maps}", lambda: read_text(log))
        return tool

    def assert_value(self, series, value, name, **labels):
        key = series_key(name, **labels)
        if key not in series:
            self.fail(f"there is no {key}, but {[k for k in series if k[0] == name]}")
        self.assertEqual(series[key], str(value), key)
