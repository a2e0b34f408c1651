# SPDX-License-Identifier: GPL-2.0-only
"""Servers that scrape the exporter, each a second, and answer queries: Prometheus, VictoriaMetrics."""

import json
import os
import subprocess
import urllib.parse
import urllib.request

import support


class Server:
    """Ended with the test. command(folder, config, address): what starts it."""

    def __init__(self, case, target, ready_path, command):
        folder = os.path.join(case.folder, f"server_{support.free_port()}")
        os.mkdir(folder)
        self.config, self.log_path = (os.path.join(folder, x) for x in ("scrape.yml", "log"))
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                    "scrape_configs:\n  - job_name: bpfmap\n"
                    f"    static_configs: [{{targets: ['127.0.0.1:{target}']}}]\n")
        self.port = support.free_port()
        with open(self.log_path, "wb") as log:
            server = subprocess.Popen(command(folder, self.config, f"127.0.0.1:{self.port}"),
                                      stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
        case.addCleanup(server.wait, 30)
        case.addCleanup(server.terminate)
        support.wait_until(lambda: self._is_ready(ready_path), "the server is ready", self.log, 60)

    def log(self):
        return support.read_text(self.log_path)

    def get(self, path, **query):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.read()

    def _is_ready(self, path):
        try:
            self.get(path)
            return True
        except OSError:
            return False

    def query(self, text):
        """The series found, as they come: each has a `metric`, and a `value` or `histogram`."""
        return json.loads(self.get("/api/v1/query", query=text))["data"]["result"]

    def value(self, text):
        """The one value, or None."""
        found = self.query(text)
        assert len(found) <= 1, f"{text}: {found}"
        return float(found[0]["value"][1]) if found else None

    def values(self, text, label):
        """Those of all series, by one of their labels."""
        found = self.query(text)
        values = {x["metric"].get(label): float(x["value"][1]) for x in found}
        assert len(values) == len(found), f"{text}: {found}"
        return values


def prometheus(case, target, *options):
    def command(folder, config, address):
        subprocess.run(["promtool", "check", "config", config], check=True, capture_output=True)
        return ["prometheus", f"--config.file={config}", f"--web.listen-address={address}",
                f"--storage.tsdb.path={folder}/data", *options]

    return Server(case, target, "/-/ready", command)


def victoriametrics(case, target):
    def command(folder, config, address):
        return ["victoria-metrics", f"-promscrape.config={config}", f"-httpListenAddr={address}",
                f"-storageDataPath={folder}/data", "-search.latencyOffset=1s",
                "-search.disableCache"]

    return Server(case, target, "/health", command)
