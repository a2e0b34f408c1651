// SPDX-License-Identifier: GPL-2.0-only
/* tcptop of libbpf-tools. */
#include "map.h"

struct ip_key_t {
	unsigned __int128 saddr;
	unsigned __int128 daddr;
	__u32 pid;
	char name[16];
	__u16 lport;
	__u16 dport;
	__u16 family;
};

struct traffic_t {
	size_t sent;
	size_t received;
};

MAP(ip_map, HASH, struct ip_key_t, struct traffic_t, 10240, 0);
