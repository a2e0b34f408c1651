// SPDX-License-Identifier: GPL-2.0-only
/* Columns start with 64 bits a value; the upper halves come with the first sum that needs them. */
#include "series_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int array_grow(void *array, size_t cap, size_t size)
{
	void *larger = realloc(*(void **)array, cap * size + !size);

	if (!larger)
		return -ENOMEM;
	*(void **)array = larger;
	return 0;
}

int column_grow(struct column *c, size_t old_cap, size_t cap)
{
	uint64_t *low = realloc(c->low, cap * sizeof(*low));
	int64_t *high;

	if (!low)
		return -ENOMEM;
	c->low = low;
	memset(low + old_cap, 0, (cap - old_cap) * sizeof(*low));
	if (!c->high)
		return 0;
	high = realloc(c->high, cap * sizeof(*high));
	if (!high)
		return -ENOMEM;
	c->high = high;
	memset(high + old_cap, 0, (cap - old_cap) * sizeof(*high));
	return 0;
}

static bool fits(const struct column *c, int128 v)
{
	return c->kind == COLUMN_S64 ? v == (int64_t)v : !(v >> 64);
}

static int widen(struct column *c, size_t cap)
{
	c->high = malloc(cap * sizeof(*c->high));
	if (!c->high)
		return -ENOMEM;
	for (size_t i = 0; i < cap; i++)
		c->high[i] = c->kind == COLUMN_S64 && (int64_t)c->low[i] < 0 ? -1 : 0;
	return 0;
}

int column_set(struct column *c, size_t i, size_t cap, union number v)
{
	if (c->kind == COLUMN_DOUBLE) {
		if (v.d == 0)
			v.d = 0; /* no -0, which would not look like zero */
		memcpy(&c->low[i], &v.d, sizeof(v.d));
		return 0;
	}
	if (!c->high && !fits(c, v.i)) {
		int r = widen(c, cap);

		if (r < 0)
			return r;
	}
	c->low[i] = (uint64_t)v.i;
	if (c->high)
		c->high[i] = (int64_t)(v.i >> 64);
	return 0;
}

int column_add(struct column *c, size_t i, size_t cap, union number v)
{
	double d;

	if (c->kind == COLUMN_DOUBLE) {
		memcpy(&d, &c->low[i], sizeof(d));
		v.d += d;
	} else {
		v.i += column_int(c, i);
	}
	return column_set(c, i, cap, v);
}
