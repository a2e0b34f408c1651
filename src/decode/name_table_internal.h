/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_NAME_TABLE_INTERNAL_H
#define DECODE_NAME_TABLE_INTERNAL_H

/*
 * Numbers with names: filled, then sorted, then only searched. Zeroed memory
 * with the limits set is an empty one.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct name_table_item {
	uint64_t number;
	uint32_t at, n; /* of `text` */
};

struct name_table {
	size_t max_items;
	size_t max_bytes; /* of names, below 4 GiB */
	struct name_table_item *items;
	size_t n, cap;
	struct buf text;
};

enum { NAME_TABLE_FULL = 1 };

void name_table_done(struct name_table *t);

/*
 * name_table_add() - a number and its name, before the table is sorted.
 * @name: empty: whatever begins at this number has no name.
 *
 * Return: 0, NAME_TABLE_FULL, -ENOMEM; then nothing was added.
 */
int name_table_add(struct name_table *t, uint64_t number, struct str name);

static inline struct str name_table_name(const struct name_table *t,
					 const struct name_table_item *item)
{
	return (struct str){.p = t->text.data ? t->text.data + item->at : "", .n = item->n};
}

/*
 * name_table_sort() - by number. Of several names of a number, the one that
 * was added first stays.
 */
void name_table_sort(struct name_table *t);

/* name_table_floor() - the item with the largest number that is at most @number; NULL: none. */
const struct name_table_item *name_table_floor(const struct name_table *t, uint64_t number);

#endif
