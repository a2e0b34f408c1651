/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_MAP_INFO_H
#define MODEL_MAP_INFO_H

/* What the kernel says of a map. Plain data. */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

struct map_info {
	uint32_t type; /* enum bpf_map_type; may be newer than the headers */
	uint32_t id;
	uint32_t key_size;   /* bytes; 0: queues, stacks, bloom filters, ring buffers */
	uint32_t value_size; /* bytes of one CPU's value */
	uint32_t max_entries;
	uint32_t flags; /* BPF_F_* of its creation */
	uint32_t btf_id;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	char name[BPF_OBJ_NAME_LEN]; /* terminated */
	uint32_t n_cpus;	     /* values an entry: possible CPUs, 1 if not per-CPU */
	uint32_t value_stride;	     /* bytes from one CPU's value to the next in what is read */
	uint64_t memory_bytes;	     /* what the kernel charges for it; 0: unknown */
	uint64_t pinned_wall_ns;     /* its pin's modification time; 0: no pin, or unknown */
	bool is_frozen;		     /* against writes by system calls; of when it was opened */
};

/* "hash", "percpu_array", …; "type_99" for one that is not known. The text is static or
 * thread-local. */
const char *map_type_name(uint32_t type);

bool map_type_is_per_cpu(uint32_t type);

/* Whether entries can be listed: hash and array kinds, LRU, LPM trie. */
bool map_type_is_readable(uint32_t type);

/* Whether all entries can be taken out: hashes and queues. */
bool map_type_is_drainable(uint32_t type);

/* Whether it is one of the four hash kinds, from which each key can be taken out. */
bool map_type_is_hash(uint32_t type);

/* Whether its entries have no key, and come out one after the other: queue, stack. */
bool map_type_is_queue(uint32_t type);

/* Whether every key from 0 to max_entries - 1 always exists. */
bool map_type_is_array(uint32_t type);

/* Whether BTF says something of its key or value. */
bool map_info_has_btf(const struct map_info *info);

/* map_info_set_stride() - fill n_cpus and value_stride from type, value_size and @possible_cpus. */
void map_info_set_stride(struct map_info *info, uint32_t possible_cpus);

#endif
