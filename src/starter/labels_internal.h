/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTER_LABELS_INTERNAL_H
#define STARTER_LABELS_INTERNAL_H

/* What of a key, and of a value beside its numbers, becomes a label. */
#include "leaves_internal.h"

/* The two sides of a map, and how their fields are written. */
struct sides {
	const struct layout *key, *value; /* NULL: none */
};

/*
 * side_path() - how a configuration names a field: alone where only one side
 * has it, else after "key." or "value.".
 */
const char *side_path(struct pool *p, const struct sides *s, bool is_key, const char *path);

/* labels_of_key() - all of them, into the draft. */
void labels_of_key(struct pool *p, struct draft_map *m, const struct sides *s);

/* key_is_slot() - whether the entries of an array are the slots of one histogram. */
bool key_is_slot(const struct draft_map *m, const struct sides *s);

/* leaf_may_be_v4() - whether an address of 16 bytes may be an IPv4 one with zeros behind it. */
bool leaf_may_be_v4(const struct leaf *leaf);

/* labels_add_leaf() - a field, into @l. @all: those that it is one of; NULL: it is alone. */
void labels_add_leaf(struct pool *p, const struct draft_map *m, const struct sides *s,
		     const struct leaves *all, const struct leaf *leaf, struct draft_labels *l);

#endif
