// SPDX-License-Identifier: GPL-2.0-only
/* syscount of libbpf-tools. */
#include "map.h"

struct data_t {
	__u64 count;
	__u64 total_ns;
	char comm[16];
};

MAP(data, HASH, u32, struct data_t, 10240, 0);
