// SPDX-License-Identifier: GPL-2.0-only
/* What many small firewalls and accountants have: a block list with hits, and bytes by cgroup. */
#include "map.h"

struct lpm_key4 {
	__u32 prefixlen;
	__u8 data[4];
};

struct hits {
	__u64 packets;
	__u64 bytes;
	__u64 last_seen_ns;
};

enum direction { DIR_INGRESS, DIR_EGRESS };

struct cgroup_key {
	__u64 cgroup_id;
	enum direction direction;
};

struct usage {
	__u64 rx_bytes;
	__u64 tx_bytes;
	__u32 connections_active;
	__u32 rtt_max_us;
};

MAP(blocklist, LPM_TRIE, struct lpm_key4, struct hits, 1024, NO_PREALLOC);
MAP(cgroup_usage, LRU_PERCPU_HASH, struct cgroup_key, struct usage, 1024, 0);
MAP(drops_by_direction, HASH, enum direction, __u64, 16, 0);
