// SPDX-License-Identifier: GPL-2.0-only
/* biostacks of libbpf-tools. */
#include "map.h"

struct rqinfo {
	__u32 pid;
	int kern_stack_size;
	__u64 kern_stack[20];
	char comm[16];
	__u32 dev;
};

struct hist {
	__u32 slots[20];
};

MAP(hists, HASH, struct rqinfo, struct hist, 10240, 0);
