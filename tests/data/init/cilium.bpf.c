// SPDX-License-Identifier: GPL-2.0-only
/* Cilium's datapath: drop and forward counters, policy, connection tracking, identities, services.
 */
#include "map.h"

union v6addr {
	struct {
		__u32 p1;
		__u32 p2;
		__u32 p3;
		__u32 p4;
	};
	struct {
		__u64 d1;
		__u64 d2;
	};
	__u8 addr[16];
} __attribute__((packed));

struct metrics_key {
	__u8 reason;
	__u8 dir : 2, pad : 6;
	__u16 line;
	__u8 file;
	__u8 reserved[3];
};

struct metrics_value {
	__u64 count;
	__u64 bytes;
};

struct policy_key {
	struct bpf_lpm_trie_key lpm_key;
	__u32 sec_label;
	__u8 egress : 1, pad : 7;
	__u8 protocol;
	__u16 dport;
};

struct policy_entry {
	__be16 proxy_port;
	__u8 deny : 1, wildcard_protocol : 1, wildcard_dport : 1, pad : 5;
	__u8 auth_type;
	__u16 pad1;
	__u16 pad2;
	__u64 packets;
	__u64 bytes;
};

struct ipv4_ct_tuple {
	__be32 daddr;
	__be32 saddr;
	__be16 dport;
	__be16 sport;
	__u8 nexthdr;
	__u8 flags;
} __attribute__((packed));

struct ipv6_ct_tuple {
	union v6addr daddr;
	union v6addr saddr;
	__be16 dport;
	__be16 sport;
	__u8 nexthdr;
	__u8 flags;
} __attribute__((packed));

struct ct_entry {
	__u64 rx_packets;
	union {
		__u64 rx_bytes;
		__u64 backend_id;
	};
	__u64 tx_packets;
	__u64 tx_bytes;
	__u32 lifetime;
	__u16 rx_closing : 1, tx_closing : 1, nat46 : 1, lb_loopback : 1, seen_non_syn : 1,
		node_port : 1, proxy_redirect : 1, dsr : 1, from_l7lb : 1, reserved1 : 1,
		from_tunnel : 1, reserved : 5;
	__u16 rev_nat_index;
	__u16 ifindex;
	__u8 tx_flags_seen;
	__u8 rx_flags_seen;
	__u32 src_sec_id;
	__u32 last_tx_report;
	__u32 last_rx_report;
};

struct ipcache_key {
	struct bpf_lpm_trie_key lpm_key;
	__u16 cluster_id;
	__u8 pad1;
	__u8 family;
	union {
		struct {
			__u32 ip4;
			__u32 pad4;
			__u32 pad5;
			__u32 pad6;
		};
		union v6addr ip6;
	};
} __attribute__((packed));

struct remote_endpoint_info {
	__u32 sec_identity;
	__u32 tunnel_endpoint;
	__u16 node_id;
	__u8 key;
};

struct lb4_key {
	__be32 address;
	__be16 dport;
	__u16 backend_slot;
	__u8 proto;
	__u8 scope;
	__u8 pad[2];
};

struct lb4_service {
	union {
		__u32 backend_id;
		__u32 affinity_timeout;
		__u32 l7_lb_proxy_port;
	};
	__u16 count;
	__u16 rev_nat_index;
	__u8 flags;
	__u8 flags2;
	__u8 pad[2];
};

struct lb4_backend {
	__be32 address;
	__be16 port;
	__u8 proto;
	__u8 flags;
	__u8 cluster_id;
	__u8 pad[3];
};

MAP(cilium_metrics, PERCPU_HASH, struct metrics_key, struct metrics_value, 1024, NO_PREALLOC);
MAP(cilium_policy_v2, LPM_TRIE, struct policy_key, struct policy_entry, 16384, NO_PREALLOC);
MAP(cilium_ct4_global, LRU_HASH, struct ipv4_ct_tuple, struct ct_entry, 4096, 0);
MAP(cilium_ct6_global, LRU_HASH, struct ipv6_ct_tuple, struct ct_entry, 4096, 0);
MAP(cilium_ipcache_v2, LPM_TRIE, struct ipcache_key, struct remote_endpoint_info, 512000,
    NO_PREALLOC);
MAP(cilium_lb4_services_v2, HASH, struct lb4_key, struct lb4_service, 65536, NO_PREALLOC);
MAP(cilium_lb4_backends_v3, HASH, __u32, struct lb4_backend, 65536, NO_PREALLOC);
