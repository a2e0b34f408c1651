// SPDX-License-Identifier: GPL-2.0-only
/* memleak of libbpf-tools. */
#include "map.h"

struct alloc_info {
	__u64 size;
	__u64 timestamp_ns;
	int stack_id;
};

union combined_alloc_info {
	struct {
		__u64 total_size : 40;
		__u64 number_of_allocs : 24;
	};
	__u64 bits;
};

MAP(allocs, HASH, u64, struct alloc_info, 10240, 0);
MAP(combined_allocs, HASH, u64, union combined_alloc_info, 10240, 0);
