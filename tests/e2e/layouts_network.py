# SPDX-License-Identifier: GPL-2.0-only
"""Maps of firewalls, load balancers and container networks, and what is to be seen of them."""

import struct

from layouts import (DESTINATION, DESTINATION_PORT, PROTOCOL, SOURCE, SOURCE_PORT, Anything, Either,
                     KernelTime, Layout, Row, counter, either, gauge, ip, on_cpus, port, protocol)

pack = struct.pack
KEY = r".*"
ADDRESS = r"(.*_)?(addr|address|ip|ip4|ip6|vip|cidr|prefix|dst|key)"
INTERFACE = r"(.*_)?(if_?index|if_?name|interface|device|intf)"
PREFIX_LENGTH = r"(lpm_key_?)?prefix_?len(gth)?|lpm_key"
CIDR = r"(.*_)?(cidr|prefix|network|subnet|addr|address|source|src|key|ip|ip_data|data)"


def named(*names):
    return {n: n for n in names}


def metrics_row(reason, direction, line, file, count, n_bytes):
    return Row(pack("<BBHB3x", reason, direction, line, file), on_cpus("<QQ", count, n_bytes),
               (str(reason), str(direction), str(line), str(file)), count=count, bytes=n_bytes)


def policy_row(label, egress, proto, dport, packets, n_bytes, proxy_port=0, deny=0):
    return Row(pack("<IIBB", 64, label, egress, proto) + pack(">H", dport),
               pack(">H", proxy_port) + pack("<BBHHQQ", deny, 0, 0, 0, packets, n_bytes),
               (str(label), str(egress), protocol({6: "tcp", 17: "udp"}[proto]), port(dport)),
               packets=packets, bytes=n_bytes, prefixlen=64, proxy_port=proxy_port, deny=deny,
               wildcard_protocol=0, wildcard_dport=0, auth_type=0)


CT_FACTS = {"ifindex": INTERFACE} | named("lifetime", "rx_closing", "tx_closing", "nat46", "lb_loopback",
                                          "seen_non_syn", "node_port",
                 "proxy_redirect", "dsr", "from_l7lb", "from_tunnel", "rev_nat_index",
                 "tx_flags_seen", "rx_flags_seen", "src_sec_id", "last_tx_report", "last_rx_report")
CT_FAMILIES = {"rx_packets": counter(r".*rx_packets_total"), "rx_bytes": counter(r".*rx_bytes_total"),
               "tx_packets": counter(r".*tx_packets_total"), "tx_bytes": counter(r".*tx_bytes_total")}
CT_LABELS = (DESTINATION, SOURCE, DESTINATION_PORT, SOURCE_PORT, PROTOCOL, r"(.*_)?flags")


def ct_row(destination, source, dport, sport, proto, flags, numbers, ifindex=60001):
    return Row(ip(destination) + ip(source) + pack(">HHBB", dport, sport, proto, flags),
               pack("<QQQQIHHHBBIII", *numbers, 4711, 0b100010, 7, ifindex, 0x1b, 0x1a, 50555, 11, 12),
               (destination, source, str(dport), str(sport), protocol({6: "tcp", 17: "udp"}[proto]),
                str(flags)),
               **dict(zip(CT_FAMILIES, numbers)), lifetime=4711, rx_closing=0, tx_closing=1, nat46=0,
               lb_loopback=0, seen_non_syn=0, node_port=1, proxy_redirect=0, dsr=0, from_l7lb=0,
               from_tunnel=0, rev_nat_index=7, ifindex=Either(ifindex, str(ifindex)),
               tx_flags_seen=0x1b, rx_flags_seen=0x1a, src_sec_id=50555,
               last_tx_report=Either(11, KernelTime(11 * 10**9)),
               last_rx_report=Either(12, KernelTime(12 * 10**9)))


