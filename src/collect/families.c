// SPDX-License-Identifier: GPL-2.0-only
#include "families_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static enum family_type type_of(const struct config_metric *m)
{
	switch (m->type) {
	case CONFIG_COUNTER:
		return FAMILY_COUNTER;
	case CONFIG_INFO:
		return FAMILY_INFO;
	case CONFIG_HISTOGRAM:
		return FAMILY_HISTOGRAM;
	case CONFIG_SUMMARY:
		return FAMILY_SUMMARY;
	case CONFIG_GAUGE:
		break;
	}
	return FAMILY_GAUGE;
}

static int write_help(struct buf *help, const struct config_map *map)
{
	if (map->pin)
		return buf_printf(help, "From the eBPF map %s, pinned at %s.", map->name, map->pin);
	if (map->map_name)
		return buf_printf(help, "From the eBPF map %s, loaded as %s.", map->name,
				  map->map_name);
	return buf_printf(help, "From the eBPF map %s with the id %u.", map->name, map->map_id);
}

/* A metric, and where its family goes. */
struct member {
	const struct config_map *map;
	const struct config_metric *metric;
	struct family **family;
};

/* By name; in the order of the file where that is the same. */
static int compare(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	int r = strcmp(a->metric->name, b->metric->name);

	return r		  ? r
	       : a->map != b->map ? (a->map < b->map ? -1 : 1)
				  : (a->metric > b->metric) - (a->metric < b->metric);
}

/* The help that any of the members has; else where the first one's numbers come from. */
static struct family *make(const struct member *members, size_t n)
{
	const struct config_metric *first = members[0].metric;
	_cleanup_buf_ struct buf help = BUF_INIT;
	const char *text = NULL;
	bool is_crowded = false;
	struct family *f;

	for (size_t i = 0; i < n; i++) {
		text = text ? text : members[i].metric->help;
		is_crowded |= members[i].metric->is_crowded;
	}
	if (!text && write_help(&help, members[0].map) == 0)
		text = buf_string(&help);
	f = text ? family_new(first->name, type_of(first), text) : NULL;
	if (f)
		f->is_crowded = is_crowded;
	return f;
}

/* One family for each name. */
static int make_all(const struct member *members, size_t n)
{
	for (size_t i = 0, end; i < n; i = end) {
		struct family *f;

		for (end = i + 1; end < n; end++)
			if (strcmp(members[end].metric->name, members[i].metric->name) != 0)
				break;
		f = make(&members[i], end - i);
		if (!f)
			return -ENOMEM;
		*members[i].family = f;
		for (size_t j = i + 1; j < end; j++)
			*members[j].family = family_ref(f);
	}
	return 0;
}

static int fill(const struct config *config, struct family ***families)
{
	_cleanup_(freep) struct member *members = NULL;
	size_t n = 0;

	for (size_t i = 0; i < config->n_maps; i++)
		n += config->maps[i].n_metrics;
	members = calloc(n + 1, sizeof(*members));
	if (!members)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < config->n_maps; i++) {
		const struct config_map *map = &config->maps[i];

		families[i] = calloc(map->n_metrics + 1, sizeof(struct family *));
		if (!families[i])
			return -ENOMEM;
		for (size_t j = 0; j < map->n_metrics; j++)
			members[n++] = (struct member){map, &map->metrics[j], &families[i][j]};
	}
	qsort(members, n, sizeof(*members), compare);
	return make_all(members, n);
}

int families_new(const struct config *config, struct family ****ret_families)
{
	struct family ***families = calloc(config->n_maps + 1, sizeof(struct family **));

	if (!families)
		return -ENOMEM;
	if (fill(config, families) < 0) {
		families_free(config, families);
		return -ENOMEM;
	}
	*ret_families = families;
	return 0;
}

void families_free(const struct config *config, struct family ***families)
{
	for (size_t i = 0; families && i < config->n_maps && families[i]; i++) {
		for (size_t j = 0; j < config->maps[i].n_metrics; j++)
			family_unref(families[i][j]);
		free(families[i]);
	}
	free(families);
}
