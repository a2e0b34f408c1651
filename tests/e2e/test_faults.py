#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Each call of the exporter fails, in each way, at each place: nothing wrong is shown, lost or leaked.

One exporter for many cases: arm, scrape, check; disarm, scrape, check. A scrape is a pass.
"""

import errno
import itertools
import json
import os
import struct

import bpf
import faults
import support

N = 9000  # two whole batches and a part of one
ENOTSUPP = 524
ERRORS = [errno.EINTR, errno.EBUSY, errno.EPERM, errno.ENOMEM, errno.EMFILE, errno.EFAULT]
BATCH_ERRORS = [*ERRORS, errno.EDEADLK, errno.ENOSPC, errno.EINVAL, ENOTSUPP]
MMAPABLE = 1 << 10


def error_name(code):
    return errno.errorcode.get(code, str(code))


class Target:
    """The map whose calls fail."""

    def __init__(self, pin, kind="hash", n=N, flags=0, has_btf=False, name="target"):
        self.pin, self.kind, self.n, self.flags, self.name = pin, kind, n, flags, name
        n_copies = bpf.N_CPUS if "percpu" in kind else 1
        self.btf = (0, 0, 0)
        if has_btf:
            btf = bpf.Btf()
            key, value = btf.integer("unsigned int", 4), btf.integer("unsigned long long", 8)
            self.btf = (btf.load(), key, value)
        self._keys = struct.pack(f"={n}I", *range(n))
        self._values = b"".join(struct.pack("=Q", self.value(k)) * n_copies for k in range(n))
        self.series = {str(k): str(self.value(k) * n_copies) for k in range(n)}
        self.fd = -1
        self.make()

    @staticmethod
    def value(key):
        return key * 1000003 + 7

    def make(self):
        """In place of the one before."""
        if self.fd >= 0:
            os.close(self.fd)
            os.unlink(self.pin)
        n_slots = self.n if "array" in self.kind else 2 * self.n
        self.fd = bpf.create(self.kind, 4, 8, n_slots, self.name, self.flags, self.btf)
        self.fill()
        bpf.pin(self.fd, self.pin)

    def fill(self):
        bpf.update_batch(self.fd, self._keys, self._values, self.n)

    def id(self):
        return json.loads(support.bpftool("-j", "map", "show", "pinned", self.pin))["id"]

    def close(self):
        os.close(self.fd)
        if self.btf[0]:
            os.close(self.btf[0])


class Faults(support.Case):
    def setUp(self):
        super().setUp()
        self.faults = faults.Faults(self.folder)
        self.target = self.exporter = None
        self.n_cases = self.n_down = self.n_errors = 0
        self.maxDiff = 2000

    def make_target(self, pin="target", **kwargs):
        self.target = Target(self.pin(pin), **kwargs)
        self.addCleanup(self.target.close)

    def start_with(self, where, layout="key: u32, value: u64, "):
        """where: of the target, whose calls may fail; those of `good` do not."""
        self.faults.aim(self.target.pin, self.target.id())
        good = bpf.create("hash", 4, 8, 10, name="good")
        bpf.update(good, struct.pack("=I", 1), struct.pack("=Q", 5))
        bpf.pin(good, self.pin("good"))
        os.close(good)
        self.exporter = self.start(
            "global: {refresh: off, at_scrape: always}\nmaps:\n"
            f"  - {{name: good, pin: {self.pin('good')}, key: u32, value: u64, metrics: "
            "[{name: good_total, type: counter, labels: {k: key}}]}\n"
            f"  - {{name: target, {where}, {layout}metrics: "
            "[{name: target_total, type: counter, labels: {k: key}}]}\n", prefix=self.faults.prefix())

    def scrape(self):
        """What is shown of the target: {key: value}, and of the metrics about it, {name: value}.

        errors: since the last time."""
        found, about, good = {}, {"errors": 0}, []
        for line in self.exporter.get("/metrics").text.split("\n"):
            name, _, value = line.rpartition(" ")
            if name.startswith("target_total{"):
                key = name.partition('k="')[2].partition('"')[0]
                self.assertNotIn(key, found, "twice")
                found[key] = value
            elif name.startswith('bpfmap_read_errors_total{map="target"'):
                about["errors"] += int(value)
            elif name.startswith("bpfmap_") and '{map="target"' in name:
                about[name[len("bpfmap_"):name.index("{")]] = int(float(value))
            elif name.startswith(('good_total', 'bpfmap_up{map="good"')):
                good.append(value)
        self.assertEqual(sorted(good), ["1", "5"], f"the good one is harmed\n{self.exporter.log()}")
        n_errors, self.n_errors = self.n_errors, about["errors"]
        about["errors"] -= n_errors
        return found, about

    def descriptors(self):
        folder, links = f"/proc/{self.exporter.process.pid}/fd", []
        for name in os.listdir(folder):
            try:
                links.append(os.readlink(os.path.join(folder, name)))
            except FileNotFoundError:
                continue
        return sorted(x for x in links if not x.startswith("socket:"))

    def count_calls(self, call, prepare):
        """On the target, in a pass."""
        prepare()
        before = self.faults.counts()[call]
        self.scrape()
        return self.faults.counts()[call] - before

    def each_case(self, call, errors, prepare, check_faulty, check_right, how):
        """A fault at the first, second and last call of a pass, once and for good."""
        check_right()
        descriptors = self.descriptors()
        n = self.count_calls(call, prepare)
        self.assertGreater(n, 0, call)
        places = sorted({0, min(1, n - 1), n - 1})
        for error, place, n_fail in itertools.product(errors, places, (1, faults.FOR_GOOD)):
            with self.subTest(call=call, error=error_name(error), place=place, n_fail=n_fail):
                self.n_cases += 1
                prepare()
                self.faults.arm(call, error, place, n_fail, how)
                try:
                    check_faulty()
                    # Of maps on the machine, others may be gone meanwhile.
                    if call != "MAP_GET_NEXT_ID":
                        self.assertLess(self.faults.n_left(), n_fail, "the fault did not come")
                finally:
                    self.faults.disarm()
                check_right()
                self.assertEqual(self.descriptors(), descriptors)


class Snapshots(Faults):
    """A map is shown whole and right, or is down with a reason and without series."""

    def check_right(self):
        found, about = self.scrape()
        self.assertEqual(about["up"], 1, self.exporter.log()[-2000:])
        self.assertEqual(found, self.target.series)
        self.assertEqual(about["errors"], 0)

    def check_faulty(self):
        found, about = self.scrape()
        self.assertEqual(about["errors"], 1 - about["up"])
        self.n_down += 1 - about["up"]
        wrong = [(k, found.get(k), v) for k, v in self.target.series.items() if found.get(k) != v]
        if about["up"]:
            self.assertEqual(found, self.target.series, wrong[:3])
        else:
            self.assertEqual(found, {})

    def fail_each(self, calls, errors=ERRORS, prepare=lambda: None, how=faults.INSTEAD):
        for call in calls:
            n_down, n_cases = self.n_down, self.n_cases
            self.each_case(call, errors, prepare, self.check_faulty, self.check_right, how)
            print(f"{call}: {self.n_cases - n_cases} cases, down in {self.n_down - n_down}")

    def start_again(self, pin, **kwargs):
        """With another target and another exporter, within one test."""
        if self.exporter:
            self.assertEqual(self.exporter.stop(), 0)
            os.unlink(self.pin("good"))
        self.n_errors = 0
        self.make_target(pin, **kwargs)
        self.start_with(f"pin: {self.target.pin}")

    def test_opening(self):
        """What is done at each pass, to see that it is the same map."""
        self.make_target(n=100)
        self.start_with(f"pin: {self.target.pin}")
        self.fail_each(["OBJ_GET", "OBJ_GET_INFO_BY_FD", "readlink", "fopen"])

    def test_early(self):
        """What the buffers hold of the read before is not the map's."""
        self.make_target(n=100)
        self.start_with(f"pin: {self.target.pin}")
        self.fail_each(["MAP_LOOKUP_BATCH"], [*ERRORS, errno.EDEADLK, errno.ENOENT], how=faults.EARLY)

    def test_opening_another(self):
        self.make_target(n=100)
        self.start_with(f"pin: {self.target.pin}")
        self.fail_each(["OBJ_GET", "OBJ_GET_INFO_BY_FD", "readlink", "fopen"], prepare=self.target.make)

    def test_batches(self):
        for kind in ("hash", "percpu_hash", "array"):
            self.start_again(kind, kind=kind)
            self.fail_each(["MAP_LOOKUP_BATCH"], BATCH_ERRORS, prepare=self.target.make)

    def test_batches_with_entries(self):
        """The call has done its part, or all, when it fails."""
        self.make_target()
        self.start_with(f"pin: {self.target.pin}")
        self.fail_each(["MAP_LOOKUP_BATCH"], [*ERRORS, errno.EDEADLK], how=faults.AFTER)

    def test_mapped(self):
        self.make_target(kind="array", flags=MMAPABLE)
        self.start_with(f"pin: {self.target.pin}")
        self.fail_each(["mmap", "OBJ_GET"], prepare=self.target.make)

    def test_types(self):
        self.make_target(n=100, has_btf=True)
        self.start_with(f"pin: {self.target.pin}", layout="")
        self.fail_each(["BTF_GET_FD_BY_ID", "BTF_INFO"], prepare=self.target.make)

    def test_by_name(self):
        self.make_target(n=100, name="faulty_by_name")
        self.start_with("map_name: faulty_by_name, labels: {number: $id}")
        self.fail_each(["MAP_GET_NEXT_ID", "MAP_GET_FD_BY_ID", "OBJ_GET_INFO_BY_FD"])

    def test_pattern(self):
        os.mkdir(self.pin("folder"))
        self.make_target(pin="folder/target", n=100)
        self.start_with(f"pin: '{self.pins}/f*/t*r*et', labels: {{a: $1, b: $2, c: $3}}")
        self.fail_each(["opendir", "stat"], [*ERRORS, errno.EACCES])

    def test_without_batches(self):
        """On a kernel that does not know them, and where it refuses them for this type."""
        for error in (errno.EINVAL, ENOTSUPP):
            self.faults.arm("MAP_LOOKUP_BATCH", error, 0, faults.FOR_GOOD, rule=1)
            self.start_again(error_name(error), n=300)
            self.fail_each(["MAP_GET_NEXT_KEY", "MAP_LOOKUP_ELEM"])


