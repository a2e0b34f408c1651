// SPDX-License-Identifier: GPL-2.0-only
/* tcpconnect of libbpf-tools. */
#include "map.h"

struct ipv4_flow_key {
	__u32 saddr;
	__u32 daddr;
	__u16 sport;
	__u16 dport;
};

struct ipv6_flow_key {
	__u8 saddr[16];
	__u8 daddr[16];
	__u16 sport;
	__u16 dport;
};

MAP(ipv4_count, HASH, struct ipv4_flow_key, u64, 8192, 0);
MAP(ipv6_count, HASH, struct ipv6_flow_key, u64, 8192, 0);
