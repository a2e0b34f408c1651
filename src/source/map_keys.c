// SPDX-License-Identifier: GPL-2.0-only
/*
 * After a key that has vanished the kernel starts over. Where many vanish, the
 * walk would hardly get on; so the keys before it are remembered, and it goes on
 * after the latest of those that is still there. That a map has started over
 * shows in a trie by the order of its keys, else by the key it starts with, which
 * is looked at now and then: a start with a newer one goes unseen, and costs only
 * time.
 */
#include <errno.h>

#include "map_walk_internal.h"

#define N_REMEMBERED 32
#define FIRST_AGE    256 /* steps between two looks at the first key */

/* Where the walk has come from. */
struct trail {
	size_t key_size;
	char *keys; /* N_REMEMBERED, in a ring, and one more: the first of the map */
	uint64_t n; /* that were put in */
	uint64_t n_steps;
	bool has_vanished; /* the key that the last step began at */
	bool starts_over;  /* and so did all those before it */
};

static char *trail_key(const struct trail *t, uint64_t i)
{
	return t->keys + i % N_REMEMBERED * t->key_size;
}

static char *trail_first(const struct trail *t)
{
	return t->keys + N_REMEMBERED * t->key_size;
}

static void trail_add(struct trail *t, const void *key)
{
	memcpy(trail_key(t, t->n++), key, t->key_size);
}

/* Whether s->next_token is where the map starts, and does not follow @key. */
static bool is_start(const struct kernel_source *s, const struct walk *w, const struct trail *t,
		     const void *key)
{
	return w->is_trie ? !walk_is_in_order(s, key, s->next_token)
			  : !memcmp(s->next_token, trail_first(t), t->key_size);
}

/* From the latest of the keys before the last one. Return: as step(). */
static int go_on(struct kernel_source *s, const struct walk *w, struct trail *t)
{
	uint64_t oldest = t->n > N_REMEMBERED ? t->n - N_REMEMBERED : 0;
	int r = walk_next_key(s, NULL, trail_first(t));

	while (r == 0 && --t->n > oldest) {
		const void *key = trail_key(t, t->n - 1);

		r = walk_next_key(s, key, s->next_token);
		if (r == 0 && !is_start(s, w, t, key))
			return 0;
	}
	if (r)
		return r;
	t->starts_over = true;
	t->n = 0;
	return walk_next_key(s, NULL, s->next_token);
}

/* The key after @last, NULL: the first, into s->next_token. Return: 0, -ENOENT at the end, another
 * -errno. */
static int step(struct kernel_source *s, const struct walk *w, struct trail *t, const void *last)
{
	int r;

	t->has_vanished = t->starts_over = false;
	r = walk_next_key(s, last, s->next_token);
	if (r || !w->may_miss)
		return r;
	if (!last) {
		memcpy(trail_first(t), s->next_token, t->key_size);
		return 0;
	}
	if (!is_start(s, w, t, last))
		return w->is_trie || ++t->n_steps % FIRST_AGE
			       ? 0
			       : walk_next_key(s, NULL, trail_first(t));
	t->has_vanished = true;
	return go_on(s, w, t);
}

/* The pair of s->token, at @at. Return: 1 where it is wanted, 0, -errno. */
static int take_pair(struct kernel_source *s, struct walk *w, const struct trail *t,
		     bool with_values, uint32_t at)
{
	int r = 0;

	if (with_values && !w->is_collecting)
		r = try_until_passed(map_lookup(s->map.fd, s->token, walk_values(s, at)));
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	memcpy(walk_key(s, at), s->token, s->base.info.key_size);
	if (!w->is_trie || w->is_collecting)
		return walk_take(s, w, s->token, true);
	w->n_held = 1;
	w->held_is_unsure = t->starts_over;
	if (t->n != 1)
		return 0;
	r = walk_starts_with(s, s->token);
	w->held_is_unsure |= !r;
	return r < 0 ? r : 0;
}

/* The pair that waits, at @at. Return: 1 where it is wanted, 0, -ENOMEM. */
static int settle_held(struct kernel_source *s, struct walk *w, uint32_t at, bool has_vanished)
{
	if (!w->n_held)
		return 0;
	w->n_held = 0;
	return walk_take(s, w, walk_key(s, at), !w->held_is_unsure && !has_vanished);
}

/* Goes on to the key in s->next_token. Return: as take_pair(). */
static int visit(struct kernel_source *s, struct walk *w, struct trail *t, bool with_values,
		 uint32_t at)
{
	walk_swap_tokens(s);
	trail_add(t, s->token);
	w->n_steps++;
	if (walk_goes_in_circles(s, w))
		return -EBUSY;
	return take_pair(s, w, t, with_values, at);
}

/* @n_more pairs at the end of the batch, which is handed over once it is full. */
static int add_to_batch(struct kernel_source *s, struct walk *w, int n_more, uint32_t *n)
{
	uint32_t n_full;

	*n += (uint32_t)n_more;
	if (*n < s->cap)
		return 0;
	n_full = *n;
	*n = 0;
	return walk_hand_over(s, w->read, n_full);
}

int kernel_source_walk_keys(struct kernel_source *s, const struct map_read *r, bool with_values,
			    struct err *e)
{
	struct walk w = walk_start(s, r, !map_type_is_array(s->base.info.type), with_values);
	struct trail t = {.key_size = s->base.info.key_size};
	_cleanup_(freep) char *keys = calloc(N_REMEMBERED + 1, t.key_size);
	const void *last = NULL;
	uint32_t n = 0;

	t.keys = keys;
	if (!keys)
		return kernel_source_fail(s, -ENOMEM, e);
	for (;;) {
		int end, q;

		if (is_late(r->deadline_ns))
			return kernel_source_fail(s, -ETIMEDOUT, e);
		end = step(s, &w, &t, last);
		if (end && end != -ENOENT)
			return kernel_source_fail(s, end, e);
		q = settle_held(s, &w, n, t.has_vanished);
		if (q < 0)
			return kernel_source_fail(s, q, e);
		q = add_to_batch(s, &w, q, &n);
		if (q)
			return q;
		if (end && !walk_needs_another_pass(&w)) {
			q = walk_hand_over(s, r, n);
			return q ? q : walk_finish(s, &w, e);
		}
		if (end) {
			last = NULL;
			t.n = 0;
			continue;
		}
		q = visit(s, &w, &t, with_values, n);
		if (q < 0)
			return kernel_source_fail(s, q, e);
		q = add_to_batch(s, &w, q, &n);
		if (q)
			return q;
		last = s->token;
	}
}
