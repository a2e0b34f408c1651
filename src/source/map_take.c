// SPDX-License-Identifier: GPL-2.0-only
/* Entries taken out of a kernel's map one by one: a hash's by their keys, a queue's from its head.
 */
#include <errno.h>

#include "kernel_source_internal.h"
#include "map_walk_internal.h"
#include "passing_internal.h"
#include "source/map_ops.h"

/* Before LOOKUP_AND_DELETE_ELEM knew hash types. */
static int lookup_then_delete(int fd, const void *key, void *values)
{
	int r = try_until_passed(map_lookup(fd, key, values));

	return r < 0 ? r : try_until_passed(map_delete(fd, key));
}

static int take(struct kernel_source *s, const void *key, void *values)
{
	int r = -EOPNOTSUPP;

	if (!s->lacks_take)
		r = try_until_passed(map_lookup_and_delete(s->map.fd, key, values));
	if (r == -EINVAL || r == -MAP_ENOTSUPP)
		s->lacks_take = true;
	return s->lacks_take ? lookup_then_delete(s->map.fd, key, values) : r;
}

int kernel_source_take(struct kernel_source *s, const void *key, void *values, struct err *e)
{
	int r;

	if (!map_type_is_hash(s->base.info.type))
		return kernel_source_refuse(s, "evicted from", e);
	r = take(s, key, values);
	if (r == -ENOENT)
		return err_set(e, r, "%s: the key is not there any more", s->map.locator);
	return r < 0 ? kernel_source_fail(s, r, e) : 0;
}

/* Pops up to @most entries into the buffers. Return: 0, or why no more; -ENOENT: it is empty. */
static int pop(struct kernel_source *s, uint64_t deadline_ns, uint32_t most, uint32_t *ret_n)
{
	int r = 0;

	for (*ret_n = 0; r == 0 && *ret_n < most; *ret_n += r == 0) {
		if (is_late(deadline_ns))
			return -ETIMEDOUT;
		r = try_until_passed(
			map_lookup_and_delete(s->map.fd, NULL, walk_values(s, *ret_n)));
	}
	return r;
}

int kernel_source_pop_all(struct kernel_source *s, const struct map_read *r, struct err *e)
{
	uint32_t left = s->base.info.max_entries, n;
	int q = 0, handed;

	for (; q == 0 && left; left -= n) {
		q = pop(s, r->deadline_ns, left < s->cap ? left : s->cap, &n);
		handed = walk_hand_over(s, r, n);
		if (handed)
			return handed;
	}
	return q < 0 && q != -ENOENT ? kernel_source_fail(s, q, e) : 0;
}