def ipcache_row(prefix, address, bits, identity, endpoint, node):
    return Row(pack("<IHBB", 32 + bits, 0, 0, 1 if len(ip(address)) == 4 else 2) + ip(address).ljust(16,
                                                                                                     b"\0"),
               pack("<I", identity) + ip(endpoint) + pack("<HBx", node, 0), (Either(prefix, address),),
               sec_identity=identity,
               tunnel_endpoint=Either(endpoint, int.from_bytes(ip(endpoint), "little")), node_id=node,
               prefixlen=32 + bits,
               cluster_id=0, family=1 if len(ip(address)) == 4 else 2, key=0)


CILIUM = [
    Layout("cilium/cilium_metrics", [
        metrics_row(0, 2, 1234, 17, 100001, 7000007), metrics_row(0, 1, 77, 17, 5, 400),
        metrics_row(133, 1, 2001, 1, 300, 18000), metrics_row(181, 2, 2001, 1, 31, 1860)],
        (r"(.*_)?reason", r"(.*_)?dir(ection)?", r"(.*_)?line", r"(.*_)?file"),
        {"count": counter(r"cilium(_metrics)?(_count|_packets)?_total"),
         "bytes": counter(r".*_bytes_total")}),
    Layout("cilium/cilium_policy_v2", [
        policy_row(1, 0, 6, 443, 1000, 64000), policy_row(50555, 1, 17, 53, 12, 900, proxy_port=15001),
        policy_row(2, 1, 6, 25, 3, 180, deny=1)],
        (r"(.*_)?(sec_label|label|identity)", r"(.*_)?egress", PROTOCOL, DESTINATION_PORT),
        {"packets": counter(r".*_packets_total"), "bytes": counter(r".*_bytes_total")},
        also={"prefixlen": PREFIX_LENGTH, "wildcard_dport": r"wildcard_(dport|destination_port)"} | named(
            "proxy_port", "deny", "wildcard_protocol",
 "auth_type")),
    Layout("cilium/cilium_ct4_global", [
        ct_row("10.0.1.15", "10.0.0.7", 443, 40001, 6, 0, (10, 1000, 20, 2000)),
        ct_row("8.8.8.8", "10.0.0.9", 53, 33333, 17, 1, (2**40, 2**50, 3, 300))],
        CT_LABELS, CT_FAMILIES, also=CT_FACTS),
    Layout("cilium/cilium_ct6_global", [
        ct_row("2001:db8::1", "fd00::a:1", 8443, 40001, 6, 0, (10, 1000, 20, 2000)),
        ct_row("::1", "2001:db8:0:1::ff", 53, 5353, 17, 4, (1, 100, 2, 200))],
        CT_LABELS, CT_FAMILIES, also=CT_FACTS),
    Layout("cilium/cilium_ipcache_v2", [
        ipcache_row("10.0.0.185/32", "10.0.0.185", 32, 28670, "0.0.0.0", 0),
        ipcache_row("10.0.1.0/24", "10.0.1.0", 24, 2, "192.168.0.12", 12),
        ipcache_row("fd00::1/128", "fd00::1", 128, 4, "192.168.0.12", 12)],
        (ADDRESS,), shown=named("sec_identity", "tunnel_endpoint"),
        also=named("node_id", "cluster_id", "family", "key") | {"prefixlen": PREFIX_LENGTH}),
    Layout("cilium/cilium_lb4_services_v2", [
        Row(ip("10.96.0.1") + pack(">H", 443) + pack("<HBB2x", 0, 6, 0), pack("<IHHBB2x", 0, 2, 5, 16, 0),
            ("10.96.0.1", "443", "0", protocol("tcp"), "0"), backend_id=0, count=2, rev_nat_index=5,
            flags=16, flags2=0),
        Row(ip("10.96.0.1") + pack(">H", 443) + pack("<HBB2x", 2, 6, 0), pack("<IHHBB2x", 9, 0, 5, 16, 0),
            ("10.96.0.1", "443", "2", protocol("tcp"), "0"), backend_id=9, count=0, rev_nat_index=5,
            flags=16, flags2=0)],
        (ADDRESS, DESTINATION_PORT, r"(.*_)?(backend_)?slot", PROTOCOL, r"(.*_)?scope"),
        shown=named("count"), also=named("backend_id", "rev_nat_index", "flags", "flags2")),
    Layout("cilium/cilium_lb4_backends_v3", [
        Row(pack("<I", 9), ip("10.0.3.7") + pack(">H", 6443) + pack("<BBB3x", 6, 0, 0), ("9",),
            address="10.0.3.7", port="6443", proto=protocol("tcp"), flags=0, cluster_id=0),
        Row(pack("<I", 12), ip("10.0.4.8") + pack(">H", 53) + pack("<BBB3x", 17, 1, 0), ("12",),
            address="10.0.4.8", port="53", proto=protocol("udp"), flags=1, cluster_id=0)],
        (KEY,), shown=named("address", "port") | {"proto": PROTOCOL}, also=named("flags", "cluster_id")),
]


