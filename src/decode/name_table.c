// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names lie one after the other in one buffer, in the order in which they
 * were added, so an item's place there also tells who came first. Sorted, no
 * number is there twice, and an item stands for all numbers up to the next.
 */
#include "name_table_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void name_table_done(struct name_table *t)
{
	free(t->items);
	buf_done(&t->text);
	t->items = NULL;
	t->n = t->cap = 0;
}

static int reserve_item(struct name_table *t)
{
	size_t cap = t->cap ? t->cap + t->cap / 2 : 64;
	struct name_table_item *items;

	if (t->n < t->cap)
		return 0;
	items = realloc(t->items, cap * sizeof(*items));
	if (!items)
		return -ENOMEM;
	t->items = items;
	t->cap = cap;
	return 0;
}

int name_table_add(struct name_table *t, uint64_t number, struct str name)
{
	struct name_table_item item = {
		.number = number, .at = (uint32_t)t->text.len, .n = (uint32_t)name.n};
	int r;

	assert(t->max_bytes <= UINT32_MAX);
	if (t->n == t->max_items || name.n > t->max_bytes - t->text.len)
		return NAME_TABLE_FULL;
	r = reserve_item(t);
	if (r == 0)
		r = buf_append(&t->text, name.p, name.n);
	if (r == 0)
		t->items[t->n++] = item;
	return r;
}

/* Of the same number: what has a name, then what came first, stands first. */
static int compare_items(const void *a, const void *b)
{
	const struct name_table_item *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (!x->n != !y->n)
		return !x->n - !y->n;
	return x->at < y->at ? -1 : x->at > y->at;
}

void name_table_sort(struct name_table *t)
{
	size_t n = 0;

	if (t->n)
		qsort(t->items, t->n, sizeof(*t->items), compare_items);
	for (size_t i = 0; i < t->n; i++) {
		const struct name_table_item *item = &t->items[i],
					     *last = n ? &t->items[n - 1] : NULL;

		/* What has no name, twice in a row, says nothing new. */
		if (last && (item->number == last->number || (!item->n && !last->n)))
			continue;
		t->items[n++] = *item;
	}
	t->n = n;
}

const struct name_table_item *name_table_floor(const struct name_table *t, uint64_t number)
{
	size_t low = 0, high = t->n; /* what is before low is at most number, from high on more */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->items[middle].number <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &t->items[low - 1] : NULL;
}
