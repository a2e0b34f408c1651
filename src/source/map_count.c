// SPDX-License-Identifier: GPL-2.0-only
/*
 * How full a map is whose entries are not for reading. No type says it, so
 * each is asked in the way that it answers, through a descriptor that may only
 * read:
 *
 * - Hashes of whatever kind step through their keys. Those whose next key may
 *   be none at all (older kernels read the one after a cgroup storage's last
 *   out of the list's head) have each confirmed by a lookup.
 * - Arrays of what may be absent have every index for a key, and say of an
 *   empty one that it is not there. Batches would be faster, but before 6.14
 *   they give up at the first.
 * - Ring buffers show their positions, to whoever may map them.
 * - The others tell only whether they are empty, or nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel_source_internal.h"
#include "map_walk_internal.h"
#include "passing_internal.h"
#include "source/map_ops.h"

enum way {
	UNTOLD,
	PAIRS,		/* read as the readable types are */
	KEYS,		/* a walk over the keys */
	CONFIRMED_KEYS, /* and a lookup of each */
	PLACES,		/* a lookup of every index */
	POSITIONS,	/* of a ring buffer, mapped */
	HEAD,		/* a peek: empty or not */
	STATE,		/* of the one value there is */
};

/* By number, as in map_info.c. */
static const enum way ways[] = {
	[0] = UNTOLD,
	[1] = PAIRS,	       /* hash */
	[2] = PAIRS,	       /* array */
	[3] = PLACES,	       /* prog_array */
	[4] = UNTOLD,	       /* perf_event_array: looked up only by programs */
	[5] = PAIRS,	       /* percpu_hash */
	[6] = PAIRS,	       /* percpu_array */
	[7] = KEYS,	       /* stack_trace: a lookup takes the trace out for a moment */
	[8] = UNTOLD,	       /* cgroup_array: as perf_event_array */
	[9] = PAIRS,	       /* lru_hash */
	[10] = PAIRS,	       /* lru_percpu_hash */
	[11] = PAIRS,	       /* lpm_trie */
	[12] = PLACES,	       /* array_of_maps */
	[13] = PAIRS,	       /* hash_of_maps */
	[14] = PLACES,	       /* devmap */
	[15] = PLACES,	       /* sockmap: values of 8 bytes, cookies */
	[16] = PLACES,	       /* cpumap */
	[17] = UNTOLD,	       /* xskmap */
	[18] = KEYS,	       /* sockhash */
	[19] = CONFIRMED_KEYS, /* cgroup_storage */
	[20] = PLACES,	       /* reuseport_sockarray: as sockmap */
	[21] = CONFIRMED_KEYS, /* percpu_cgroup_storage */
	[22] = HEAD,	       /* queue */
	[23] = HEAD,	       /* stack */
	[24] = UNTOLD,	       /* sk_storage: what is looked up has to be known */
	[25] = KEYS,	       /* devmap_hash */
	[26] = STATE,	       /* struct_ops */
	[27] = POSITIONS,      /* ringbuf */
	[28] = UNTOLD,	       /* inode_storage: as sk_storage */
	[29] = UNTOLD,	       /* task_storage */
	[30] = UNTOLD,	       /* bloom_filter */
	[31] = POSITIONS,      /* user_ringbuf */
	[32] = UNTOLD,	       /* cgrp_storage */
	[33] = UNTOLD,	       /* arena: has no entries */
};

/* A type that is newer than this table may have keys. */
static enum way way_of(const struct map_info *info)
{
	if (info->type < ARRAY_SIZE(ways))
		return ways[info->type];
	return info->key_size ? KEYS : UNTOLD;
}

static int refuse_to_count(const struct kernel_source *s, struct err *e)
{
	return kernel_source_refuse(s, "counted", e);
}

/* What the kernel says where a type lacks an operation. */
static bool is_refusal(int r)
{
	return r == -MAP_ENOTSUPP || r == -EOPNOTSUPP || r == -EINVAL;
}

static int add_up(void *ctx, const struct map_batch *batch)
{
	*(uint64_t *)ctx += batch->n;
	return 0;
}

