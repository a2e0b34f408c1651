// SPDX-License-Identifier: GPL-2.0-only
/* The Parca agent: samples by stack. */
#include "map.h"

typedef struct stack_count_key {
	int pid;
	int tgid;
	int user_stack_id;
	int kernel_stack_id;
	int user_stack_id_dwarf;
} stack_count_key_t;

MAP(stack_counts, HASH, stack_count_key_t, u64, 10240, 0);
