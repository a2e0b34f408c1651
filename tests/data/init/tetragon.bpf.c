// SPDX-License-Identifier: GPL-2.0-only
/* Tetragon: what went wrong inside it, and the statistics of its process table. */
#include "map.h"

struct errmetrics_key {
	__u16 error;
	__u8 file_id;
	__u8 pad1;
	__u16 line_nr;
	__u16 pad2;
	__u32 helper_id;
} __attribute__((packed));

MAP(tg_errmetrics_map, LRU_PERCPU_HASH, struct errmetrics_key, __u32, 1024, 0);
MAP(execve_map_stats, PERCPU_ARRAY, __u32, __s64, 2, 0);
