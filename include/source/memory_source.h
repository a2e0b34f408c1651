/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_MEMORY_SOURCE_H
#define SOURCE_MEMORY_SOURCE_H

/*
 * The in-memory twin of the kernel's maps. It keeps pairs in the order of
 * their insertion and can be told to misbehave as a kernel does.
 */
#include "source/map_source.h"

/*
 * memory_source_new() - an empty map.
 * @info: type, sizes, max_entries, id, n_cpus and pinned_wall_ns count;
 *        value_stride is derived. An array type has all of its entries from
 *        the start.
 *
 * Return: the source, or NULL without memory.
 */
struct map_source *memory_source_new(const struct map_info *info);

/*
 * memory_source_put() - insert or update; push to a queue.
 * @key:    not looked at where there are none.
 * @values: n_cpus * value_stride bytes.
 *
 * Return: 0, -E2BIG where the map is full (an LRU map too: nothing is evicted)
 *         or an array's index is outside it, -ENOMEM.
 */
int memory_source_put(struct map_source *s, const void *key, const void *values);

/* memory_source_remove() - Return: 0, -ENOENT, or -EINVAL on an array or queue. */
int memory_source_remove(struct map_source *s, const void *key);

/* memory_source_touch() - the next check finds this modification time; 0: it has no pin. */
void memory_source_touch(struct map_source *s, uint64_t pinned_wall_ns);

/* memory_source_set_layouts() - what map_source_layouts() copies; takes both, NULL: none. */
void memory_source_set_layouts(struct map_source *s, struct layout *key, struct layout *value);

/* How it misbehaves; zero is well. */
struct memory_source_faults {
	int check;	       /* map_source_check() returns this */
	int count;	       /* map_source_count() this */
	int take;	       /* map_source_take() this, and takes nothing */
	int after_batches_err; /* a read or drain fails with this -errno… */
	uint32_t n_batches;    /* … after so many batches */
	uint32_t batch_size;   /* pairs a batch; 0: 256 */
};

void memory_source_set_faults(struct map_source *s, const struct memory_source_faults *faults);

#endif
