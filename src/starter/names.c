// SPDX-License-Identifier: GPL-2.0-only
#include "propose_internal.h"

#include <stdlib.h>
#include <string.h>

void names_done(struct names *names)
{
	free(names->items);
}

/* Whether @longer is what a histogram of the name @name shows beside it. */
static bool is_part(const char *name, const char *longer)
{
	size_t n = strlen(name);

	return !strncmp(name, longer, n) &&
	       (!strcmp(longer + n, "_bucket") || !strcmp(longer + n, "_sum") ||
		!strcmp(longer + n, "_count"));
}

bool names_has(const struct names *names, const char *name, bool is_histogram)
{
	for (size_t i = 0; i < names->n; i++) {
		const char *other = names->items[i].name;

		if (!strcmp(other, name) || (is_histogram && is_part(name, other)) ||
		    (names->items[i].is_histogram && is_part(other, name)))
			return true;
	}
	return false;
}

const char *names_add(struct pool *p, struct names *names, const char *name, bool is_histogram)
{
	const char *end = str_ends_in(str_of(name), STR("_total"))  ? "_total"
			  : str_ends_in(str_of(name), STR("_info")) ? "_info"
								    : "";
	const char *free_name = name;
	void *items;

	for (int i = 2; names_has(names, free_name, is_histogram) && !p->no_memory; i++)
		free_name = pool_printf(p, "%.*s_%d%s", (int)(strlen(name) - strlen(end)), name, i,
					end);
	items = pool_grow(p, names->items, names->n, sizeof(*names->items));
	if (items) {
		names->items = items;
		names->items[names->n].name = free_name;
		names->items[names->n++].is_histogram = is_histogram;
	}
	return free_name;
}
