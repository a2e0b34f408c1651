// SPDX-License-Identifier: GPL-2.0-only
#include "collect/check.h"

#include <errno.h>

#include "families_internal.h"
#include "map_plan_internal.h"

/* Whether opening failed for something that no privilege and no waiting will change. */
static bool is_wrong_pin(int code)
{
	return code == -EMEDIUMTYPE || code == -EISDIR || code == -EINVAL || code == -ENOTDIR ||
	       code == -ELOOP;
}

/* A map that is not there, or not for us, is checked as far as its configuration says what it is.
 */
static int check_closed_map(const struct config_map *map, struct family **families, int code,
			    const struct err *e, struct problems *problems, struct problems *notes)
{
	if (code == -ENOMEM)
		return code;
	if (is_wrong_pin(code))
		return problems_add(problems, &map->pin_at, "%s", e->text);
	if (notes)
		problems_add(notes, &map->pin_at, "map '%s' is not checked against the kernel: %s",
			     map->name, e->text);
	return plan_check(map, families, problems);
}

static int check_map(const struct config_map *map, struct family **families,
		     struct problems *problems, struct problems *notes)
{
	_cleanup_(pin_matches_done) struct pin_matches pins = {0};
	_cleanup_(map_source_closep) struct map_source *source = NULL;
	_cleanup_(plan_unrefp) struct plan *plan = NULL;
	struct err e = {""};
	int r;

	r = pin_glob(map->pin, &pins, &e);
	if (r == 0 && !pins.n)
		r = err_set(&e, -ENOENT, "%s: no pin matches", map->pin);
	else if (pins.n)
		r = map_source_open(pins.items[0].path, false, &source, &e);
	if (r)
		return check_closed_map(map, families, r, &e, problems, notes);
	return map_plan(source, map, families, &pins.items[0], &plan, problems);
}

int check_config(const struct config *config, struct problems *problems, struct problems *notes)
{
	struct family ***families;
	int r, result = 0;

	r = families_new(config, &families);
	if (r < 0)
		return r;
	for (size_t i = 0; i < config->n_maps && result != -ENOMEM; i++) {
		r = check_map(&config->maps[i], families[i], problems, notes);
		result = r < 0 ? r : result;
	}
	families_free(config, families);
	return result;
}
