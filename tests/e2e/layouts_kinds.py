# SPDX-License-Identifier: GPL-2.0-only
"""Maps of samples and small programs, and of every kind that real programs rarely have."""

import struct

from layouts import (Anything, Either, KernelTime, Layout, Row, counter, either, gauge, ip, on_cpus, us)

pack = struct.pack
KEY = r".*"


def named(*names):
    return {n: n for n in names}


HBM_TOTALS = ("pkts_marked", "bytes_marked", "pkts_dropped", "bytes_dropped", "pkts_total", "bytes_total")


def hbm_row():
    totals, times, returned = [11, 1100, 12, 1200, 13, 1300], [14 * 10**9, 15 * 10**9], [17, 18, 0, 20]
    flags = {"stats": 1, "loopback": 0, "no_cn": 1}
    value = pack("<QQ6Q2QQ4QQQQq", 1000, 0b101, *totals, *times, 16, *returned, 21, 22, 23, -24)
    return Row(pack("<i", 0), value, (), key=0, rate=1000, **flags, **dict(zip(HBM_TOTALS, totals)),
               firstPacketTime=KernelTime(times[0]), lastPacketTime=KernelTime(times[1]), pkts_ecn_ce=16,
               returnValCount=returned, sum_cwnd=21, sum_rtt=22, sum_cwnd_cnt=23, sum_credit=-24)


def block_row(prefix, packets, n_bytes, seen):
    address, bits = prefix.split("/")
    return Row(pack("<I", int(bits)) + ip(address), pack("<QQQ", packets, n_bytes, seen), (prefix,),
               packets=packets,
               bytes=n_bytes, seen=KernelTime(seen))


def usage_row(cgroup, direction, rx, tx, connections, rtt):
    value = on_cpus("<QQII", rx, tx, connections, rtt)
    return Row(pack("<QI4x", cgroup, direction), value,
               (Either(str(cgroup), "/"), ("DIR_INGRESS", "DIR_EGRESS")[direction]), rx_bytes=rx, tx_bytes=tx,
               connections_active=connections,
               rtt_max_us=us(max(struct.unpack("<QQII", v)[3] for v in value)))


# Of the struct words; what its name calls reserved is left out.
WORDS = [i for i in range(1, 24) if i != 7]
DATA = {"load_average": "1.5", "ratio": "0.25", "is_enabled": 1, "temperature": -3, "n_requests": 12}