def katran_address(text):
    return ip(text).ljust(16, b"\0")


def vip_row(vip, dport, proto, flags, number):
    return Row(katran_address(vip) + pack(">H", dport) + pack("<Bx", proto), pack("<II", flags, number),
               (vip, port(dport), protocol({6: "tcp", 17: "udp"}[proto])), flags=flags, vip_num=number)


def lru_row(source, destination, proto, pos, atime):
    return Row(katran_address(source) + katran_address(destination) + pack(">HHB3x", 40001, 443, proto),
               pack("<I4xQ", pos, atime), (source, destination, protocol({6: "tcp", 17: "udp"}[proto])),
               pos=pos, atime=Either(KernelTime(atime), atime), ports=Anything())


def stats_row(i, v1, v2):
    return Row(pack("<I", i), on_cpus("<QQ", v1, v2), (str(i),), v1=v1, v2=v2)


def v6_row(prefix, real):
    address, bits = prefix.split("/")
    return Row(pack("<I", int(bits)) + ip(address), pack("<I", real), (prefix,), value=real)


QUIC = ("ch_routed", "cid_initial", "cid_invalid_server_id", "cid_routed", "cid_unknown_real_dropped",
        "cid_v0", "cid_v1", "cid_v2", "cid_v3")

KATRAN = [
    Layout("katran/vip_map", [
        vip_row("10.200.1.1", 80, 6, 0, 0), vip_row("10.200.1.1", 443, 17, 8, 7),
        vip_row("2001:db8::5", 443, 6, 1, 511)],
        (ADDRESS, r"(.*_)?port", PROTOCOL), shown={"vip_num": r"(vip_)?num"}, also=named("flags")),
    Layout("katran/fallback_cache", [
        lru_row("192.168.1.1", "10.200.1.1", 6, 3, 5_000_000_000),
        lru_row("2001:db8::7", "2001:db8::5", 17, 9, 6_000_000_001)],
        (SOURCE, DESTINATION, PROTOCOL), shown=named("pos"), also={"atime": "atime", "ports": r".*port.*"}),
    Layout("katran/reals", [
        Row(pack("<I", 1), katran_address("10.0.0.1") + b"\0" * 4, ("1",), dst="10.0.0.1", flags=0),
        Row(pack("<I", 77), katran_address("fc00::1") + b"\1\0\0\0", ("77",), dst="fc00::1", flags=1)],
        (KEY,), shown={"dst": DESTINATION, "flags": "flags"}, zeros=4094),
    Layout("katran/stats", [stats_row(0, 1000, 90001), stats_row(7, 5, 300), stats_row(513, 12345, 67)],
           (KEY,), {"v1": counter(r".*v1_total"), "v2": counter(r".*v2_total")}),
    Layout("katran/quic_packets_stats_map",
           [Row(pack("<I", 0), on_cpus("<9Q", *range(10, 19)), (), key=0, **dict(zip(QUIC, range(10, 19))))],
           (), {n: counter(rf".*{n}_total") for n in QUIC}, also={"key": KEY}),
    Layout("katran/lpm_src_v4", [
        Row(pack("<I", 16) + ip("10.1.0.0"), pack("<I", 3), ("10.1.0.0/16",), value=3),
        Row(pack("<I", 32) + ip("192.0.2.7"), pack("<I", 4), ("192.0.2.7/32",), value=4),
        Row(pack("<I", 0) + ip("0.0.0.0"), pack("<I", 9), ("0.0.0.0/0",), value=9)],
        (CIDR,), {"value": gauge(r".*lpm_src_v4.*")}),
    Layout("katran/lpm_src_v6", [v6_row("2001:db8::/32", 5), v6_row("fc00::1/128", 6)],
           (CIDR,), {"value": gauge(r".*lpm_src_v6.*")}),
    Layout("katran/lru_mapping"),
]

