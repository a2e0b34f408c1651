// SPDX-License-Identifier: GPL-2.0-only
/* softirqs of libbpf-tools. */
#include "map.h"

struct hist {
	__u32 slots[27];
};

__u64 counts[10];
__u64 time[10];
struct hist hists[10];

const volatile _Bool targ_dist;
const volatile _Bool targ_ns = 1;
const volatile int targ_cpu = -1;
