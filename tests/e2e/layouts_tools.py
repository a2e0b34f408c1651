# SPDX-License-Identifier: GPL-2.0-only
"""Maps of libbpf-tools, and what is to be seen of them. Their names say nothing of the unit of a
latency or a slot: without one of its own in the name it stays a plain number."""

import struct

from bpf import N_CPUS
from layouts import (DESTINATION, DESTINATION_PORT, SOURCE, SOURCE_PORT, Anything, Either, Family, Globals,
                     KernelTime,
                     Layout, Row, counter, either, gauge, histogram, ip, ns, on_cpus, port,
                     us)

pack = struct.pack
KEY = r".*"
PID = r"(.*_)?pid|key"
COMM = r"(.*_)?(comm|command|name|task)"
TIME = {r".*_seconds": us(1), r".*": 1}  # microseconds, whoever knows it


def slots(n, **counts):
    """slots(26, s3=5): of 32 bits each, 5 in slot 3."""
    of = {int(k[1:]): v for k, v in counts.items()}
    return of, pack(f"<{n}I", *(of.get(i, 0) for i in range(n)))


def comm(text, n=16):
    return text.encode().ljust(n, b"\0")


def hist_row(key, n, labels, of, tail=b"", head=b"", **numbers):
    counts, packed = slots(n, **of)
    return Row(key, head + packed + tail, labels, slots=counts, **numbers)


def family_of(number):
    return Either(str(number), {2: "inet", 10: "inet6"}[number], {2: "ipv4", 10: "ipv6"}[number],
                  {2: "AF_INET", 10: "AF_INET6"}[number])


def rtt_row(family, address, latency, n, of):
    return hist_row(pack("<H16s", family, ip(address).ljust(16, b"\0")), 27, (address, family_of(family)), of,
                    head=pack("<QQ", latency, n), tail=b"\0" * 4, latency=latency, cnt=n, slots_sum=latency)


def connect_row(source, destination, sport, dport, n):
    return Row(ip(source) + ip(destination) + pack("<H", sport) + pack(">H", dport), pack("<Q", n),
               (source, destination, port(sport), port(dport)), value=n)


CONNECT_LABELS = (SOURCE, DESTINATION, SOURCE_PORT, DESTINATION_PORT)


COUNTS, TIMES = [1, 200, 0, 30000, 0, 0, 7, 88, 0, 9], [10, 2001, 0, 300001, 0, 0, 70, 880, 0, 90]
HISTS = [slots(27, **{1: {"s0": 100, "s4": 100}, 3: {"s3": 29999, "s26": 1}}.get(i, {})) for i in range(10)]


def irq_row(name, cpu, count, total, longest, of):
    return hist_row(comm(name, 32) + pack("<I", cpu), 20, (name, str(cpu)), of,
                    head=pack("<QQQ", count, total, longest),
                    count=count, total_time=total, max_time=longest, slots_sum=total)


def file_row(inode, pid, tid, numbers, name, task):
    return Row(pack("<QIIII", inode, 0xfff00001, 0, pid, tid),
               pack("<4QII", *numbers, pid, tid) + comm(name, 4096) + comm(task) + b"R\0\0\0\0\0\0\0",
               (str(inode), Either(str(pid)), str(tid), name),
               **dict(zip(("reads", "read_bytes", "writes", "write_bytes"), numbers)), dev=Anything(),
               rdev=Anything(),
               comm=task, type=Either("R", "82", 82), vpid=str(pid), vtid=str(tid))


def stack_row(pid, task, of):
    key = pack("<Ii20Q", pid, 16, *([0x1000, 0x2000] + [0] * 18)) + comm(task) + pack("<I", 0xfff00001)
    return hist_row(key + b"\0" * (-len(key) % 8), 20, (str(pid), task), of, stack=Anything(), dev=Anything(),
                    size=16)


