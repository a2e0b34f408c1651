// SPDX-License-Identifier: GPL-2.0-only
/* The NetObserv agent: flows, what was dropped of them, its own counters, its filter. */
#include "map.h"

typedef enum tcp_flags_t {
	FIN_FLAG = 0x01,
	SYN_FLAG = 0x02,
	RST_FLAG = 0x04,
	PSH_FLAG = 0x08,
	ACK_FLAG = 0x10,
	URG_FLAG = 0x20,
	ECE_FLAG = 0x40,
	CWR_FLAG = 0x80,
	SYN_ACK_FLAG = 0x100,
	FIN_ACK_FLAG = 0x200,
	RST_ACK_FLAG = 0x400,
} tcp_flags;

typedef enum direction_t {
	INGRESS,
	EGRESS,
	MAX_DIRECTION = 2,
} direction;

typedef enum filter_action_t {
	ACCEPT,
	REJECT,
	MAX_FILTER_ACTIONS,
} filter_action;

typedef struct flow_metrics_t {
	u64 start_mono_time_ts;
	u64 end_mono_time_ts;
	u64 bytes;
	u32 packets;
	u16 eth_protocol;
	u16 flags;
	u8 src_mac[6];
	u8 dst_mac[6];
	u32 if_index_first_seen;
	struct bpf_spin_lock lock;
	u32 sampling;
	u8 direction_first_seen;
	u8 errno;
	u8 dscp;
	u8 nb_observed_intf;
	u8 observed_direction[6];
	u32 observed_intf[6];
	u16 ssl_version;
	u16 tls_cipher_suite;
	u16 tls_key_share;
	u8 tls_types;
	u8 misc_flags;
} flow_metrics;

typedef struct pkt_drop_metrics_t {
	u64 start_mono_time_ts;
	u64 end_mono_time_ts;
	u16 bytes;
	u16 packets;
	u32 latest_drop_cause;
	u16 latest_flags;
	u16 eth_protocol;
	u8 latest_state;
} pkt_drop_metrics;

typedef struct flow_id_t {
	u8 src_ip[16];
	u8 dst_ip[16];
	u16 src_port;
	u16 dst_port;
	u8 transport_protocol;
	u8 icmp_type;
	u8 icmp_code;
} flow_id;

struct filter_key_t {
	u32 prefix_len;
	u8 ip_data[16];
};

struct filter_value_t {
	u8 protocol;
	u16 dstPortStart;
	u16 dstPortEnd;
	u16 dstPort1;
	u16 dstPort2;
	u16 srcPortStart;
	u16 srcPortEnd;
	u16 srcPort1;
	u16 srcPort2;
	u16 portStart;
	u16 portEnd;
	u16 port1;
	u16 port2;
	u8 icmpType;
	u8 icmpCode;
	direction direction;
	filter_action action;
	tcp_flags tcpFlags;
	u8 filter_drops;
	u32 sample;
	u8 do_peerCIDR_lookup;
};

MAP(aggregated_flows, HASH, flow_id, flow_metrics, 65536, NO_PREALLOC);
MAP(aggregated_flows_pkt_drop, PERCPU_HASH, flow_id, pkt_drop_metrics, 65536, NO_PREALLOC);
MAP(global_counters, PERCPU_ARRAY, u32, u32, 13, 0);
MAP(filter_map, LPM_TRIE, struct filter_key_t, struct filter_value_t, 16, NO_PREALLOC);

struct {
	__uint(type, RINGBUF);
	__uint(max_entries, 1 << 16);
} direct_flows SEC(".maps");
