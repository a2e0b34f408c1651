/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_KERNEL_SOURCE_INTERNAL_H
#define SOURCE_KERNEL_SOURCE_INTERNAL_H

/* The source that is a map of the kernel; shared by those who open it and those who read it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/buf.h"
#include "key_set_internal.h"
#include "map_handle_internal.h"
#include "source/map_source.h"

struct kernel_source {
	struct map_source base;
	struct map_handle map;
	bool lacks_batch;   /* a LOOKUP_BATCH was refused: do not try again */
	bool lacks_mapping; /* the same of its memory */
	bool lacks_take;    /* the same of LOOKUP_AND_DELETE_ELEM */

	/* Kept from one read to the next; allocated by the first one. */
	uint32_t cap; /* pairs that fit into keys and values */
	char *keys;
	char *values;
	char *token; /* where the last call ended; max(key_size, 4) bytes, as next_token */
	char *next_token;
	struct key_set seen;
	struct buf handed;   /* a byte for each of them: its pair was handed over in this read */
	struct buf raw_keys; /* of a trie, whose prefixes are in `seen`: the keys as they came */
	char *furthest;	     /* key_size bytes: the last of a trie's keys, in its order, so far */
	char *prefix;	     /* room for one */

	const uint64_t *mapped; /* the memory of an mmapable array, or NULL */
	size_t mapped_bytes;
};

/* What map_source_read() and so on do, with the descriptor held. */
int kernel_source_read(struct map_source *s, const struct map_read *r, struct err *e);
int kernel_source_drain(struct map_source *s, const struct map_read *r, struct err *e);
int kernel_source_pop_all(struct kernel_source *s, const struct map_read *r, struct err *e);
int kernel_source_take(struct kernel_source *s, const void *key, void *values, struct err *e);
int kernel_source_count(struct kernel_source *s, uint64_t deadline_ns, uint64_t *ret_n,
			struct err *e);

static inline bool is_late(uint64_t deadline_ns)
{
	return deadline_ns && clock_mono_ns() >= deadline_ns;
}

/* kernel_source_prepare() - the buffers, and nothing left of an earlier read. Return: 0, -ENOMEM.
 */
int kernel_source_prepare(struct kernel_source *s);

/* kernel_source_walk() - read in the fastest way there is, whatever the type; after prepare. */
int kernel_source_walk(struct kernel_source *s, const struct map_read *r, struct err *e);

/* kernel_source_grow() - larger buffers, what is in them lost. Return: 0, -ENOSPC, -ENOMEM. */
int kernel_source_grow(struct kernel_source *s);

/* Bytes of an entry's value, of all CPUs. */
static inline size_t kernel_source_value_bytes(const struct kernel_source *s)
{
	return (size_t)s->base.info.n_cpus * s->base.info.value_stride;
}

/* kernel_source_fail() - the sentence for a failed call. Return: @r. */
int kernel_source_fail(const struct kernel_source *s, int r, struct err *e);

/* kernel_source_refuse() - "a map of this type cannot be @what". Return: -EOPNOTSUPP. */
int kernel_source_refuse(const struct kernel_source *s, const char *what, struct err *e);

/* kernel_source_open_to_map() - Return: a descriptor whose memory can be mapped, or -EOPNOTSUPP. */
int kernel_source_open_to_map(const struct kernel_source *s);

/* kernel_source_unmap() - the mapping, too, keeps a map alive. */
void kernel_source_unmap(struct kernel_source *s);
void kernel_source_read_done(struct kernel_source *s);

#endif