class Drains(Faults):
    """What is drained is counted once, whatever the call says."""

    def setUp(self):
        super().setUp()
        self.n_filled = 0

    def fill(self):
        self.target.fill()
        self.n_filled += 1

    def totals(self, n):
        return {k: str(int(v) * n) for k, v in self.target.series.items()}

    def check_all_drained(self):
        found, about = self.scrape()
        self.assertEqual(about["up"], 1, self.exporter.log()[-2000:])
        self.assertEqual(about["drained_entries_total"], self.n_filled * self.target.n)
        self.assertEqual(found, self.totals(self.n_filled))
        self.assertEqual(about["errors"], 0)

    def check_faulty(self):
        """Each key's total is the old or the new one, and as many are new as were drained."""
        found, about = self.scrape()
        self.assertEqual(about["errors"], 1 - about["up"])
        self.n_down += 1 - about["up"]
        old, new = self.totals(self.n_filled - 1), self.totals(self.n_filled)
        n_new = sum(found[k] == v for k, v in new.items())
        n_old = sum(found[k] == v for k, v in old.items())
        self.assertEqual((len(found), n_new + n_old), (self.target.n, self.target.n))
        self.assertEqual(about["drained_entries_total"],
                         (self.n_filled - 1) * self.target.n + n_new)

    def start_drain(self, **kwargs):
        self.make_target(**kwargs)
        self.n_filled = 1
        self.start_with(f"pin: {self.target.pin}, read: drain")
        self.check_all_drained()

    def fail_each(self, errors, how):
        self.each_case("MAP_LOOKUP_AND_DELETE_BATCH", errors, self.fill, self.check_faulty,
                       self.check_all_drained, how)
        print(f"drained, {self.n_cases} cases, down in {self.n_down}")

    def test_instead(self):
        self.start_drain()
        self.fail_each([*ERRORS, errno.EDEADLK], faults.INSTEAD)

    def test_early(self):
        """What the buffers hold is not the kernel's."""
        self.start_drain()
        self.fail_each([*ERRORS, errno.EDEADLK, errno.ENOENT], faults.EARLY)

    def test_too_small(self):
        """The buffers grow, for good; so there is no second call to fail."""
        self.start_drain(n=100)
        self.fail_each([errno.ENOSPC], faults.INSTEAD)

    def test_after(self):
        """The call has done its part, or all, when it says so."""
        self.start_drain(kind="percpu_hash")
        self.fail_each([errno.EINTR, errno.EBUSY, errno.EDEADLK], faults.AFTER)

    def test_unknown(self):
        """A kernel without the command: down, and the map keeps what it has."""
        self.start_drain(n=100)
        self.fill()
        self.faults.arm("MAP_LOOKUP_AND_DELETE_BATCH", errno.EINVAL, 0, faults.FOR_GOOD)
        found, about = self.scrape()
        self.assertEqual((about["up"], found), (0, self.totals(1)))
        self.assertIn("reason=type", self.exporter.log())
        self.assertEqual(len(support.dump(self.target.pin)), 100)


if __name__ == "__main__":
    support.run_tests()
