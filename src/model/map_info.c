// SPDX-License-Identifier: GPL-2.0-only
#include "model/map_info.h"

#include <stdio.h>

#include "base/cleanup.h"

enum trait {
	PER_CPU = 1,
	READABLE = 2,
	HASH = 4,
	ARRAY = 8,
	QUEUE = 16,
};

/* By number: the oldest headers that this is built with end at the bloom filter. */
static const struct {
	const char *name;
	unsigned int traits;
} types[] = {
	[0] = {"unspecified", 0},
	[1] = {"hash", READABLE | HASH},
	[2] = {"array", READABLE | ARRAY},
	[3] = {"prog_array", 0},
	[4] = {"perf_event_array", 0},
	[5] = {"percpu_hash", READABLE | HASH | PER_CPU},
	[6] = {"percpu_array", READABLE | ARRAY | PER_CPU},
	[7] = {"stack_trace", 0},
	[8] = {"cgroup_array", 0},
	[9] = {"lru_hash", READABLE | HASH},
	[10] = {"lru_percpu_hash", READABLE | HASH | PER_CPU},
	[11] = {"lpm_trie", READABLE},
	[12] = {"array_of_maps", 0},
	[13] = {"hash_of_maps", 0},
	[14] = {"devmap", 0},
	[15] = {"sockmap", 0},
	[16] = {"cpumap", 0},
	[17] = {"xskmap", 0},
	[18] = {"sockhash", 0},
	[19] = {"cgroup_storage", 0},
	[20] = {"reuseport_sockarray", 0},
	[21] = {"percpu_cgroup_storage", PER_CPU},
	[22] = {"queue", QUEUE},
	[23] = {"stack", QUEUE},
	[24] = {"sk_storage", 0},
	[25] = {"devmap_hash", 0},
	[26] = {"struct_ops", 0},
	[27] = {"ringbuf", 0},
	[28] = {"inode_storage", 0},
	[29] = {"task_storage", 0},
	[30] = {"bloom_filter", 0},
	[31] = {"user_ringbuf", 0},
	[32] = {"cgrp_storage", 0},
	[33] = {"arena", 0},
};

static unsigned int traits_of(uint32_t type)
{
	return type < ARRAY_SIZE(types) ? types[type].traits : 0;
}

const char *map_type_name(uint32_t type)
{
	static _Thread_local char unknown[24];

	if (type < ARRAY_SIZE(types))
		return types[type].name;
	snprintf(unknown, sizeof(unknown), "type_%u", type);
	return unknown;
}

bool map_type_is_per_cpu(uint32_t type)
{
	return traits_of(type) & PER_CPU;
}

bool map_type_is_readable(uint32_t type)
{
	return traits_of(type) & READABLE;
}

bool map_type_is_drainable(uint32_t type)
{
	return traits_of(type) & (HASH | QUEUE);
}

bool map_type_is_hash(uint32_t type)
{
	return traits_of(type) & HASH;
}

bool map_type_is_queue(uint32_t type)
{
	return traits_of(type) & QUEUE;
}

bool map_type_is_array(uint32_t type)
{
	return traits_of(type) & ARRAY;
}

bool map_info_has_btf(const struct map_info *info)
{
	return info->btf_id && (info->btf_key_type_id || info->btf_value_type_id);
}

void map_info_set_stride(struct map_info *info, uint32_t possible_cpus)
{
	bool per_cpu = map_type_is_per_cpu(info->type);

	info->n_cpus = per_cpu ? possible_cpus : 1;
	info->value_stride = per_cpu ? (info->value_size + 7) / 8 * 8 : info->value_size;
}
