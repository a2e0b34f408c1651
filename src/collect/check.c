// SPDX-License-Identifier: GPL-2.0-only
#include "collect/check.h"

#include <errno.h>

#include "families_internal.h"
#include "locate_internal.h"
#include "map_plan_internal.h"

/* Of a pattern, so many are opened. */
#define MOST_MATCHES 64

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

/* A map that may be opened. */
static int check_instance(const struct instance_class *class, const struct pin_match *pin,
			  struct problems *problems, struct problems *notes)
{
	_cleanup_(map_source_closep) struct map_source *source = NULL;
	_cleanup_(plan_unrefp) struct plan *plan = NULL;
	struct err e = {""};
	int r = map_source_open(pin->path, false, &source, &e);

	if (r)
		return check_closed_map(class->map, class->families, r, &e, problems, notes);
	return map_plan(source, class, pin, &plan, problems);
}

static int check_map(const struct instance_class *class, struct problems *problems,
		     struct problems *notes)
{
	_cleanup_(pin_matches_done) struct pin_matches pins = {0};
	const struct config_map *map = class->map;
	struct err e = {""};
	int r;

	if (map->name_is_cut && notes)
		problems_add(notes, &map->pin_at,
			     "the kernel cuts names of maps to 15 bytes: it is looked for as '%s'",
			     map->map_name);
	r = locate_maps(class->options, map, &pins, &e);
	if (r == 0 && !pins.n)
		r = err_set(&e, -ENOENT, "%s: no %s", locate_name(map),
			    map->pin ? "pin matches" : "map of this name is loaded");
	if (r < 0)
		return check_closed_map(map, class->families, r, &e, problems, notes);
	for (size_t i = 0; r == 0 && i < pins.n && i < MOST_MATCHES; i++)
		r = check_instance(class, &pins.items[i], problems, notes);
	return r;
}

int check_config(const struct config *config, struct problems *problems, struct problems *notes)
{
	const struct collector_options options = {.config = config, .glob = pin_glob};
	struct instance_class class = {.options = &options, .stacks = locate_stacks(&options)};
	struct family ***families;
	int r, result = 0;

	r = families_new(config, &families);
	if (r < 0)
		return r;
	for (size_t i = 0; i < config->n_maps && result != -ENOMEM; i++) {
		class.map = &config->maps[i];
		class.families = families[i];
		r = check_map(&class, problems, notes);
		result = r < 0 ? r : result;
	}
	families_free(config, families);
	return result;
}