XDP_TOOLS = [
    Layout("xdp_tools/xdp_stats_map", [
        Row(pack("<I", 1), on_cpus("<QQ", 300, 18000), (Either("1", "drop", "DROP", "xdp_drop", "XDP_DROP"),),
            packets=300, bytes=18000),
        Row(pack("<I", 2), on_cpus("<QQ", 100001, 7000007),
            (Either("2", "pass", "PASS", "xdp_pass", "XDP_PASS"),),
            packets=100001, bytes=7000007)],
        (KEY,), {"packets": counter(r".*_packets_total"), "bytes": counter(r".*_bytes_total")}, zeros=3),
    Layout("xdp_tools/filter_ports", [
        Row(pack(">H2x", 80), on_cpus("<Q", 6410), (Either("80", "20480"),), value=6410),
        Row(pack(">H2x", 443), on_cpus("<Q", 12806), (Either("443", "47873"),), value=12806)],
        (KEY,), {"value": either(r".*filter_ports.*")}),
    Layout("xdp_tools/filter_ipv4", [
        Row(ip("192.0.2.1"), on_cpus("<Q", 6401), ("192.0.2.1",), value=6401),
        Row(ip("10.1.2.3"), on_cpus("<Q", 65), ("10.1.2.3",), value=65)],
        (KEY,), {"value": either(r".*filter_ipv4.*")}),
    Layout("xdp_tools/filter_ipv6", [
        Row(ip("2001:db8::1"), on_cpus("<Q", 6401), ("2001:db8::1",), value=6401),
        Row(ip("fd00::1:2"), on_cpus("<Q", 65), ("fd00::1:2",), value=65)],
        (KEY,), {"value": either(r".*filter_ipv6.*")}),
    Layout("xdp_tools/filter_ethernet", [
        Row(bytes.fromhex("020000000001"), on_cpus("<Q", 6401), ("02:00:00:00:00:01",), value=6401),
        Row(bytes.fromhex("deadbeef0010"), on_cpus("<Q", 65), ("de:ad:be:ef:00:10",), value=65)],
        (KEY,), {"value": either(r".*filter_ethernet.*")}),
    Layout("xdp_tools/rx_cnt", [
        Row(pack("<I", i), pack("<6Q16x", *(10 * i + n for n in range(1, 7))), (str(i),),
            **{called: 10 * i + n for n, called in enumerate(
                ("processed", "dropped", "issue", "xdp_pass", "xdp_drop", "xdp_redirect"), 1)})
        for i in range(2)], (KEY,), {
            "processed": counter(r".*processed_total"), "dropped": counter(r".*dropped_total"),
            "issue": either(r".*issue(_total)?"), "xdp_pass": either(r".*(pass|info)(_total)?"),
            "xdp_drop": counter(r".*xdp_drops?_total"), "xdp_redirect": either(r".*redirect(_total)?")}),
]


def mapped(text):
    return b"\0" * 10 + b"\xff\xff" + ip(text) if "." in text else ip(text)


def flow_key(source, destination, sport, dport, proto, icmp=(0, 0)):
    return mapped(source) + mapped(destination) + pack("<HHBBBx", sport, dport, proto, *icmp)


FLOW_LABELS = (SOURCE, DESTINATION, SOURCE_PORT, DESTINATION_PORT, PROTOCOL)
NAMES = {6: "tcp", 17: "udp", 1: "icmp"}