LAYOUTS = [
    Layout("samples/my_map", [Row(pack("<I", i), pack("<q", n), (Either(str(i),
                                                                        {1: "icmp", 6: "tcp",
                                                                         17: "udp"}[i]),), value=n)
                              for i, n in ((1, 84), (6, 2**40 + 1), (17, 513))],
           (KEY,), {"value": either(r"samples_my.*|my_map.*")}, zeros=0),
    Layout("samples/queue_stats", [hbm_row()], (), {
        **{f"{unit}_{what}": counter(rf"(samples_)?queue(_stats)?_(({names})_{what}|{what}_({names}))_total")
           for unit, names in (("pkts", "pkts|packets"), ("bytes", "bytes")) for what in ("marked",
                                                                                          "dropped")},
        "pkts_total": counter(r"(samples_)?queue(_stats)?_(pkts|packets)_total"),
        "bytes_total": counter(r"(samples_)?queue(_stats)?_bytes_total"),
        "pkts_ecn_ce": counter(r".*((pkts|packets)_ecn_ce|ecn_ce_packets)_total"),
        "returnValCount": counter(r".*return_?[vV]al(_?[cC]ount)?_total"),
        "sum_cwnd": either(r".*sum_cwnd(_total)?"), "sum_rtt": either(r".*sum_rtt(_total)?"),
        "sum_cwnd_cnt": either(r".*sum_cwnd(_cnt)?(_total)?"), "sum_credit": gauge(r".*sum_credit"),
        "rate": gauge(r".*rate")},
        also={"key": "key", "stats": "stats", "loopback": "loopback", "no_cn": "no_cn",
              "firstPacketTime": r"first_?[Pp]acket_?[Tt]ime.*",
              "lastPacketTime": r"last_?[Pp]acket_?[Tt]ime.*"}),
    Layout("accounting/blocklist", [
        block_row("203.0.113.0/24", 1000, 64000, 5 * 10**9), block_row("198.51.100.7/32", 3, 180, 6 * 10**9)],
        (r"(.*_)?(cidr|prefix|network|address|key|data)",),
        {"packets": counter(r".*packets_total"), "bytes": counter(r".*bytes_total")},
        also={"seen": r"last_seen.*"}),
    Layout("accounting/cgroup_usage", [
        usage_row(2**40 + 5, 0, 1000, 70001, 3, 2500), usage_row(2**40 + 5, 1, 5, 6, 7, 8),
        usage_row(2**40 + 99, 1, 50, 60, 70, 1500000)], (r"(.*_)?cgroup(_id)?", r"(.*_)?direction"),
        {"rx_bytes": counter(r".*rx_bytes_total"), "tx_bytes": counter(r".*tx_bytes_total"),
         "connections_active": gauge(r".*connections_active"), "rtt_max_us": gauge(r".*rtt_max_seconds")}),
    Layout("accounting/drops_by_direction", [
        Row(pack("<I", 0), pack("<Q", 31), ("DIR_INGRESS",), value=31),
        Row(pack("<I", 1), pack("<Q", 5), ("DIR_EGRESS",), value=5)],
        (r"(.*_)?direction|key",), {"value": counter(r"accounting_drops(_by_direction)?_total")}),
    Layout("all_kinds/deep", [Row(pack("<Q", 7), pack("<QI4x", 1001, 2002), ("7",), packets=1001, bytes=2002,
                                   word=1001)],
           (KEY,), {"packets": counter(r".*packets_total"), "bytes": counter(r".*bytes_total")},
           also={"word": "word"}),
    Layout("all_kinds/odd_keys", [Row(bytes([1, 2, 255]), pack("<Q", 9), ("1", "2", "255"), value=9)],
           (r"(.*_)?a", r"(.*_)?b", r"(.*_)?c"), {"value": either(r".*odd_keys.*")}),
    Layout("all_kinds/long_names", [Row(pack("<I", 1), pack("<QQ", 5, 6), ("1",), first=5, second=6)], (KEY,),
           {
        "first": counter(r".*a_(counter_)?of_packets.*_characters_total"),
        "second": counter(r".*a_(counter_)?of_packets.*_characterz_total")}),
    Layout("all_kinds/words", [
        Row(pack("<23Q", *range(101, 124)), pack("<23Q", *range(201, 224)),
            tuple(str(100 + i) for i in WORDS), reserved=Either(107, "107"),
            **{f"word{i}": 200 + i for i in WORDS})],
        (KEY,) * len(WORDS), {f"word{i}": either(r".*") for i in WORDS}, also={"reserved": r".*reserved.*"}),
    Layout("all_kinds/versions", [Row(pack("<I", i), pack("<II", 10 + i, 20 + i), (str(i),), v1=10 + i, v2=20 + i)
                                  for i in range(2)],
           (KEY,), {"v1": either(r".*v1(_total)?"), "v2": either(r".*v2(_total)?")}),
    Layout("all_kinds/wide", [Row(pack("<I", 5), pack("<300Q", *range(1000, 1300)), ("5",), **{
        f"{x}{i:02}": 1000 + 100 * "abc".index(x) + i for x in "abc" for i in range(100)})],
        (KEY,), {f"{x}{i:02}": either(rf".*{x}{i:02}(_total)?") for x in "abc" for i in range(100)}),
    # Too many for a series each: their sum.
    Layout("all_kinds/long_array", [Row(pack("<I", 0), pack("<100000I", *(i % 3 for i in range(100000))), (),
                                        key=0,
                                         counts=sum(i % 3 for i in range(100000)))],
           (), {"counts": counter(r"all_kinds_long(_array)?(_counts?)?_total")}, also=named("key")),
    Layout("all_kinds/long_values", [Row(pack("<I", i), pack("<Q", n), (str(i),), value=n)
                                      for i, n in ((0, 5), (65536, 6), (99999, 2**50))],
           (KEY,), {"value": either(r".*long(_values)?(_2)?(_total)?")}),
    Layout("all_kinds/states", [Row(pack("<I", i), pack("<I", n), (text,), value=n)
                                 for i, n, text in ((0, 4, "IDLE"), (7, 1, "BROKEN"), (5, 2, "5"))],
           (KEY,), {"value": either(r".*states.*")}),
    Layout("all_kinds/seen", [Row(pack("<Q", 99), b"\1", ("99",), value=1),
                              Row(pack("<Q", 100), b"\0", ("100",), value=0)],
           (KEY,), {"value": gauge(r".*seen.*")}),
    Layout("all_kinds/events"),
    Layout("all_kinds/free_slots"),
    Layout("all_kinds/bloom"),
    Layout("all_kinds/by_tenant"),
    Layout("all_kinds/all_kind_data", [Row(None, None, **{
        k: v if isinstance(v, int) else Either(float(v)) for k, v in DATA.items()},
        current_state="BROKEN", direction_hint="LOW", version="v1.2", wide_number=Anything(),
        one_element=Anything())],
        families={k: either(rf".*{k.removeprefix('n_')}(_total)?") for k in DATA},
        shown={"current_state": r"current_state|state", "direction_hint": r"direction_hint",
               "version": r"version"},
        also=named("wide_number", "one_element")),
]
