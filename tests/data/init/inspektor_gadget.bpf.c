// SPDX-License-Identifier: GPL-2.0-only
/* Inspektor Gadget's top_tcp: its typedefs, endpoints in structs, addresses in unions. */
#include "map.h"

typedef __u64 gadget_mntns_id;
typedef __u32 gadget_pid;
typedef __u32 gadget_tid;
typedef char gadget_comm;
typedef __u64 gadget_bytes;

union gadget_ip_addr_t {
	__u8 v6[16];
	unsigned __int128 v6_raw;
	__u32 v4;
};

struct gadget_l4endpoint_t {
	union gadget_ip_addr_t addr_raw;
	__u16 port;
	__u16 proto_raw;
	__u8 version;
};

struct ip_key_t {
	gadget_mntns_id mntns_id;
	gadget_pid pid;
	gadget_tid tid;
	struct gadget_l4endpoint_t src;
	struct gadget_l4endpoint_t dst;
	gadget_comm comm[16];
};

struct traffic_t {
	gadget_bytes sent_raw;
	gadget_bytes received_raw;
};

MAP(ip_map, HASH, struct ip_key_t, struct traffic_t, 10240, 0);