def flow_row(source, destination, sport, dport, proto, n_bytes, packets):
    value = pack("<QQQIHH6s6sIIIBBBB6s2x6IHHHBB4x", 5 * 10**9, 7 * 10**9 + 1, n_bytes, packets, 0x0800, 0x12,
                 bytes.fromhex("020000000001"), bytes.fromhex("020000000002"), 1, 0, 50, 1, 0, 8, 1,
                 b"\1\0\0\0\0\0", 1, 0, 0, 0, 0, 0, 0x0303, 0x1301, 0x1d, 22, 0)
    return Row(flow_key(source, destination, sport, dport, proto), value,
               (source, destination, port(sport), port(dport), protocol(NAMES[proto])),
               bytes=n_bytes, packets=packets, start=KernelTime(5 * 10**9), end=KernelTime(7 * 10**9 + 1),
               ethertype=Either("ipv4", "IPv4", "ip", "0x800", "2048", 2048), flags=18,
               src_mac="02:00:00:00:00:01",
               dst_mac="02:00:00:00:00:02", interface=Either("lo", "1", 1), sampling=50, direction=1, errno=0,
               dscp=8, nb=1, observed=Anything(), tls=Anything(), misc=0, icmp_type=0, icmp_code=0)


def drop_row(source, destination, sport, dport, proto, n_bytes, packets):
    # Times, causes and states are the same on each CPU, and no count.
    value = on_cpus("<QQHHIHHB3x", 5 * 10**9, 6 * 10**9, n_bytes, packets, 5, 16, 0x0800, 1,
                    same=(0, 1, 4, 5, 6, 7))
    return Row(flow_key(source, destination, sport, dport, proto), value,
               (source, destination, port(sport), port(dport), protocol(NAMES[proto])),
               bytes=n_bytes, packets=packets, start=Anything(), end=Anything(), cause=Anything(),
               flags=Anything(), ethertype=Anything(), state=Anything(), icmp_type=0, icmp_code=0)


def filter_row(text, prefix, proto, direction, action):
    address, bits = prefix.split("/")
    value = pack("<Bx12HBBIIIB3xIB3x", proto, *range(1, 13), 8, 0, direction, action, 0x102, 1, 50, 0)
    return Row(pack("<I", int(bits)) + ip(address).ljust(16, b"\0"), value, (text,),
               protocol=protocol(NAMES[proto]), direction=("INGRESS", "EGRESS")[direction],
               action=("ACCEPT", "REJECT")[action], flags=Anything(), port=Anything(), icmp=Anything(),
               drops=1, sample=50, peer=0)


NETOBSERV = [
    Layout("netobserv/aggregated_flows", [
        flow_row("192.0.2.10", "198.51.100.1", 40001, 443, 6, 123456789, 1000),
        flow_row("2001:db8::1", "2001:db8::2", 5353, 53, 17, 100, 2)],
        FLOW_LABELS, {"bytes": counter(r".*_bytes_total"), "packets": counter(r".*_packets_total")},
        also={"start": r"start.*", "end": r"end.*", "ethertype": r"eth(er)?_?(protocol|type)",
              "src_mac": r"(src|source)_mac", "dst_mac": r"(dst|destination)_mac",
              "interface": r"if_?(index|name)?.*|interface",
              "sampling": "sampling", "direction": "direction.*", "errno": "errno", "dscp": "dscp",
              "nb": "nb_observed_intf", "observed": "observed_.*", "misc": "misc_flags",
              "tls": r"ssl.*|tls.*", "flags": "flags", "icmp_type": "icmp_type", "icmp_code": "icmp_code"}),
    Layout("netobserv/aggregated_flows_pkt_drop", [
        drop_row("192.0.2.10", "198.51.100.1", 40001, 443, 6, 65535, 100),
        drop_row("192.0.2.11", "198.51.100.1", 40002, 443, 6, 90, 5)],
        FLOW_LABELS, {"bytes": counter(r".*_bytes_total"), "packets": counter(r".*_packets_total")},
        also={"start": r"start.*", "end": r"end.*", "ethertype": r"eth(er)?_?(protocol|type)",
              "cause": r".*cause", "state": r".*state", "flags": r".*flags", "icmp_type": "icmp_type",
              "icmp_code": "icmp_code"}),
    Layout("netobserv/global_counters", [
        Row(pack("<I", i), on_cpus("<I", n), (str(i),), value=n) for i, n in ((0, 11), (4, 123456), (12, 3))],
        (KEY,), {"value": counter(r".*(global_counters|netobserv_global)(_value)?_total")}, zeros=10),
    Layout("netobserv/filter_map", [
        filter_row(Either("10.0.0.0/8", "a00::/8"), "10.0.0.0/8", 6, 1, 1),
        filter_row("2001:db8::/32", "2001:db8::/32", 17, 0, 0)], (CIDR,),
        shown={"direction": "direction", "action": "action"},
        also={"protocol": PROTOCOL, "flags": r"tcp_?[fF]lags", "port": r".*[pP]ort.*", "icmp": r"icmp.*",
              "drops": r".*drops", "sample": "sample", "peer": r".*peer.*"}),
    Layout("netobserv/direct_flows"),
]


