// SPDX-License-Identifier: GPL-2.0-only
/* Calico's dataplane: counters by interface, connection tracking, services, ports that never close.
 */
#include "map.h"

typedef __be32 ipv4_addr_t;
typedef ipv4_addr_t ipv46_addr_t;
typedef __u64 counters_t[19];

struct counters_key {
	__u32 ifindex;
	__u32 hook;
};

struct calico_ct_key {
	__u32 protocol;
	ipv46_addr_t addr_a;
	ipv46_addr_t addr_b;
	__u16 port_a, port_b;
};

struct calico_ct_leg {
	__u64 bytes;
	__u32 packets;
	__u32 seqno;
	__u32 syn_seen : 1;
	__u32 ack_seen : 1;
	__u32 fin_seen : 1;
	__u32 rst_seen : 1;
	__u32 approved : 1;
	__u32 opener : 1;
	__u32 workload : 1;
	__u32 ifindex;
};

struct calico_ct_value {
	__u64 rst_seen;
	__u64 last_seen;
	__u8 type;
	__u8 flags;
	__u8 flags3;
	__u8 flags4;
	__u8 pad0[3];
	__u8 flags2;
	union {
		struct {
			struct calico_ct_leg a_to_b;
			struct calico_ct_leg b_to_a;
			ipv46_addr_t tun_ip;
			ipv46_addr_t orig_ip;
			__u16 orig_port;
			__u16 orig_sport;
			ipv46_addr_t orig_sip;
		};
		struct {
			struct calico_ct_key nat_rev_key;
			__u16 nat_sport;
			__u8 pad2[46];
		};
	};
};

struct __attribute__((packed)) calico_nat_key {
	__u32 prefixlen;
	ipv46_addr_t addr;
	__u16 port;
	__u8 protocol;
	ipv46_addr_t saddr;
	__u8 pad;
};

union calico_nat_lpm_key {
	struct bpf_lpm_trie_key lpm;
	struct calico_nat_key key;
};

struct calico_nat_value {
	__u32 id;
	__u32 count;
	__u32 local;
	__u32 affinity_timeo;
	__u32 flags;
};

struct calico_nat_secondary_key {
	__u32 id;
	__u32 ordinal;
};

struct calico_nat_dest {
	ipv46_addr_t addr;
	__u16 port;
	__u8 pad[2];
};

struct failsafe_key {
	__u32 prefixlen;
	__u16 port;
	__u8 ip_proto;
	__u8 flags;
	ipv46_addr_t addr;
};

struct failsafe_val {
	__u32 unused;
};

MAP(cali_counters3, PERCPU_HASH, struct counters_key, counters_t, 20000, 0);
MAP(cali_v4_ct4, LRU_HASH, struct calico_ct_key, struct calico_ct_value, 5120, 0);
/* Without BTF in the kernel too: it refuses a trie whose key is no struct, and libbpf does without.
 */
MAP(cali_v4_nat_fe3, LPM_TRIE, union calico_nat_lpm_key, struct calico_nat_value, 65536,
    NO_PREALLOC);
MAP(cali_v4_nat_be, HASH, struct calico_nat_secondary_key, struct calico_nat_dest, 262144,
    NO_PREALLOC);
MAP(cali_v4_fsafes2, LPM_TRIE, struct failsafe_key, struct failsafe_val, 65536, NO_PREALLOC);
