#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""The global variables of a running program, by their names: what it wrote itself is what is exported."""

import struct

import bpf
import support

# One run of the program adds to each; the test runs it.
PROGRAM = """
typedef unsigned int __u32;
typedef unsigned long long __u64;
enum state { IDLE, BUSY, BROKEN = 5 };
struct worker { enum state state; __u32 load; __u64 jobs; int drift; };
struct hist { __u32 slots[8]; __u64 total; };

__u64 runs;
__u32 small = 7;
int below;
_Bool on;
struct worker workers[3] = {{IDLE, 10, 0, -1}, {BUSY, 20, 0, -2}, {BROKEN, 30, 0, -3}};
struct hist hists[2];
__u64 seconds[4]; /* by the minute, say */
__u64 grid[2][3];
char version[8] = "v1.2";
struct { __u32 low : 3; __u32 high : 5; } bits;
const volatile __u32 limit = 99;

__attribute__((section("socket"), used)) int count(void *ctx)
{
	runs++;
	small += limit == 99;
	below -= 2;
	on = 1;
	workers[1].jobs += 3;
	workers[2].jobs += 5;
	hists[0].slots[0] += 1;
	hists[0].slots[3] += 2;
	hists[0].total += 21;
	hists[1].slots[7] += 4;
	for (int i = 0; i < 4; i++)
		seconds[i] += i * 10;
	grid[1][2] += 6;
	bits.low = 5;
	bits.high = 17;
	return 0;
}

char LICENSE[] __attribute__((section("license"), used)) = "GPL";
"""

CONFIG = """
global: {{at_scrape: always}}
maps:
  - name: counts
    pin: {pins}/*_bss
    labels: {{program: $1}}
    metrics:
      - {{name: runs_total, type: counter, value: runs}}
      - {{name: below, type: gauge, value: below}}
      - {{name: on, type: gauge, value: on}}
      - {{name: seconds, type: gauge, value: {{field: seconds.*, scale: 0.5}}, labels: {{minute: $i}}}}
      - {{name: seconds_all, type: gauge, value: seconds.*}}
      - {{name: second_two, type: gauge, value: seconds.2}}
      - {{name: grid, type: gauge, value: grid.*.*, skip_zero: true, labels: {{row: $i, column: $j}}}}
      - {{name: grid_rows, type: gauge, value: grid.*.*, labels: {{row: $i}}}}
      - {{name: high_bits, type: gauge, value: bits.high, labels: {{low: bits.low}}}}
      - name: size_bytes
        type: histogram
        buckets: {{field: hists.*.slots, scheme: exp2, edges: upper}}
        sum: hists.*.total
        labels: {{hist: $i}}
  - name: settings
    pin: {pins}/globals_data
    metrics:
      - {{name: small, type: gauge, value: small}}
      - {{name: jobs_total, type: counter, value: workers.*.jobs, labels: {{worker: $i, state: workers.*.state}}}}
      - name: drift
        type: gauge
        value: workers.*.drift
        where: {{workers.*.state: [BUSY, BROKEN]}}
        labels: {{state: workers.*.state}}
      - {{name: load, type: gauge, value: workers.*.load, aggregate: max}}
      - {{name: version_info, type: info, labels: {{version: version}}}}
  - name: constants
    pin: {pins}/globals_rodata
    metrics: [{{name: limit, type: gauge, value: limit}}]
"""


class Globals(support.Case):
    def setUp(self):
        super().setUp()
        # A pin's name has no dot, so the map globals.bss becomes globals_bss.
        self.load_program("globals", PROGRAM, "pinmaps", self.pins)

    def test_by_name(self):
        exporter = self.start(CONFIG.format(pins=self.pins))
        self.compare(exporter.metrics(), 0)
        self.run_program(1)
        self.compare(exporter.metrics(), 1)
        self.run_program(1000)
        self.compare(exporter.metrics(), 1001)

    def compare(self, series, n):
        one = {"program": "globals"}

        def expect(value, name, **labels):
            self.assert_value(series, value, name, **labels)

        expect(n, "runs_total", **one)
        expect(-2 * n, "below", **one)
        expect(int(n > 0), "on", **one)
        expect(7 + n, "small")
        expect(99, "limit")
        for i in range(4):
            expect(5 * i * n, "seconds", minute=str(i), **one)
        expect(60 * n, "seconds_all", **one)
        expect(20 * n, "second_two", **one)
        grid = {k: v for k, v in series.items() if k[0] == "grid"}
        last = support.series_key("grid", row="1", column="2", **one)
        self.assertEqual(grid, {last: str(6 * n)} if n else {})
        expect(0, "grid_rows", row="0", **one)
        expect(6 * n, "grid_rows", row="1", **one)
        expect(17 if n else 0, "high_bits", low="5" if n else "0", **one)
        for worker, state, jobs in (0, "IDLE", 0), (1, "BUSY", 3), (2, "BROKEN", 5):
            expect(jobs * n, "jobs_total", worker=str(worker), state=state)
        self.assertEqual({dict(k[1])["state"]: v for k, v in series.items() if k[0] == "drift"},
                         {"BUSY": "-2", "BROKEN": "-3"})
        expect(30, "load")
        expect(1, "version_info", version="v1.2")
        cumulated = {0: [1, 1, 1, 3, 3, 3, 3, 3], 1: [0, 0, 0, 0, 0, 0, 0, 4]}
        for hist, counts in cumulated.items():
            for i, count in enumerate(counts):
                expect(count * n, "size_bytes_bucket", le=str(2**i), hist=str(hist), **one)
            expect(counts[-1] * n, "size_bytes_bucket", le="+Inf", hist=str(hist), **one)
            expect(counts[-1] * n, "size_bytes_count", hist=str(hist), **one)
        expect(21 * n, "size_bytes_sum", hist="0", **one)
        expect(0, "size_bytes_sum", hist="1", **one)

    def test_check_tells_what_is_there(self):
        """A variable by a wrong name: the check says so, with the place and the right one."""
        result = self.check(f"""maps:
  - name: m
    pin: {self.pin('globals_bss')}
    metrics:
      - {{name: a_total, type: counter, value: rums}}
      - {{name: b, type: gauge, value: hists.*.slot.0, labels: {{i: $i}}}}
  - name: small
    pin: {self.pin('globals_rodata')}
    value: u64
    metrics: [{{name: small, type: gauge}}]
""")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r":5:\d+: .*'rums'.*did you mean '(value\.)?runs'")
        self.assertRegex(result.stderr, r":6:\d+: .*slot")
        # Of a wrong size: both layouts.
        self.assertRegex(result.stderr, r"(?s):9:\d+: .*8 bytes.*4 bytes.*__u64 value;.*limit;")

    def test_changed_from_outside(self):
        """Written by somebody else through the map, the same."""
        exporter = self.start(CONFIG.format(pins=self.pins))
        fd = bpf.get(self.pin("globals_bss"))
        (value,), = support.dump(self.pin("globals_bss")).values()
        bpf.update(fd, struct.pack("=I", 0), b"\xff" * len(value))
        series = exporter.metrics()
        self.assert_value(series, 2**64 - 1, "runs_total", program="globals")
        self.assert_value(series, -1, "below", program="globals")
        self.assert_value(series, 4 * (2**64 - 1), "seconds_all", program="globals")
        self.assert_value(series, 31, "high_bits", low="7", program="globals")


if __name__ == "__main__":
    support.run_tests()