def counters_row(interface, ifindex, hook, numbers):
    numbers = numbers + [0] * (19 - len(numbers))
    return Row(pack("<II", ifindex, hook), on_cpus("<19Q", *numbers), (interface, str(hook)),
               counters=numbers)


def calico_ct_row(a, b, port_a, port_b, proto, to_b, to_a):
    def leg(n_bytes, packets, bits):
        return pack("<QIIII", n_bytes, packets, 99, bits, 4000001)
    value = (pack("<QQBBBB3xB", 0, 12 * 10**9, 0, 1, 0, 0, 0) + leg(*to_b, 0b0110011) + leg(*to_a, 0b11) +
             ip("0.0.0.0") * 2 + pack("<HH", 0, 0) + ip("0.0.0.0"))
    return Row(pack("<I", proto) + ip(a) + ip(b) + pack("<HH", port_a, port_b), value,
               (protocol(NAMES[proto]), a, b, port(port_a), port(port_b)), to_b_bytes=to_b[0],
               to_b_packets=to_b[1], to_a_bytes=to_a[0], to_a_packets=to_a[1],
               last_seen=KernelTime(12 * 10**9), rst_seen=0,
               rest=Anything())


CALICO = [
    Layout("calico/cali_counters3", [
        counters_row("lo", 1, 0, [1000, 2, 0, 3]), counters_row("4000001", 4000001, 2, [0, 7, 8])],
        (INTERFACE, r"(.*_)?hook"),
        {"counters": counter(r".*counters3?.*_total")}),
    Layout("calico/cali_v4_ct4", [
        calico_ct_row("10.0.0.1", "10.0.0.2", 40001, 443, 6, (1000, 10), (20000, 20)),
        calico_ct_row("10.0.0.3", "10.0.0.4", 5000, 53, 17, (100, 1), (0, 0))],
        (PROTOCOL, r"(.*_)?addr_a", r"(.*_)?addr_b", r"(.*_)?port_a", r"(.*_)?port_b"),
        {"to_b_bytes": counter(r".*a_to_b_bytes_total"), "to_b_packets": counter(r".*a_to_b_packets_total"),
         "to_a_bytes": counter(r".*b_to_a_bytes_total"), "to_a_packets": counter(r".*b_to_a_packets_total")},
        also={"last_seen": r".*last_seen.*", "rst_seen": either(r"(.*_)?rst_seen"),
              "rest": r"(?:type|flags\d?|.*rst_seen|.*_seen|.*seqno|.*approved|"
              r".*opener|.*workload|.*ifindex|.*interface|orig.*|tun.*|nat_.*)"}),
    Layout("calico/cali_v4_nat_fe3", [
        Row(pack("<I", 88) + ip("10.96.0.1") + pack("<HB", 443, 6) + ip("0.0.0.0") + b"\0",
            pack("<5I", 5, 2, 1, 0, 0))], is_compared=False),
    Layout("calico/cali_v4_nat_be", [
        Row(pack("<II", 5, 0), ip("10.0.3.7") + pack("<H2x", 6443), ("5", "0"), addr="10.0.3.7",
            port=port(6443)),
        Row(pack("<II", 5, 1), ip("10.0.4.8") + pack("<H2x", 6444), ("5", "1"), addr="10.0.4.8",
            port=port(6444))],
        (r"(.*_)?id", r"(.*_)?ordinal"), shown={"addr": ADDRESS, "port": "port"}),
    Layout("calico/cali_v4_fsafes2", [
        Row(pack("<IHBB", 64, 22, 6, 0) + ip("0.0.0.0"), b"\0" * 4,
            (port(22), protocol("tcp"), "0", Either("0.0.0.0", "0.0.0.0/32")),
            unused=0, prefixlen=64),
        Row(pack("<IHBB", 40, 53, 17, 1) + ip("10.0.0.0"), b"\0" * 4,
            (port(53), protocol("udp"), "1", Either("10.0.0.0", "10.0.0.0/8")),
            unused=0, prefixlen=40)],
        (r"(.*_)?port", PROTOCOL, r"(.*_)?flags", ADDRESS), also=named("unused", "prefixlen")),
]


