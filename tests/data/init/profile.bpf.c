// SPDX-License-Identifier: GPL-2.0-only
/* profile of libbpf-tools. */
#include "map.h"

struct key_t {
	__u32 pid;
	int user_stack_id;
	int kern_stack_id;
	char name[16];
};

MAP(counts, HASH, struct key_t, u64, 10240, 0);

struct {
	__uint(type, STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, 4);
	__uint(value_size, 127 * 8);
} stackmap SEC(".maps");
