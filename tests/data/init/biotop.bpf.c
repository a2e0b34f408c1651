// SPDX-License-Identifier: GPL-2.0-only
/* biotop of libbpf-tools. */
#include "map.h"

struct info_t {
	__u32 pid;
	int rwflag;
	int major;
	int minor;
	char name[16];
};

struct val_t {
	__u64 bytes;
	__u64 us;
	__u32 io;
};

MAP(counts, HASH, struct info_t, struct val_t, 10240, 0);
