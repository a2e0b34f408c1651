// SPDX-License-Identifier: GPL-2.0-only
/* runqlat of libbpf-tools. */
#include "map.h"

struct hist {
	__u32 slots[26];
	char comm[16];
};

MAP(hists, HASH, u32, struct hist, 10240, 0);
