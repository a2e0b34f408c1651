// SPDX-License-Identifier: GPL-2.0-only
#include "collect/check.h"

#include <errno.h>

#include "decode/plan.h"
#include "families_internal.h"
#include "source/map_source.h"
#include "source/pin_glob.h"

/*
 * A pattern without a match is checked as far as that goes without a map; the
 * captures of a pattern that has one are those of its first match.
 */
static int check_open_map(const struct config_map *map, struct family **families,
			  const struct pin_match *pin, struct map_source *source,
			  struct problems *problems)
{
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	_cleanup_(plan_unrefp) struct plan *plan = NULL;
	struct err e = {""};
	struct plan_input in = {
		.map = map,
		.families = families,
		.info = &source->info,
		.pin = pin->path,
		.captures = (const char *const *)pin->captures,
		.n_captures = pin->n_captures,
	};
	int r = 0;

	if (map->n_metrics && (!map->key || !map->value))
		r = map_source_layouts(source, &key, &value, &e);
	if (r < 0)
		return r == -ENOMEM ? r : problems_add(problems, &map->pin_at, "%s", e.text);
	in.key = key;
	in.value = value;
	return plan_compile(&in, &plan, problems);
}

static int check_map(const struct config_map *map, struct family **families,
		     struct problems *problems)
{
	_cleanup_(pin_matches_done) struct pin_matches pins = {0};
	_cleanup_(map_source_closep) struct map_source *source = NULL;
	int r;

	r = pin_glob(map->pin, &pins, NULL);
	if (r == -ENOMEM)
		return r;
	if (!pins.n || map_source_open(pins.items[0].path, false, &source, NULL))
		return pin_pattern_is_glob(map->pin) ? 0 : plan_check(map, families, problems);
	return check_open_map(map, families, &pins.items[0], source, problems);
}

int check_config(const struct config *config, struct problems *problems)
{
	struct family ***families;
	int r, result = 0;

	r = families_new(config, &families);
	if (r < 0)
		return r;
	for (size_t i = 0; i < config->n_maps && result != -ENOMEM; i++) {
		r = check_map(&config->maps[i], families[i], problems);
		result = r < 0 ? r : result;
	}
	families_free(config, families);
	return result;
}
