// SPDX-License-Identifier: GPL-2.0-only
/*
 * A token belongs to one walk, whose first call has none. It moves on only when
 * pairs came with it.
 */
#include <errno.h>

#include "map_walk_internal.h"

static void move_pair(struct kernel_source *s, uint32_t to, uint32_t from)
{
	if (to == from)
		return;
	memcpy(walk_key(s, to), walk_key(s, from), s->base.info.key_size);
	memcpy(walk_values(s, to), walk_values(s, from), kernel_source_value_bytes(s));
}

/*
 * Moves the pairs that are to be handed over to the front. Of a trie, one is
 * sure if the next key comes after it; the last one waits for that, behind them,
 * unless the walk ended with it.
 *
 * Return: 0 or -errno.
 */
static int sift(struct kernel_source *s, struct walk *w, uint32_t *n, bool is_end)
{
	uint32_t n_kept = 0, n_all = *n;
	bool is_unsure = w->held_is_unsure;

	if (!w->n_held && w->is_trie && n_all) {
		int is_first = walk_starts_with(s, walk_key(s, 0));

		if (is_first < 0)
			return is_first;
		is_unsure = !is_first;
	}
	w->n_held = w->is_trie && !is_end && n_all;
	for (uint32_t i = 0; i < n_all - w->n_held; i++) {
		const void *key = walk_key(s, i), *next = i + 1 < n_all ? walk_key(s, i + 1) : NULL;
		bool starts_over = w->is_trie && next && !walk_is_in_order(s, key, next);
		int r = walk_take(s, w, key, !is_unsure && !starts_over);

		if (r < 0)
			return r;
		if (r)
			move_pair(s, n_kept++, i);
		is_unsure = starts_over;
	}
	w->held_is_unsure = is_unsure;
	*n = n_kept;
	return 0;
}

/* The first @n pairs, of which the last may have to wait. */
static int hand_over_new(struct kernel_source *s, struct walk *w, uint32_t n, bool is_end,
			 struct err *e)
{
	uint32_t n_all = n;
	int q = w->may_miss ? sift(s, w, &n, is_end) : 0;

	if (q < 0)
		return kernel_source_fail(s, q, e);
	q = walk_hand_over(s, w->read, n);
	if (w->n_held)
		move_pair(s, 0, n_all - 1);
	return q;
}

/* What a call's result means. Return: 0 to go on, or why not; -ENOENT is the end. */
static int settle(struct kernel_source *s, struct walk *w, int result, uint32_t n)
{
	w->n_steps += n;
	if (n)
		w->n_tries = 0;
	if (result == -ENOSPC && !w->is_trie)
		return kernel_source_grow(s);
	if (result && !error_passes(result))
		return result;
	if (walk_goes_in_circles(s, w))
		return -EBUSY;
	if (n && !result)
		return 0;
	if (++w->n_tries > PASSING_TRIES)
		return -EBUSY;
	sched_yield();
	return 0;
}

int kernel_source_walk_batches(struct kernel_source *s, batch_op op, const struct map_read *r,
			       bool *ret_unsupported, struct err *e)
{
	struct walk w = walk_start(s, r, s->base.info.type == BPF_MAP_TYPE_LPM_TRIE, true);
	const void *in = NULL;

	for (;;) {
		uint32_t n_held = w.n_held, n = s->cap - n_held;
		int result, q;

		if (is_late(r->deadline_ns))
			return kernel_source_fail(s, -ETIMEDOUT, e);
		result = op(s->map.fd, in, s->next_token, walk_key(s, n_held),
			    walk_values(s, n_held), &n);
		if (!in && !w.has_rest && (result == -MAP_ENOTSUPP || result == -EINVAL)) {
			*ret_unsupported = true;
			return -EOPNOTSUPP;
		}
		if (n) {
			walk_swap_tokens(s);
			in = s->token;
		}
		q = hand_over_new(s, &w, n_held + n, result == -ENOENT, e);
		if (q)
			return q;
		q = settle(s, &w, result, n);
		if (q == -ENOENT && !walk_needs_another_pass(&w))
			return walk_finish(s, &w, e);
		if (q == -ENOENT)
			in = NULL;
		else if (q < 0)
			return kernel_source_fail(s, q, e);
	}
}
