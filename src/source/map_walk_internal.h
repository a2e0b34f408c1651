/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_MAP_WALK_INTERNAL_H
#define SOURCE_MAP_WALK_INTERNAL_H

/*
 * Listing the entries of a kernel's map: in batches (map_batches.c) or from key
 * to key (map_keys.c).
 *
 * - The kernel gives each key of a hash once in batches and each index of an
 *   array once always. Everything else may start over when a key vanishes
 *   under it, so the keys that came are remembered and the steps counted.
 *   Worse, it may pass over keys that were there throughout: an update puts a
 *   hash's pair before the others of its bucket, behind a walk that is among
 *   them; a trie loses its way where the node it stands on is replaced or,
 *   before 6.13, gone. So a first pass collects keys only, a second hands the
 *   pairs over, and what the first one met and the second did not is looked up
 *   at the end: keys that are gone by then are not shown.
 * - A trie is asked for the longest prefix, so the value of a key that is just
 *   gone is that of a shorter one. After a key that is gone it starts over: a
 *   pair counts once the key that follows is known and comes after it. Nothing
 *   is known so of the key it starts with, but that it is still the first. Where
 *   it has been before, only what the first pass had met counts: what is new
 *   there would make more of the map than it ever held.
 */
#include <string.h>

#include "kernel_source_internal.h"
#include "passing_internal.h"
#include "source/map_ops.h"

typedef int (*batch_op)(int fd, const void *in_token, void *out_token, void *keys, void *values,
			uint32_t *count);

/* The passes of one read. */
struct walk {
	const struct map_read *read;
	bool may_miss;	      /* one pass may not find every key, or one of them twice */
	bool is_collecting;   /* nothing is handed over yet */
	bool has_rest;	      /* what this pass does not find is looked up */
	bool is_trie;	      /* LPM */
	uint32_t n_held;      /* 1: a trie's pair waits for the key that follows… */
	bool held_is_unsure;  /* … which will not tell whether it was there */
	bool has_come_far;    /* s->furthest is known */
	uint64_t n_steps;     /* of this pass */
	unsigned int n_tries; /* calls in a row that were in vain */
};

/* walk_start() - @with_values: pairs are wanted, and not only about as many keys as there are. */
struct walk walk_start(const struct kernel_source *s, const struct map_read *r, bool may_miss,
		       bool with_values);

/* More steps than a pass takes that does not start over and over; without max_entries it cannot. */
bool walk_goes_in_circles(const struct kernel_source *s, const struct walk *w);

/* At the end of a pass, whether there is another one. */
bool walk_needs_another_pass(struct walk *w);

/*
 * walk_take() - a key has come.
 * @is_sure: so that its pair may be handed over.
 *
 * Return: 1 where the pair is to be handed over now, 0, or -ENOMEM.
 */
int walk_take(struct kernel_source *s, struct walk *w, const void *key, bool is_sure);

/* walk_finish() - hand over the rest. The buffers are free. Return: as the read. */
int walk_finish(struct kernel_source *s, const struct walk *w, struct err *e);

/* Whether the map still starts with this key. s->next_token is used for it. Return: 1, 0, -errno.
 */
int walk_starts_with(struct kernel_source *s, const void *key);

/* Whether a trie that does not change has @next after @key. */
bool walk_is_in_order(const struct kernel_source *s, const void *key, const void *next);

/* The first @n pairs of the buffers go to the sink. */
static inline int walk_hand_over(const struct kernel_source *s, const struct map_read *r,
				 uint32_t n)
{
	struct map_batch batch = {.keys = s->keys, .values = s->values, .n = n};

	return n ? r->sink(r->ctx, &batch) : 0;
}

static inline int walk_next_key(const struct kernel_source *s, const void *key, void *next)
{
	return try_until_passed(map_next_key(s->map.fd, key, next));
}

static inline char *walk_key(const struct kernel_source *s, uint32_t i)
{
	return s->keys + (size_t)i * s->base.info.key_size;
}

static inline char *walk_values(const struct kernel_source *s, uint32_t i)
{
	return s->values + i * kernel_source_value_bytes(s);
}

static inline void walk_swap_tokens(struct kernel_source *s)
{
	char *token = s->token;

	s->token = s->next_token;
	s->next_token = token;
}

/*
 * Both go over the map as often as it needs, after kernel_source_prepare().
 * @ret_unsupported: the first call was refused as a whole; then there is no message.
 * @with_values:     and LOOKUP, which confirms the key; else a batch has no values.
 */
int kernel_source_walk_batches(struct kernel_source *s, batch_op op, const struct map_read *r,
			       bool *ret_unsupported, struct err *e);
int kernel_source_walk_keys(struct kernel_source *s, const struct map_read *r, bool with_values,
			    struct err *e);

#endif
