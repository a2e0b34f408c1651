// SPDX-License-Identifier: GPL-2.0-only
/* xdp-tools: xdp-filter's lists with their counters, the packets by action, and xdp-bench's
 * counters by CPU. */
#include "map.h"

struct xdp_stats_record {
	union {
		__u64 packets;
		__u64 rx_packets;
	};
	union {
		__u64 bytes;
		__u64 rx_bytes;
	};
};

struct ethaddr {
	__u8 addr[6];
};

struct datarec {
	unsigned long long processed;
	unsigned long long dropped;
	unsigned long long issue;
	union {
		unsigned long long xdp_pass;
		unsigned long long info;
	};
	unsigned long long xdp_drop;
	unsigned long long xdp_redirect;
} __attribute__((aligned(64)));

MAP(xdp_stats_map, PERCPU_ARRAY, __u32, struct xdp_stats_record, 5, 0);
MAP(filter_ports, PERCPU_ARRAY, __u32, __u64, 65536, 0);
MAP(filter_ipv4, PERCPU_HASH, __u32, __u64, 10000, 0);
MAP(filter_ipv6, PERCPU_HASH, struct in6_addr, __u64, 10000, 0);
MAP(filter_ethernet, PERCPU_HASH, struct ethaddr, __u64, 10000, 0);
MAP(rx_cnt, ARRAY, unsigned int, struct datarec, 2, MMAPABLE);