def bypass_row(source, destination, proto, packets, n_bytes):
    return Row(ip(source) + ip(destination) + pack(">HH", 40001, 443) + pack("<IHH", proto, 10, 0),
               on_cpus("<III", packets, n_bytes, 77, same=(2,)),
               (source, destination, protocol(NAMES[proto])),
               packets=packets, bytes=n_bytes, ports=Anything(), vlan=Anything(), hash=Anything())


BYPASS = {"labels": (SOURCE, DESTINATION, PROTOCOL),
          "families": {"packets": counter(r".*_packets_total"), "bytes": counter(r".*_bytes_total")},
          "also": {"ports": r".*port.*", "vlan": r".*vlan.*", "hash": "hash"}}

OTHERS = [
    Layout("suricata/flow_table_v4", [
        bypass_row("192.0.2.10", "198.51.100.1", 6, 1000, 64000),
        bypass_row("10.0.0.1", "10.0.0.2", 17, 5, 400)],
        **BYPASS),
    Layout("suricata/flow_table_v6", [
        bypass_row("2001:db8::1", "2001:db8::2", 6, 1000, 64000), bypass_row("::1", "fd00::5", 17, 5, 400)],
        **BYPASS),
    Layout("suricata/cpu_map"),
    Layout("suricata/tx_peer"),
    Layout("tetragon/tg_errmetrics_map", [
        Row(pack("<HBBHHI", 2, 5, 0, 1200, 0, 112), on_cpus("<I", 31),
            (Either("2", "ENOENT"), "5", "1200", "112"),
            value=31),
        Row(pack("<HBBHHI", 14, 6, 0, 7, 0, 4), on_cpus("<I", 400), (Either("14", "EFAULT"), "6", "7", "4"),
            value=400)],
        (r"(.*_)?err(or|no)", r"(.*_)?file(_id)?", r"(.*_)?line(_nr)?", r"(.*_)?helper(_id)?"),
        {"value": counter(r".*tg_errmetrics(_map)?.*_total")}),
    Layout("tetragon/execve_map_stats", [
        Row(pack("<I", 0), on_cpus("<q", 1001), ("0",), value=1001),
        Row(pack("<I", 1), on_cpus("<q", -40), ("1",), value=-40)],
        (KEY,), {"value": gauge(r"tetragon_execve.*|execve_map.*")}),
    Layout("systemd/sd_restrictif", [Row(pack("<I", 1), b"\0", (Either("1", "lo"),), value=0)],
           (KEY,), also={"value": r".*"}),
    Layout("systemd/systemd_rodata", [Row(None, None, is_allow_list=1)], (),
           {"is_allow_list": gauge(r".*is_allow_list")}),
]

LAYOUTS = CILIUM + KATRAN + XDP_TOOLS + NETOBSERV + CALICO + OTHERS
