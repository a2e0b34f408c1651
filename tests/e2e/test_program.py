#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""The program from outside: options, exit statuses, the configuration's check, HTTP, signals."""

import os
import re
import signal
import socket
import struct
import subprocess

import bpf
import support

MAP = ("maps:\n  - {name: m, pin: PIN, key: u32, value: u64, metrics: "
       "[{name: m_total, type: counter, labels: {k: key}}]}\n")


def run(*args):
    return subprocess.run([support.EXPORTER, *args], capture_output=True, text=True, check=False,
                          timeout=30)


class CommandLine(support.Case):
    def write(self, text):
        path = os.path.join(self.folder, "test.yml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def test_help_and_version(self):
        result = run("--help")
        self.assertEqual(result.returncode, 0)
        for option in ("--config.file", "--config.check", "--web.listen-address",
                       "--web.telemetry-path", "--log.level", "--log.format", "--version"):
            self.assertIn(option, result.stdout)
        result = run("--version")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^bpfmap_exporter \d+\.\d+\.\d+\n$")

    def test_bad_options(self):
        for option in ("--no-such", "--config.file", "--log.level=loud", "--log.format=xml",
                       "--web.telemetry-path=metrics", "--web.telemetry-path=/", "stray"):
            with self.subTest(option):
                result = run(option)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn("--help", result.stderr)
                self.assertEqual(result.stdout, "")

    def test_bad_configuration(self):
        """All mistakes in one run, each with its place; with and without the check."""
        path = self.write("globl: {refresh: 1s}\nmaps:\n  - {name: m, pin: relative}\n"
                          "  - {name: m, pin: /x, read: dran}\n")
        for options in ([], ["--config.check"]):
            result = run(f"--config.file={path}", *options)
            self.assertEqual(result.returncode, 1)
            lines = result.stderr.splitlines()
            self.assertTrue(all(re.match(re.escape(path) + r":\d+:\d+: ", x) for x in lines), lines)
            self.assertIn("did you mean 'global'", result.stderr)
            self.assertIn("did you mean 'drain'", result.stderr)
            self.assertGreaterEqual(len(lines), 4)
        result = run("--config.file=/no/such/file.yml")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/no/such/file.yml", result.stderr)

    def test_check_against_live_maps(self):
        fd = bpf.create("hash", 4, 8, 10)
        bpf.pin(fd, self.pin("m"))
        good = MAP.replace("PIN", self.pin("m"))
        cases = {
            good: 0,
            good.replace("key: u32", "key: u64"): 1,
            good.replace("value: u64", "value: [{name: a, type: u32}]"): 1,
            good.replace("{k: key}", "{k: kay}"): 1,
            good.replace("m,", "m, read: drain,", 1): 0,
            good.replace(self.pin("m"), self.pin("none")): 0,
            good.replace(self.pin("m"), f"'{self.pins}/*'").replace("{k: key}", "{k: key, w: $1}"): 0,
        }
        for text, status in cases.items():
            with self.subTest(text):
                path = self.write(text)
                result = run(f"--config.file={path}", "--config.check")
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertEqual("is valid" in result.stdout, status == 0)
                if status:
                    self.assertRegex(result.stderr, re.escape(path) + r":2:\d+: ")
        bpf.update(fd, b"\1\0\0\0", b"\1\0\0\0\0\0\0\0")
        self.assertEqual(len(support.dump(self.pin("m"))), 1)

    def test_bundled_configurations(self):
        folder = os.path.join(support.TOP, "config")
        found = [os.path.join(root, f) for root, _, files in os.walk(folder) for f in files
                 if f.endswith(".yml")]
        self.assertIn(os.path.join(folder, "bpfmap_exporter.yml"), found)
        for path in found:
            result = run(f"--config.file={path}", "--config.check")
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_port_in_use(self):
        path = self.write("maps: []\n")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            address = f"127.0.0.1:{s.getsockname()[1]}"
            result = run(f"--config.file={path}", f"--web.listen-address={address}")
        self.assertEqual(result.returncode, 3)
        self.assertIn(address, result.stderr)
        result = run(f"--config.file={path}", "--web.listen-address=localhost:http")
        self.assertEqual(result.returncode, 2)


class Serving(support.Case):
    def setUp(self):
        super().setUp()
        fd = bpf.create("hash", 4, 8, 2000, name="m")
        for i in range(1000):
            bpf.update(fd, struct.pack("=I", i), struct.pack("=Q", i))
        bpf.pin(fd, self.pin("m"))
        self.exporter = self.start(MAP.replace("PIN", self.pin("m")) +
                                   "  - {name: bare, pin: /sys/fs/bpf/none/of/this}\n")

    def curl(self, path, *options):
        return subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*", *options,
             f"http://127.0.0.1:{self.exporter.port}{path}"], capture_output=True, text=True, check=True)

    def test_metrics(self):
        result = self.curl("/metrics", "--include")
        head, body = result.stdout.replace("\r\n", "\n").split("\n\n", 1)
        self.assertIn("HTTP/1.1 200", head)
        self.assertIn("\nContent-Type: text/plain; version=0.0.4; charset=utf-8\n", head + "\n")
        self.assertTrue(body.endswith("\n"))
        series = support.parse_metrics(body)
        self.assertEqual(len([k for k in series if k[0] == "m_total"]), 1000)
        packed = self.curl("/metrics?map[]=m", "--globoff", "--compressed", "--include").stdout
        self.assertIn("Content-Encoding: gzip", packed)
        self.assertEqual(packed.count("\nm_total{"), 1000)
        self.assertLess(len(self.exporter.get("/metrics", {"Accept-Encoding": "gzip"}).raw),
                        len(body) / 2)

    def test_head(self):
        result = self.curl("/metrics", "--head")
        self.assertIn("200", result.stdout.split("\n", maxsplit=1)[0])
        self.assertIn("Content-Type: text/plain; version=0.0.4", result.stdout)

    def test_selection(self):
        names = {k[0] for k in self.exporter.metrics("?map[]=m")}
        self.assertIn("m_total", names)
        self.assertNotIn("process_open_fds", names)
        names = self.exporter.metrics("?exclude[]=m")
        self.assertEqual([k for k in names if k[0] == "m_total"], [])
        self.assertIn(support.series_key("bpfmap_instances", map="bare"), names)
        for query in ("?map[]=none", "?map[]=m&exclude[]=bare"):
            self.assertEqual(self.exporter.get("/metrics" + query).status, 400)

    def test_other_paths(self):
        cases = [("GET", "/", 200), ("GET", "/-/healthy", 200), ("GET", "/-/ready", 200),
                 ("GET", "/none", 404), ("GET", "/metrics/", 404), ("POST", "/metrics", 405),
                 ("DELETE", "/", 405), ("POST", "/none", 404)]
        for method, path, status in cases:
            with self.subTest(f"{method} {path}"):
                self.assertEqual(self.exporter.request(method, path).status, status)

    def test_signals(self):
        self.exporter.process.send_signal(signal.SIGHUP)
        support.wait_until(lambda: "restart" in self.exporter.log(), "SIGHUP is answered")
        self.assertTrue(self.exporter.is_ready())
        self.assertEqual(self.exporter.stop(signal.SIGTERM), 0)

    def test_interrupt(self):
        self.assertEqual(self.exporter.stop(signal.SIGINT), 0)

    def test_term_with_a_silent_client(self):
        with socket.create_connection(("127.0.0.1", self.exporter.port)) as s:
            s.sendall(b"GET /metrics HTTP/1.1\r\n")
            self.assertEqual(self.exporter.stop(), 0)

    def test_json_log_and_path(self):
        exporter = self.start("maps: []\n", "--log.format=json", "--web.telemetry-path=/x/metrics")
        self.assertEqual(exporter.get("/x/metrics").status, 200)
        self.assertEqual(exporter.get("/metrics").status, 404)
        self.assertIn('"level":"info"', exporter.log().splitlines()[-1].replace(" ", ""))


if __name__ == "__main__":
    support.run_tests()
