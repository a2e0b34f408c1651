// SPDX-License-Identifier: GPL-2.0-only
/* biolatency of libbpf-tools. */
#include "map.h"

struct hist_key {
	__u32 cmd_flags;
	__u32 dev;
};

struct hist {
	__u32 slots[27];
};

MAP(hists, HASH, struct hist_key, struct hist, 10240, 0);
