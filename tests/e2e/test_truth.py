#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""A program counts each of its runs in several maps: what is exported of each sums up to the runs."""

import os
import struct
import subprocess
import time

import support

N_KEYS = 3000
SECONDS = 5
REPEAT = 200000
HASHES = ["hash", "lru_hash", "percpu_hash", "lru_percpu_hash"]
ONLINE = sorted(os.sched_getaffinity(0))

# The first to meet a key inserts it; who comes second to that adds to it.
COUNT_IN = """
static inline __attribute__((always_inline)) int count_in(void *map, __u32 key)
{
	__u64 *count = lookup(map, &key), one = 1;

	if (!count && !update(map, &key, &one, 1 /* BPF_NOEXIST */))
		return 0;
	if (!count)
		count = lookup(map, &key);
	if (!count)
		return 1;
	__sync_fetch_and_add(count, 1);
	return 0;
}
"""

PROGRAM = """
typedef unsigned int __u32;
typedef unsigned long long __u64;
#define MAP(name, map_type, n) \\
	struct { \\
		int (*type)[map_type]; \\
		int (*max_entries)[n]; \\
		__u32 *key; \\
		__u64 *value; \\
	} name __attribute__((section(".maps"), used))

MAP(t_hash, 1, 4 * %(n)d);
MAP(t_lru_hash, 9, 40 * %(n)d); /* so large that nothing is evicted */
MAP(t_percpu_hash, 5, 4 * %(n)d);
MAP(t_lru_percpu_hash, 10, 40 * %(n)d);
MAP(t_truth, 6, 2); /* per CPU: all runs, and what could not be counted */

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*update)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;
static __u32 (*random)(void) = (void *)7;
%(count_in)s
__attribute__((section("socket"), used)) int count(void *ctx)
{
	__u32 key = random() %% %(n)d, runs = 0, missed = 1;
	__u64 *n = lookup(&t_truth, &runs), *n_missed = lookup(&t_truth, &missed);

	if (!n || !n_missed)
		return 0;
	*n += 1;
	*n_missed += count_in(&t_hash, key);
	*n_missed += count_in(&t_lru_hash, key);
	*n_missed += count_in(&t_percpu_hash, key);
	*n_missed += count_in(&t_lru_percpu_hash, key);
	return 0;
}

char LICENSE[] __attribute__((section("license"), used)) = "GPL";
""" % {"n": N_KEYS, "count_in": COUNT_IN}


class Truth(support.Case):
    def config(self):
        text = ("global: {refresh: 200ms, at_scrape: always}\nmaps:\n"
                f"  - {{name: truth, pin: {self.pin('t_truth')}, metrics: ["
                "{name: runs_total, type: counter, where: {key: 0}},"
                " {name: missed_total, type: counter, where: {key: 1}}]}\n")
        for kind in HASHES:
            text += (f"  - {{name: {kind}, pin: {self.pin('t_' + kind)}, metrics: ["
                     f"{{name: {kind}_total, type: counter, labels: {{k: key}}}},"
                     f" {{name: {kind}_all_total, type: counter}}]}}\n")
        return text

    def run_on_all_cpus(self):
        """Packets, on each CPU, as long as it takes; to be waited for."""
        packet = os.path.join(self.folder, "packet")
        with open(packet, "wb") as f:
            f.write(bytes(64))
        loop = (f"end=$(($(date +%s) + {SECONDS})); while (($(date +%s) < end)); do "
                f"bpftool prog run pinned {self.pin('program')} data_in {packet} repeat {REPEAT}; done")
        return [subprocess.Popen(["taskset", "-c", str(cpu), "bash", "-c", loop],
                                 stdout=subprocess.DEVNULL) for cpu in ONLINE]

    @staticmethod
    def sum_of(series, kind):
        values = [int(v) for k, v in series.items() if k[0] == f"{kind}_total"]
        return sum(values), len(values)

    def test_every_count(self):
        self.load_program("t", PROGRAM, "pinmaps", self.pins)
        exporter = self.start(self.config())
        workers = self.run_on_all_cpus()
        last, n = dict.fromkeys(HASHES, 0), 0
        while any(w.poll() is None for w in workers):
            series = exporter.metrics()
            n += 1
            for kind in HASHES:
                total, _ = self.sum_of(series, kind)
                self.assertGreaterEqual(total, last[kind], f"{kind} fell")
                self.assertEqual(series[f"{kind}_all_total", frozenset()], str(total), kind)
                last[kind] = total
        self.assertEqual([w.returncode for w in workers], [0] * len(workers))
        time.sleep(0.3)  # a pass that had begun before has ended
        series = exporter.metrics()
        truth = support.dump(self.pin("t_truth"))
        of_cpus = [struct.unpack("=Q", v)[0] for v in truth[struct.pack("=I", 0)]]
        runs = sum(of_cpus)
        print(f"{runs} runs, {n} scrapes meanwhile")
        self.assertTrue(all(of_cpus[cpu] > REPEAT // 2 for cpu in ONLINE), of_cpus)
        self.assert_value(series, 0, "missed_total")
        self.assert_value(series, runs, "runs_total")
        for kind in HASHES:
            with self.subTest(kind):
                self.assertEqual(self.sum_of(series, kind), (runs, N_KEYS))
                self.assert_value(series, runs, f"{kind}_all_total")


if __name__ == "__main__":
    support.run_tests()
