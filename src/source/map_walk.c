// SPDX-License-Identifier: GPL-2.0-only
#include "map_walk_internal.h"

#include <errno.h>

#include "trie_order_internal.h"

struct walk walk_start(const struct kernel_source *s, const struct map_read *r, bool may_miss,
		       bool with_values)
{
	return (struct walk){
		.read = r,
		.may_miss = may_miss,
		.is_collecting = may_miss && with_values,
		.is_trie = s->base.info.type == BPF_MAP_TYPE_LPM_TRIE,
	};
}

bool walk_goes_in_circles(const struct kernel_source *s, const struct walk *w)
{
	uint64_t max_entries = s->base.info.max_entries;

	return max_entries && w->n_steps > max_entries * 8 + 1024;
}

bool walk_needs_another_pass(struct walk *w)
{
	if (!w->is_collecting || !w->n_steps)
		return false;
	w->is_collecting = false;
	w->has_rest = true;
	w->n_steps = w->n_held = 0;
	w->has_come_far = false;
	return true;
}

/* What identifies a key: of a trie, its prefix. */
static const void *identity(const struct kernel_source *s, const struct walk *w, const void *key)
{
	if (!w->is_trie)
		return key;
	trie_prefix(s->prefix, key, s->base.info.key_size);
	return s->prefix;
}

/* Whether a trie's walk is where it has not been before. */
static bool advances(const struct kernel_source *s, struct walk *w, const void *key)
{
	if (w->has_come_far && !walk_is_in_order(s, s->furthest, key))
		return false;
	w->has_come_far = true;
	memcpy(s->furthest, key, s->base.info.key_size);
	return true;
}

static int remember(struct kernel_source *s, const struct walk *w, const void *key,
		    uint32_t *ret_number)
{
	int r = key_set_add(&s->seen, identity(s, w, key), ret_number);

	if (r <= 0)
		return r;
	r = buf_append(&s->handed, "", 1);
	return r < 0 || !w->is_trie ? r : buf_append(&s->raw_keys, key, s->base.info.key_size);
}

int walk_take(struct kernel_source *s, struct walk *w, const void *key, bool is_sure)
{
	uint32_t number;
	int r;

	if (!w->may_miss)
		return 1;
	if (w->is_trie && !w->is_collecting && !advances(s, w, key) &&
	    !key_set_find(&s->seen, identity(s, w, key), NULL))
		return 0;
	r = remember(s, w, key, &number);
	if (r < 0)
		return r;
	if (w->is_collecting || !is_sure || s->handed.data[number])
		return 0;
	s->handed.data[number] = 1;
	return 1;
}

int walk_starts_with(struct kernel_source *s, const void *key)
{
	int r = walk_next_key(s, NULL, s->next_token);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return !memcmp(s->next_token, key, s->base.info.key_size);
}

bool walk_is_in_order(const struct kernel_source *s, const void *key, const void *next)
{
	return trie_comes_after(next, key, s->base.info.key_size);
}

/* Whether a trie has this very prefix: after one that it lacks comes what it starts with. Return:
 * 1, 0, -errno. */
static int trie_has(struct kernel_source *s, const void *key)
{
	int r = walk_starts_with(s, key);

	if (r)
		return r;
	if (!walk_is_in_order(s, s->next_token, key))
		return 0;
	r = walk_next_key(s, key, s->next_token);
	if (r < 0)
		return r == -ENOENT ? 1 : r;
	return walk_is_in_order(s, key, s->next_token);
}

/* The pair of a key, if it is there, at @at. Return: 1, 0, -errno. */
static int look_up(struct kernel_source *s, const struct walk *w, uint32_t number, uint32_t at)
{
	uint32_t key_size = s->base.info.key_size;
	const void *key = w->is_trie ? s->raw_keys.data + (size_t)number * key_size
				     : key_set_key(&s->seen, number);
	int r = try_until_passed(map_lookup(s->map.fd, key, walk_values(s, at)));

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	memcpy(walk_key(s, at), key, key_size);
	return w->is_trie ? trie_has(s, key) : 1;
}

int walk_finish(struct kernel_source *s, const struct walk *w, struct err *e)
{
	uint32_t n = 0;
	int r = 0;

	for (uint32_t i = 0; w->has_rest && r == 0 && i < s->seen.n; i++) {
		if (s->handed.data[i])
			continue;
		if (is_late(w->read->deadline_ns))
			return kernel_source_fail(s, -ETIMEDOUT, e);
		r = look_up(s, w, i, n);
		if (r < 0)
			return kernel_source_fail(s, r, e);
		n += (uint32_t)r;
		r = 0;
		if (n == s->cap) {
			r = walk_hand_over(s, w->read, n);
			n = 0;
		}
	}
	return r ? r : walk_hand_over(s, w->read, n);
}
