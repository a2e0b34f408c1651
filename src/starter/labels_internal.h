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

/* labels_of_key() - all of them, into the draft. @map_words: of the map's name. */
void labels_of_key(struct pool *p, struct draft_map *m, const struct sides *s,
		   const char *map_words);

/* labels_add_leaf() - a field of the value, one of @all, into @l. */
void labels_add_leaf(struct pool *p, const struct draft_map *m, const struct sides *s,
		     const struct leaves *all, const struct leaf *leaf, struct draft_labels *l);

#endif
