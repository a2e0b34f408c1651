// SPDX-License-Identifier: GPL-2.0-only
#include "map_plan_internal.h"

#include <errno.h>

static bool wants_btf(const struct config_map *map)
{
	return map->n_metrics && (!map->key || !map->value);
}

int map_plan(struct map_source *source, const struct instance_class *class,
	     const struct pin_match *pin, struct plan **ret_plan, struct problems *problems)
{
	const struct config_map *map = class->map;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	struct err e = {""};
	struct plan_input in = {
		.map = map,
		.families = class->families,
		.info = &source->info,
		.pin = pin->path,
		.captures = (const char *const *)pin->captures,
		.n_captures = pin->n_captures,
		.stacks = &class->stacks,
	};
	int r = 0;

	if (wants_btf(map))
		r = map_source_layouts(source, class->options->config->state_dir, &key, &value, &e);
	if (r < 0)
		return r == -ENOMEM ? r : problems_add(problems, &map->pin_at, "%s", e.text);
	in.key = key;
	in.value = value;
	in.no_btf = r == MAP_SOURCE_NO_BTF ? e.text : NULL;
	return plan_compile(&in, ret_plan, problems);
}
