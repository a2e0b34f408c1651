// SPDX-License-Identifier: GPL-2.0-only
/* tcprtt of libbpf-tools. */
#include "map.h"

struct hist {
	__u64 latency;
	__u64 cnt;
	__u32 slots[27];
};

struct hist_key {
	__u16 family;
	__u8 addr[16];
};

MAP(hists, HASH, struct hist_key, struct hist, 10240, 0);
