// SPDX-License-Identifier: GPL-2.0-only
/* offcputime of libbpf-tools. */
#include "map.h"

struct key_t {
	__u32 pid;
	__u32 tgid;
	int user_stack_id;
	int kern_stack_id;
};

struct val_t {
	__u64 delta;
	char comm[16];
};

MAP(info, HASH, struct key_t, struct val_t, 1024, 0);
