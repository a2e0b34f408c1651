// SPDX-License-Identifier: GPL-2.0-only
/* Katran: virtual addresses, the servers behind them, its statistics, its connection tables. */
#include "map.h"

struct flow_key {
	union {
		__be32 src;
		__be32 srcv6[4];
	};
	union {
		__be32 dst;
		__be32 dstv6[4];
	};
	union {
		__u32 ports;
		__u16 port16[2];
	};
	__u8 proto;
};

struct vip_definition {
	union {
		__be32 vip;
		__be32 vipv6[4];
	};
	__u16 port;
	__u8 proto;
};

struct vip_meta {
	__u32 flags;
	__u32 vip_num;
};

struct real_pos_lru {
	__u32 pos;
	__u64 atime;
};

struct real_definition {
	union {
		__be32 dst;
		__be32 dstv6[4];
	};
	__u8 flags;
};

struct lb_stats {
	__u64 v1;
	__u64 v2;
};

struct lb_quic_packets_stats {
	__u64 ch_routed;
	__u64 cid_initial;
	__u64 cid_invalid_server_id;
	__u64 cid_routed;
	__u64 cid_unknown_real_dropped;
	__u64 cid_v0;
	__u64 cid_v1;
	__u64 cid_v2;
	__u64 cid_v3;
};

struct v4_lpm_key {
	__u32 prefixlen;
	__be32 addr;
};

struct v6_lpm_key {
	__u32 prefixlen;
	__be32 addr[4];
};

MAP(vip_map, HASH, struct vip_definition, struct vip_meta, 512, 0);
MAP(fallback_cache, LRU_HASH, struct flow_key, struct real_pos_lru, 1000, 0);
MAP(reals, ARRAY, __u32, struct real_definition, 4096, 0);
MAP(stats, PERCPU_ARRAY, __u32, struct lb_stats, 1024, 0);
MAP(quic_packets_stats_map, PERCPU_ARRAY, __u32, struct lb_quic_packets_stats, 1, 0);
MAP(lpm_src_v4, LPM_TRIE, struct v4_lpm_key, __u32, 3000000, NO_PREALLOC);
MAP(lpm_src_v6, LPM_TRIE, struct v6_lpm_key, __u32, 3000000, NO_PREALLOC);

struct {
	__uint(type, ARRAY_OF_MAPS);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u32);
	__array(
		values, struct {
			__uint(type, LRU_HASH);
			__uint(max_entries, 1000);
			__type(key, struct flow_key);
			__type(value, struct real_pos_lru);
		});
} lru_mapping SEC(".maps");