static int count_pairs(struct kernel_source *s, const struct map_read *r, struct err *e)
{
	if (map_type_is_array(s->base.info.type)) {
		*(uint64_t *)r->ctx = s->base.info.max_entries;
		return 0;
	}
	return kernel_source_walk(s, r, e);
}

static int count_keys(struct kernel_source *s, const struct map_read *r, bool confirmed,
		      struct err *e)
{
	int q = kernel_source_walk_keys(s, r, confirmed, e);

	return is_refusal(q) ? refuse_to_count(s, e) : q;
}

static int count_places(struct kernel_source *s, const struct map_read *r, struct err *e)
{
	uint64_t *n = r->ctx;

	for (uint32_t key = 0; key < s->base.info.max_entries; key++) {
		int q;

		if (is_late(r->deadline_ns))
			return kernel_source_fail(s, -ETIMEDOUT, e);
		q = try_until_passed(map_lookup(s->map.fd, &key, s->values));
		if (is_refusal(q) || q == -ENOSPC) /* values too short for a cookie */
			return refuse_to_count(s, e);
		if (q < 0 && q != -ENOENT)
			return kernel_source_fail(s, q, e);
		*n += q == 0;
	}
	return 0;
}

/*
 * The consumer's position is the first word of the first page, the producer's
 * that of the second. The consumer's is read first, so that it is never ahead;
 * either may be what a program or a user made it.
 */
static int count_positions(const struct kernel_source *s, uint64_t *ret_n, struct err *e)
{
	_cleanup_(close_fdp) int fd = kernel_source_open_to_map(s);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const char *pages = MAP_FAILED;
	uint64_t consumed, n;

	if (fd >= 0)
		pages = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		return kernel_source_refuse(
			s, "counted by a user who may not write to its pin and map its memory", e);
	consumed = __atomic_load_n((const uint64_t *)pages, __ATOMIC_ACQUIRE);
	n = __atomic_load_n((const uint64_t *)(pages + page), __ATOMIC_ACQUIRE) - consumed;
	munmap((void *)pages, 2 * page);
	*ret_n = n < s->base.info.max_entries ? n : s->base.info.max_entries;
	return 0;
}

static int count_head(const struct kernel_source *s, uint64_t *ret_n, struct err *e)
{
	int q = try_until_passed(map_lookup(s->map.fd, NULL, s->values));

	if (q == 0)
		return kernel_source_refuse(s, "counted unless it is empty", e);
	if (is_refusal(q))
		return refuse_to_count(s, e);
	if (q != -ENOENT)
		return kernel_source_fail(s, q, e);
	*ret_n = 0;
	return 0;
}

/* The value begins with two words: how often it is used, and its state, of which 2 is "deleted". */
static int count_state(const struct kernel_source *s, uint64_t *ret_n, struct err *e)
{
	uint32_t key = 0, words[2];
	int q = try_until_passed(map_lookup(s->map.fd, &key, s->values));

	if (is_refusal(q) || s->base.info.value_size < sizeof(words))
		return refuse_to_count(s, e);
	if (q < 0)
		return kernel_source_fail(s, q, e);
	memcpy(words, s->values, sizeof(words));
	*ret_n = words[1] != 0 && words[1] != 2;
	return 0;
}

int kernel_source_count(struct kernel_source *s, uint64_t deadline_ns, uint64_t *ret_n,
			struct err *e)
{
	enum way way = way_of(&s->base.info);
	uint64_t n = 0;
	struct map_read r = {.sink = add_up, .ctx = &n, .deadline_ns = deadline_ns};
	int q;

	if (way == UNTOLD)
		return refuse_to_count(s, e);
	q = kernel_source_prepare(s);
	if (q < 0)
		return kernel_source_fail(s, q, e);
	if (is_late(deadline_ns))
		return kernel_source_fail(s, -ETIMEDOUT, e);
	if (way == PAIRS)
		q = count_pairs(s, &r, e);
	else if (way == PLACES)
		q = count_places(s, &r, e);
	else if (way == POSITIONS)
		q = count_positions(s, &n, e);
	else if (way == HEAD)
		q = count_head(s, &n, e);
	else if (way == STATE)
		q = count_state(s, &n, e);
	else
		q = count_keys(s, &r, way == CONFIRMED_KEYS, e);
	if (q == 0)
		*ret_n = n;
	return q;
}
