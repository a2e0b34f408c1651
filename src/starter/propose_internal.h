/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTER_PROPOSE_INTERNAL_H
#define STARTER_PROPOSE_INTERNAL_H

/* From a map and its layouts to a draft. */
#include "draft_internal.h"
#include "labels_internal.h"

/* Metrics of all maps together: their names are one space. */
struct names {
	struct {
		const char *name;
		bool is_histogram;
	} * items;
	size_t n;
};

/* names_add() - @name, or one like it that is not taken. */
const char *names_add(struct pool *p, struct names *names, const char *name, bool is_histogram);
bool names_has(const struct names *names, const char *name, bool is_histogram);
void names_done(struct names *names);

/*
 * propose_metrics() - the metrics of a map, whose labels are there.
 * @base: words for all their names, of the map and of where it is pinned.
 */
void propose_metrics(struct pool *p, struct draft_map *m, const struct sides *s, const char *base,
		     struct names *names);

/*
 * propose_layout() - where BTF says nothing: what the size suggests.
 * @ret_text: the same as YAML; NULL: the exporter finds it itself.
 *
 * Return: NULL for nothing at all, or without memory.
 */
struct layout *propose_layout(struct pool *p, const struct map_info *info, bool is_key,
			      const char **ret_text);

#endif
