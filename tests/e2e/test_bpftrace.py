#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Maps of bpftrace programs, by name: what is exported is what bpftrace prints when it ends."""

import collections
import json
import os
import signal
import subprocess
import sys
import time

import support

# Writes of these sizes by a process that nothing else traces; 0 and a failure included.
SIZES = [0, 0, 1, 2, 3, 4, 7, 8, 9, 511, 512, 1023, 1024, 4095, 4096, 5000]
WRITER = """
import os, sys
null, closed = os.open("/dev/null", os.O_WRONLY), 999
sys.stdin.readline()
for size in map(int, sys.argv[1:]):
    os.write(null, b"x" * size)
for _ in range(3):
    try:
        os.write(closed, b"x")
    except OSError:
        pass
sys.stdin.readline()
"""
COMM = "wr\"it\\er"  # what the writer calls itself


@support.needs_own_pids
class Bpftrace(support.Case):
    def writer(self):
        program = os.path.join(self.folder, COMM)
        os.symlink(os.path.realpath(sys.executable), program)
        # The interpreter must find its library, whatever it is called.
        process = subprocess.Popen([program, "-S", "-c", WRITER, *map(str, SIZES)], stdin=subprocess.PIPE,
                                   env=os.environ | {"PYTHONHOME": sys.base_prefix})
        self.addCleanup(support.end, process, signal.SIGKILL)
        return process

    def trace(self, program, *maps):
        tool = self.run_beside(["bpftrace", "-f", "json", "-e", program], [f"AT_{m}" for m in maps])
        # What it prints comes before it has attached.
        support.wait_until(lambda: tool.pid in [x["pid"] for x in json.loads(support.bpftool("-j", "perf", "list"))],
                           "it is attached", lambda: support.read_text(tool.log))
        time.sleep(0.1)  # from attached to enabled
        return tool

    def write(self, process):
        process.stdin.write(b"\n")
        process.stdin.flush()

    def printed(self, tool):
        """{map: what bpftrace says of it}, when it has ended."""
        support.end(tool)
        found = {}
        for line in support.read_text(tool.log).splitlines():
            item = json.loads(line) if line.startswith("{") else {"data": None}
            if isinstance(item["data"], dict):
                found |= item["data"]
        return found

    def gauge(self, series, name):
        return {k[1]: v for k, v in series.items() if k[0] == name}

    def histogram(self, series, name):
        """{upper bound: its own count}, cumulated by the exporter."""
        found = {}
        last = 0
        for (n, labels), v in series.items():
            if n == name + "_bucket" and dict(labels)["le"] != "+Inf":
                found[int(dict(labels)["le"])] = int(v) - last
                last = int(v)
        self.assertEqual(list(found), sorted(found))
        found["+Inf"] = int(series[next(k for k in series if k[0] == name + "_count")]) - last
        return {k: v for k, v in found.items() if v}

    def upper_bounds(self, slots, first):
        """The same of what bpftrace prints of a histogram; what is below the first bucket counts there."""
        found = collections.Counter()
        for slot in slots:
            found[max(slot["max"], first) if "max" in slot else "+Inf"] += slot["count"]
        return {k: v for k, v in found.items() if v}

    def test_example(self):
        """The program in the example's head, of one process."""
        text, command = support.example("bpftrace.yml")
        process = self.writer()
        program = command[-1].replace("sys_exit_write {", f"sys_exit_write /pid == {process.pid}/ {{")
        tool = self.trace(program, "writes", "write_size", "write_sizes", "write_mean", "write_max",
                          "write_min")
        exporter = self.start("global: {at_scrape: always}\n" + text)
        self.write(process)
        n = len(SIZES) + 3
        support.wait_until(lambda: sum(int(v) for v in self.gauge(exporter.metrics(), "writes_total").values())
                           == n, f"{n} calls are counted")
        series = exporter.metrics()
        printed = self.printed(tool)
        # Calls by CPU
        found = {f"{dict(k)['comm']},{dict(k)['cpu']}": int(v)
                 for k, v in self.gauge(series, "writes_total").items()}
        self.assertEqual(found, printed["@writes"])
        self.assertEqual({k.split(",")[0] for k in found}, {COMM})
        found = self.histogram(series, "write_size_bytes")
        self.assertEqual(found, self.upper_bounds(printed["@write_size"][COMM], first=0))
        self.assertEqual(found[0], 2 + 3)
        self.assert_value(series, n, "write_size_bytes_count", comm=COMM)
        self.assertEqual(self.histogram(series, "write_size_linear_bytes"),
                         self.upper_bounds(printed["@write_sizes"], first=511))
        # avg() is its sum by its count, cut
        calls = int(series[support.series_key("write_mean_calls_total", comm=COMM)])
        total = int(series[support.series_key("write_mean_bytes_total", comm=COMM)])
        self.assertEqual(calls, n)
        self.assertEqual(total, sum(SIZES) - 3 * 9)
        self.assertEqual(printed["@write_mean"], {COMM: total // calls})
        self.assert_value(series, 5000, "write_max_bytes")
        self.assertEqual(printed["@write_max"], 5000)
        self.assert_value(series, -9, "write_min_bytes")
        self.assertEqual(printed["@write_min"], -9)
        self.gone(exporter, series, "writes", "writes_total")

    def test_huge_numbers(self):
        """hist() has one slot for all from 2^31 on: nothing says that they are below the next power."""
        text, _ = support.example("bpftrace.yml")
        process = self.writer()
        tool = self.trace(f"tracepoint:syscalls:sys_enter_write /pid == {process.pid}/ {{ $i = (uint64)1;"
                          " @write_size[comm] = hist($i << 60); @write_size[comm] = hist($i << 31);"
                          " @write_size[comm] = hist(($i << 31) - 1); }", "write_size")
        exporter = self.start("global: {at_scrape: always}\n" + text)
        self.write(process)
        n = len(SIZES) + 3
        count = support.series_key("write_size_bytes_count", comm=COMM)
        support.wait_until(lambda: exporter.metrics().get(count) == str(3 * n), f"{3 * n} are counted", exporter.log)
        found = self.histogram(exporter.metrics(), "write_size_bytes")
        self.assertEqual(found, {2**31 - 1: n, "+Inf": 2 * n})
        support.end(tool)

    def gone(self, exporter, before, map_name, family):
        """bpftrace has ended: the map went with it, though the exporter had it open."""
        self.assert_value(before, 1, "bpfmap_instances", map=map_name)
        support.wait_until(
            lambda: exporter.metrics()[support.series_key("bpfmap_instances", map=map_name)] == "0",
            "the map is gone", exporter.log)
        self.assertEqual(self.gauge(exporter.metrics(), family), {})
        loaded = json.loads(support.bpftool("-j", "map", "list"))
        self.assertNotIn("AT_" + map_name, [m.get("name") for m in loaded])

    def test_sums_and_text_keys(self):
        process = self.writer()
        program = (f"tracepoint:syscalls:sys_enter_write /pid == {process.pid}/ {{"
                   " @e2e_text[str(args->buf, 16), args->count] = count();"
                   " @e2e_sum[probe, pid] = sum(args->count);"
                   " @e2e_stats = stats(args->count); @e2e_plain[comm] = args->count; @e2e_n++; }")
        tool = self.trace(program, "e2e_text", "e2e_sum", "e2e_stats", "e2e_plain", "e2e_n")
        exporter = self.start("""
global: {at_scrape: always}
maps:
  - name: text
    map_name: AT_e2e_text
    instances: sum
    key: [{name: text, type: char, count: 64}, {name: size, type: u64}]
    value: u64
    metrics: [{name: text_total, type: counter, labels: {text: text, size: size}}]
  - name: sum
    map_name: AT_e2e_sum
    instances: sum
    key: [{name: probe, type: u64}, {name: pid, type: u64}]
    value: s64
    metrics: [{name: sum_total, type: counter, labels: {pid: pid}}]
  - name: stats
    map_name: AT_e2e_stats
    instances: sum
    key: [{name: part, type: u64}]
    value: u64
    metrics:
      - {name: stats_calls_total, type: counter, where: {part: 0}}
      - {name: stats_bytes_total, type: counter, where: {part: 1}}
  - name: plain
    map_name: AT_e2e_plain
    instances: sum
    key: [{name: comm, type: char, count: 16}]
    value: u64
    metrics: [{name: plain, type: gauge, labels: {comm: comm}}]
  - {name: n, map_name: AT_e2e_n, instances: sum, key: u64, value: u64, metrics: [{name: n_total, type: counter}]}
""")
        self.write(process)
        n = len(SIZES) + 3
        support.wait_until(lambda: exporter.metrics().get(support.series_key("n_total")) == str(n),
                           f"{n} calls are counted", exporter.log)
        series = exporter.metrics()
        printed = self.printed(tool)
        # bpftrace's keys are its parts with a comma, and no size of what it cut.
        found = {f"{dict(k)['text']},{dict(k)['size']}": int(v)
                 for k, v in self.gauge(series, "text_total").items()}
        self.assertEqual(found, printed["@e2e_text"])
        self.assert_value(series, 1, "text_total", text="xxx", size="3")
        self.assert_value(series, printed["@e2e_sum"][f"tracepoint:syscalls:sys_enter_write,{process.pid}"],
                          "sum_total", pid=str(process.pid))
        stats = printed["@e2e_stats"]
        self.assert_value(series, stats["count"], "stats_calls_total")
        self.assert_value(series, stats["total"], "stats_bytes_total")
        self.assertEqual(stats["total"], sum(SIZES) + 3)
        self.assert_value(series, printed["@e2e_plain"][COMM], "plain", comm=COMM)

    def test_two_of_the_same_name(self):
        process = self.writer()
        tools = [self.trace(f"tracepoint:syscalls:sys_enter_write /pid == {process.pid}/ {{ @e2e_two[comm]"
                            f" = sum({i}); }}", "e2e_two") for i in (2, 5)]
        ids = [support.maps_of(t)["AT_e2e_two"] for t in tools]
        entry = ("map_name: AT_e2e_two, key: [{name: comm, type: char, count: 16}], value: u64, labels: "
                 "{comm: comm}, metrics: ")
        exporter = self.start(
            "global: {at_scrape: always}\nmaps:\n"
            f"  - {{name: two, {entry} [{{name: two_total, type: counter, labels: {{id: $id}}}}]}}\n"
            f"  - {{name: both, instances: sum, {entry} [{{name: both_total, type: counter}}]}}\n"
            f"  - {{name: second, {entry.replace('map_name: AT_e2e_two', f'map_id: {ids[1]}')}"
            " [{name: second_total, type: counter}]}\n")
        self.write(process)
        n = len(SIZES) + 3

        def found(**labels):
            return exporter.metrics().get(support.series_key("two_total", comm=COMM, **labels))

        support.wait_until(lambda: [found(id=str(i)) for i in ids] == [str(2 * n), str(5 * n)],
                           "both are counted", exporter.log)
        series = exporter.metrics()
        self.assert_value(series, 7 * n, "both_total", comm=COMM)
        self.assert_value(series, 5 * n, "second_total", comm=COMM)
        self.assert_value(series, 2, "bpfmap_instances", map="two")
        for i in ids:
            self.assert_value(series, 1, "bpfmap_up", map="two", pin=f"id:{i}")
        # One ends: its series goes, but the sum never falls.
        support.end(tools[0])
        support.wait_until(lambda: found(id=str(ids[0])) is None, "the first is gone", exporter.log)
        series = exporter.metrics()
        self.assert_value(series, 5 * n, "two_total", comm=COMM, id=str(ids[1]))
        self.assert_value(series, 7 * n, "both_total", comm=COMM)
        self.assert_value(series, 1, "bpfmap_instances", map="both")
        support.end(tools[1])
        support.wait_until(
            lambda: exporter.metrics()[support.series_key("bpfmap_up", map="second", pin=f"id:{ids[1]}")] == "0",
            "the second is gone", exporter.log)
        self.assertEqual(self.gauge(exporter.metrics(), "second_total"), {})

    def test_kernel_stacks(self):
        """kstack is an id into another map, whose name is `stack` for every program."""
        process = self.writer()
        tool = self.trace(f"tracepoint:raw_syscalls:sys_enter /pid == {process.pid}/ "
                          "{ @e2e_ks[kstack] = count(); }", "e2e_ks")
        stacks = support.maps_of(tool)["stack"]
        exporter = self.start(f"""
global: {{at_scrape: always}}
maps:
  - {{name: stacks, map_id: {stacks}}}
  - name: calls
    map_name: AT_e2e_ks
    instances: sum
    key: [{{name: id, type: u32}}, {{name: more, type: u32}}]
    value: u64
    metrics:
      - {{name: calls_total, type: counter, labels: {{stack: {{field: id, decode: {{stack: {{map: stacks}}}}}}}}}}
""")
        self.write(process)
        support.wait_until(lambda: self.gauge(exporter.metrics(), "calls_total"), "calls are counted",
                           exporter.log)
        texts = [dict(k)["stack"] for k in self.gauge(exporter.metrics(), "calls_total")]
        for text in texts:
            self.assertRegex(text, r"^entry_SYSCALL_64[^;]*;do_syscall_64[^;]*(;[^;]+)*$")


if __name__ == "__main__":
    support.run_tests()