def profile_row(pid, user, kernel, name, n):
    return Row(pack("<Iii", pid, user, kernel) + comm(name), pack("<Q", n),
               (str(pid), str(user), str(kernel), name),
               value=n)


def top_row(source, destination, pid, name, lport, dport, family, sent, received):
    key = (ip(source).ljust(16, b"\0") + ip(destination).ljust(16, b"\0") + pack("<I", pid) + comm(name) +
           pack("<HHH", lport, dport, family))
    return Row(key + b"\0" * (-len(key) % 16), pack("<QQ", sent, received),
               (source, destination, str(pid), name, port(lport), port(dport), family_of(family)),
               sent=sent, received=received)


def endpoint(address, number, proto, version):
    return ip(address).ljust(16, b"\0") + pack("<HHB11x", number, proto, version)


def gadget_row(source, destination, pid, task, sport, dport, version, sent, received):
    key = (pack("<QII", 4026531841, pid, pid + 1) + endpoint(source, sport, 6, version) +
           endpoint(destination, dport, 6, version) + comm(task))
    return Row(key, pack("<QQ", sent, received), (source, destination, port(sport), port(dport), str(pid),
                                                  task),
               sent=sent, received=received, mntns=Either("4026531841"), tid=str(pid + 1),
               proto=Either("6", "tcp"), version=str(version))


def slot_row(labels, key, n):
    return Row(key, pack("<Q", n), labels, value=n)


# A count of each slot: whatever the map's name says, no seconds.
SLOTS = {"value": Family("counter|gauge", r"(?!.*seconds).*")}

