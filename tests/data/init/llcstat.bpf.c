// SPDX-License-Identifier: GPL-2.0-only
/* llcstat of libbpf-tools. */
#include "map.h"

struct llcstat_value_info {
	__u64 ref;
	__u64 miss;
	char comm[16];
};

struct llcstat_key_info {
	__u32 cpu;
	__u32 pid;
	__u32 tid;
};

MAP(infos, HASH, struct llcstat_key_info, struct llcstat_value_info, 10240, 0);
