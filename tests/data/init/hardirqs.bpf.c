// SPDX-License-Identifier: GPL-2.0-only
/* hardirqs of libbpf-tools. */
#include "map.h"

struct irq_key {
	char name[32];
	__u32 cpu;
};

struct info {
	__u64 count;
	__u64 total_time;
	__u64 max_time;
	__u32 slots[20];
};

MAP(infos, HASH, struct irq_key, struct info, 256, 0);
