// SPDX-License-Identifier: GPL-2.0-only
/* Suricata's XDP bypass: the flows that it no longer looks at, and where packets go. */
#include "map.h"

struct flowv4_keys {
	__u32 src;
	__u32 dst;
	union {
		__u32 ports;
		__u16 port16[2];
	};
	__u32 ip_proto;
	__u16 vlan_id[2];
};

struct flowv6_keys {
	__u32 src[4];
	__u32 dst[4];
	union {
		__u32 ports;
		__u16 port16[2];
	};
	__u32 ip_proto;
	__u16 vlan_id[2];
};

struct pair {
	__u32 packets;
	__u32 bytes;
	__u32 hash;
};

MAP(flow_table_v4, PERCPU_HASH, struct flowv4_keys, struct pair, 32768, NO_PREALLOC);
MAP(flow_table_v6, PERCPU_HASH, struct flowv6_keys, struct pair, 32768, NO_PREALLOC);
MAP(cpu_map, CPUMAP, __u32, __u32, 64, 0);
MAP(tx_peer, DEVMAP, int, int, 1, 0);