LAYOUTS = [
    Layout("runqlat/hists", [
        hist_row(pack("<I", 1), 26, ("1", "systemd"), {"s0": 1, "s3": 50, "s25": 2}, comm("systemd")),
        hist_row(pack("<I", 4711), 26, ("4711", "nginx: worker"), {"s7": 9, "s8": 1000},
                 comm("nginx: worker"))],
        (PID, COMM), {"slots": histogram(r".*", 26, TIME)}),
    Layout("biolatency/hists", [
        hist_row(pack("<II", 0, 0xfff00001), 27, ("0", Anything()), {"s2": 3, "s26": 1}),
        hist_row(pack("<II", 1, 0xfff00001), 27, ("1", Anything()), {"s10": 30})],
        (r"(.*_)?(cmd_)?flags", r"(.*_)?dev(ice)?"), {"slots": histogram(r".*", 27, TIME)}),
    Layout("syscount/data", [
        Row(pack("<I", 0), pack("<QQ", 1000, 1234567890) + comm("cat"), ("0",), count=1000,
            total_ns=ns(1234567890),
            comm="cat"),
        Row(pack("<I", 257), pack("<QQ", 5, 70001) + comm("bash"), ("257",), count=5, total_ns=ns(70001),
            comm="bash")],
        (KEY,), {"count": counter(r"syscount(_data)?(_count)?_total"),
                 "total_ns": counter(r".*(total_)?seconds_total")},
        also={"comm": COMM}),
    Layout("tcprtt/hists", [
        rtt_row(2, "192.0.2.1", 123456, 31, {"s5": 30, "s12": 1}),
        rtt_row(10, "2001:db8::9", 17, 2, {"s3": 2})],
        (r"(.*_)?addr(ess)?", r"(.*_)?family"), {"slots": histogram(r".*", 27, TIME)},
        also={"latency": either(r"latency"), "cnt": either(r"cnt|count|hists|tcprtt")}),
    Layout("tcpconnect/ipv4_count", [
        connect_row("10.0.0.1", "93.184.216.34", 40001, 443, 7),
        connect_row("10.0.0.1", "10.0.0.2", 0, 8080, 2**40)],
        CONNECT_LABELS, {"value": counter(r".*ipv4.*_total")}),
    Layout("tcpconnect/ipv6_count", [
        connect_row("::1", "::1", 40001, 443, 7), connect_row("2001:db8::1", "2001:db8::2", 0, 8080, 3)],
        CONNECT_LABELS, {"value": counter(r".*ipv6.*_total")}),
    Globals("softirqs/softirqs_bss", {
        "counts": (COUNTS, pack("<10Q", *COUNTS)), "time": (TIMES, pack("<10Q", *TIMES)),
        "hists": ([of for of, _ in HISTS], b"".join(packed for _, packed in HISTS))},
        {"counts": counter(r"softirqs?(_counts?)?_total"), "time": counter(r".*time_total"),
         "hists": histogram(r".*", 27, TIME)}, zeros=10),
    Layout("softirqs/softirqs_rodata", [Row(None, None, targ_dist=0, targ_ns=1, targ_cpu=-1)],
           shown={n: n for n in ("targ_dist", "targ_ns", "targ_cpu")}),
    Layout("hardirqs/infos", [
        irq_row("virtio0-input.0", 0, 500, 123456, 999, {"s4": 499, "s9": 1}),
        irq_row("ahci", 1, 2, 30, 20, {"s3": 1, "s4": 1})],
        (r"(.*_)?name|irq", r"(.*_)?cpu"),
        {"count": counter(r"hardirqs(_infos?)?(_count)?_total"), "max_time": gauge(r".*max_time|.*time_max"),
         "slots": histogram(r".*", 20, TIME)}, also={"total_time": counter(r".*time_total")}),
    Layout("filetop/entries", [
        file_row(123456789, 4711, 4712, (10, 4096, 20, 8192), "var/log/syslog", "rsyslogd"),
        file_row(5, 1, 1, (1, 1, 0, 0), "etc/passwd", "systemd")],
        (r"(.*_)?inode", PID, r"(.*_)?tid", r"(.*_)?(file)?name"),
        {"reads": counter(r".*reads_total"), "read_bytes": counter(r".*read_bytes_total"),
         "writes": counter(r".*writes_total"), "write_bytes": counter(r".*write_bytes_total")},
        also={"dev": r"(.*_)?dev(ice)?", "rdev": r"(.*_)?rdev", "comm": COMM, "type": r"(.*_)?type",
              "vpid": r"(.*_)?pid(_\d)?", "vtid": r"(.*_)?tid(_\d)?"}),
    Globals("vfsstat/vfsstat_bss", {"stats": (list(range(1, 9)), pack("<8Q", *range(1, 9)))},
            {"stats": counter(r".*stats?_total")}),
    Globals("cachestat/cachesta_bss", {
        "total": (100001, pack("<q", 100001)), "misses": (-5, pack("<q", -5)), "mbd": (33, pack("<Q", 33))},
        {"total": either(r".*total"), "misses": either(r".*misses(_total)?"),
         "mbd": either(r".*mbd(_total)?")}),
    Layout("numamove/start", [Row(pack("<I", 77), pack("<Q", 12 * 10**9), ("77",), value=Either(
        KernelTime(12 * 10**9), 12 * 10**9))], (KEY,), {"value": gauge(r".*start.*")}),
    Globals("numamove/numamove_bss", {"latency": (12345, pack("<Q", 12345)), "num": (67, pack("<Q", 67))},
            {"latency": either(r".*latency(_total)?"), "num": either(r"numamove(_num)?(_total)?")}),
    Layout("biostacks/hists", [stack_row(4711, "dd", {"s5": 10, "s19": 1}), stack_row(1, "systemd",
                                                                                      {"s0": 4})],
           (r"(.*_)?pid", COMM), {"slots": histogram(r".*", 20, TIME)},
           also={"stack": r"(.*_)?kern_stack(_\d+)?|(.*_)?stack", "dev": r"(.*_)?dev(ice)?",
                 "size": r".*size"}),
    Layout("memleak/allocs", [
        Row(pack("<Q", 0x7f0012345678), pack("<QQi4x", 4096, 10**10, 17),
            (Either(str(0x7f0012345678), "0x7f0012345678"),),
            size=4096, at=Either(KernelTime(10**10)), stack_id=17)],
        (KEY,), {"size": gauge(r".*size(_bytes)?")},
        also={"at": r"timestamp.*", "stack_id": r"(.*_)?stack(_id)?"}),
    Layout("memleak/combined_allocs", [
        Row(pack("<Q", 17), pack("<Q", 123456 | 89 << 40), ("17",), total_size=123456, number_of_allocs=89,
            bits=123456 | 89 << 40)],
        (KEY,), {"total_size": gauge(r".*total_size(_bytes)?"), "number_of_allocs": either(
            r".*number_of_allocs(_total)?|.*allocs(_total)?")}),
    Layout("profile/counts", [
        profile_row(4711, 100, -14, "nginx", 31), profile_row(0, -14, 200, "swapper/0", 100001)],
        (PID, r"(.*_)?user_stack(_id)?", r"(.*_)?kern_stack(_id)?", COMM),
        {"value": counter(r"profile(_counts?)?(_samples)?_total")}),
    Layout("profile/stackmap"),
    Layout("tcptop/ip_map", [
        top_row("10.0.0.1", "10.0.0.2", 4711, "curl", 40001, 443, 2, 1000, 2**40),
        top_row("2001:db8::1", "2001:db8::2", 1, "systemd", 22, 50000, 10, 5, 0)],
        (SOURCE, DESTINATION, r"(.*_)?pid", COMM, SOURCE_PORT, DESTINATION_PORT, r"(.*_)?family"),
        {"sent": counter(r".*sent(_bytes)?_total"), "received": counter(r".*received(_bytes)?_total")}),
    Layout("llcstat/infos", [
        Row(pack("<III", c, 100 + c, 200 + c), pack("<QQ", 1000 + c, 10 + c) + comm("task"),
            (str(c), str(100 + c), str(200 + c)), ref=1000 + c, miss=10 + c, comm="task") for c in range(3)],
        (r"(.*_)?cpu", r"(.*_)?pid", r"(.*_)?tid"),
        {"ref": either(r".*ref(_total)?"), "miss": counter(r".*miss(es)?_total")}, also={"comm": COMM}),
    Layout("biotop/counts", [
        Row(pack("<Iiii", 4711, 1, 252, 0) + comm("dd"), pack("<QQI4x", 10**9, 2500001, 244),
            ("4711", "1", "252", "0", "dd"), bytes=10**9, us=us(2500001), io=244)],
        (PID, r"(.*_)?rwflag", r"(.*_)?major", r"(.*_)?minor", COMM),
        {"bytes": counter(r".*bytes_total"), "us": counter(r".*seconds_total"),
         "io": either(r".*io(_total)?")}),
    Layout("offcputime/info", [
        Row(pack("<IIii", 11, 10, 5, -14), pack("<Q", 123456) + comm("java"), ("11", "10", "5", "-14"),
            delta=123456,
            comm="java")],
        (r"(.*_)?pid", r"(.*_)?tgid", r"(.*_)?user_stack(_id)?", r"(.*_)?kern_stack(_id)?"),
        {"delta": Family("counter|gauge", r".*delta(_total)?")}, also={"comm": COMM}),
    Layout("inspektor_gadget/ip_map", [
        gadget_row("10.0.0.1", "10.0.0.2", 4711, "curl", 40001, 443, 4, 1000, 2**40),
        gadget_row("2001:db8::1", "2001:db8::2", 1, "systemd", 22, 50000, 6, 5, 7)],
        (r"(.*_)?(src|source)(_.*)?", r"(.*_)?(dst|destination)(_.*)?", r"(.*_)?(src|source)_port",
         r"(.*_)?(dst|destination)_port", r"(.*_)?pid", COMM),
        {"sent": counter(r".*sent(_raw)?(_bytes)?_total"),
         "received": counter(r".*received(_raw)?(_bytes)?_total")},
        also={"mntns": r".*mntns(_id)?", "tid": r"(.*_)?tid", "proto": r".*proto(col)?(_raw)?",
              "version": r".*version"}),
    Layout("parca/stack_counts", [
        Row(pack("<5i", 4711, 4710, 17, -14, 0), pack("<Q", 99), ("4711", "4710", "17", "-14", "0"),
            value=99)],
        (r"(.*_)?pid", r"(.*_)?tgid", r"(.*_)?user_stack(_id)?", r"(.*_)?kernel_stack(_id)?", r".*dwarf"),
        {"value": counter(r".*stack(_counts?)?_total")}),
    Layout("ebpf_exporter/bio_latency_seconds", [
        slot_row((Anything(), "1", "7"), pack("<IB3xQ", 0xfff00001, 1, 7), 31),
        slot_row((Anything(), "0", "12"), pack("<IB3xQ", 0xfff00001, 0, 12), 5)],
        (r"(.*_)?dev(ice)?", r"(.*_)?op", r"(.*_)?bucket"), SLOTS),
    Layout("ebpf_exporter/cfs_throttling_seconds", [
        slot_row((Either("4000000123"), "3"), pack("<II", 4000000123, 3), 44)],
        (r"(.*_)?cgroup", r"(.*_)?bucket"), SLOTS),
    Layout("ebpf_exporter/unix_socket_backlog", [
        slot_row(("DOCKER_SOCK_ADDR", "3"), pack("<I4xQ", 2, 3), 9)],
        (r"(.*_)?addr(ess)?", r"(.*_)?bucket"), {"value": either(r".*unix_socket_backlog.*")}),
    Layout("ebpf_exporter/timer_starts_total", [slot_row((Anything(),), pack("<Q", 2**63 + 4096), 77)],
           (KEY,), {"value": counter(r"timer_starts_total")}),
    Layout("ebpf_exporter/page_cache_ops_total", [slot_row(("3",), b"\3", 77), slot_row(("0",), b"\0", 5)],
           (KEY,), {"value": counter(r"page_cache_ops_total")}),
    Layout("ebpf_exporter/softirq_raised_total", [
        Row(pack("<I", i), on_cpus("<Q", n), (str(i),), value=n) for i, n in ((0, 5), (3, 10**15), (9, 7))],
        (KEY,), {"value": counter(r"softirq_raised_total")}, zeros=7),
    Layout("ebpf_exporter/softirq_raise_timestamp", [
        Row(pack("<I", i), [pack("<Q", i * 10**12)] * N_CPUS, (str(i),),
            value=KernelTime(i * 10**12)) for i in (1, 2)],
        (KEY,), {"value": gauge(r"softirq_raise_timestamp(_seconds)?")}, zeros=8),
    Layout("ebpf_exporter/mark_page_accessed_total", [
        slot_row((Anything(),), pack("<20Q", 0x1000, 0x2000, *[0] * 18), 7)],
        (r"(.*_)?k?(ernel_)?stack",), {"value": counter(r"mark_page_accessed_total")}),
    Layout("ebpf_exporter/pci_user_read_config_ops_total", [
        slot_row((Either("32902", "Intel Corporation"), Anything(), Anything(), Anything()),
                 pack("<IIBxH", 0x8086, 0x100e, 2, 0), 7)],
        (r"(.*_)?vendor", r"(.*_)?device", r"(.*_)?class", r"(.*_)?subclass"),
        {"value": counter(r"pci_user_read_config_ops_total")}),
    Layout("ebpf_exporter/python_module_imports_total", [
        slot_row(("numpy.core",), comm("numpy.core", 128), 3), slot_row(("os",), comm("os", 128), 900)],
        (r"(.*_)?module",), {"value": counter(r"python_module_imports_total")}),
    Layout("ebpf_exporter/llc_misses_total", [slot_row((str(i),), pack("<I", i), 10 + i) for i in range(3)],
           (KEY,), {"value": counter(r"llc_misses_total")}),
]
