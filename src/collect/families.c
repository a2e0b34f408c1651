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

/* The help that any of the metrics of this name has; else where its numbers come from. */
static struct family *make(const struct config *config, const struct config_map *map,
			   const struct config_metric *metric)
{
	_cleanup_buf_ struct buf help = BUF_INIT;

	for (size_t i = 0; i < config->n_maps; i++) {
		for (size_t j = 0; j < config->maps[i].n_metrics; j++) {
			const struct config_metric *m = &config->maps[i].metrics[j];

			if (m->help && !strcmp(m->name, metric->name))
				return family_new(metric->name, type_of(metric), m->help);
		}
	}
	if (write_help(&help, map) < 0 || !buf_string(&help))
		return NULL;
	return family_new(metric->name, type_of(metric), help.data);
}

static struct family *find(const struct config *config, struct family ***families, const char *name)
{
	for (size_t i = 0; i < config->n_maps && families[i]; i++)
		for (size_t j = 0; j < config->maps[i].n_metrics && families[i][j]; j++)
			if (!strcmp(families[i][j]->name, name))
				return families[i][j];
	return NULL;
}

static int fill(const struct config *config, struct family ***families)
{
	for (size_t i = 0; i < config->n_maps; i++) {
		const struct config_map *map = &config->maps[i];

		families[i] = calloc(map->n_metrics + 1, sizeof(struct family *));
		for (size_t j = 0; families[i] && j < map->n_metrics; j++) {
			struct family *same = find(config, families, map->metrics[j].name);

			families[i][j] =
				same ? family_ref(same) : make(config, map, &map->metrics[j]);
			if (!families[i][j])
				return -ENOMEM;
		}
		if (!families[i])
			return -ENOMEM;
	}
	return 0;
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
