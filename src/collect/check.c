// SPDX-License-Identifier: GPL-2.0-only
#include "collect/check.h"

#include <errno.h>
#include <stdlib.h>

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

/* The buckets of a family, as the first plan has them. */
struct seen_bounds {
	const struct family *family;
	struct bounds *bounds; /* one reference */
};

struct check {
	struct problems *problems, *notes;
	struct instance_class class; /* of the map that is being checked */
	struct seen_bounds *seen;
	size_t n_seen;
};

static int remember_bounds(struct check *c, const struct plan *plan, size_t i)
{
	struct seen_bounds *seen = realloc(c->seen, (c->n_seen + 1) * sizeof(*seen));

	if (!seen)
		return -ENOMEM;
	c->seen = seen;
	seen[c->n_seen++] = (struct seen_bounds){
		.family = c->class.families[i],
		.bounds = bounds_ref(plan_bounds(plan, i)),
	};
	return 0;
}

/* What only the maps say: how many buckets an array has. */
static int check_bounds(struct check *c, const struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && plan && i < c->class.map->n_metrics; i++) {
		const struct config_metric *m = &c->class.map->metrics[i];
		size_t k = 0;

		if (!plan_bounds(plan, i))
			continue;
		while (k < c->n_seen && c->seen[k].family != c->class.families[i])
			k++;
		if (k == c->n_seen)
			r = remember_bounds(c, plan, i);
		else if (!bounds_equal(c->seen[k].bounds, plan_bounds(plan, i)))
			r = problems_add(
				c->problems, &m->buckets.at,
				"the histogram '%s' has %zu bounds in map '%s', others than elsewhere: write 'slots'",
				m->name, plan_bounds(plan, i)->n, c->class.map->name);
	}
	return r;
}

/* A map that is not there, or not for us, is checked as far as its configuration says what it is.
 */
static int check_closed_map(struct check *c, int code, const struct err *e)
{
	_cleanup_(plan_unrefp) struct plan *plan = NULL;
	const struct config_map *map = c->class.map;
	int r;

	if (code == -ENOMEM)
		return code;
	if (is_wrong_pin(code))
		return problems_add(c->problems, &map->pin_at, "%s", e->text);
	if (c->notes)
		problems_add(c->notes, &map->pin_at,
			     "map '%s' is not checked against the kernel: %s", map->name, e->text);
	r = plan_check(map, c->class.families, &plan, c->problems);
	return r < 0 ? r : check_bounds(c, plan);
}

/* A map that may be opened. */
static int check_instance(struct check *c, const struct pin_match *pin)
{
	_cleanup_(map_source_closep) struct map_source *source = NULL;
	_cleanup_(plan_unrefp) struct plan *plan = NULL;
	struct err e = {""};
	int r = map_source_open(pin->path, false, &source, &e);

	if (r)
		return check_closed_map(c, r, &e);
	r = map_plan(source, &c->class, pin, &plan, c->problems);
	return r < 0 ? r : check_bounds(c, plan);
}

static int check_map(struct check *c)
{
	_cleanup_(pin_matches_done) struct pin_matches pins = {0};
	const struct config_map *map = c->class.map;
	struct err e = {""};
	int r;

	if (map->name_is_cut && c->notes)
		problems_add(c->notes, &map->pin_at,
			     "the kernel cuts names of maps to 15 bytes: it is looked for as '%s'",
			     map->map_name);
	r = locate_maps(c->class.options, map, &pins, &e);
	if (r == 0 && !pins.n)
		r = err_set(&e, -ENOENT, "%s: no %s", locate_name(map),
			    map->pin ? "pin matches" : "map of this name is loaded");
	if (r < 0)
		return check_closed_map(c, r, &e);
	for (size_t i = 0; r == 0 && i < pins.n && i < MOST_MATCHES; i++)
		r = check_instance(c, &pins.items[i]);
	return r;
}

static void check_done(struct check *c)
{
	for (size_t i = 0; i < c->n_seen; i++)
		bounds_unref(c->seen[i].bounds);
	free(c->seen);
}

int check_config(const struct config *config, struct problems *problems, struct problems *notes)
{
	const struct collector_options options = {.config = config, .glob = pin_glob};
	_cleanup_(check_done) struct check c = {
		.problems = problems,
		.notes = notes,
		.class = {.options = &options, .stacks = locate_stacks(&options)},
	};
	struct family ***families;
	int r, result = 0;

	r = families_new(config, &families);
	if (r < 0)
		return r;
	for (size_t i = 0; i < config->n_maps && result != -ENOMEM; i++) {
		c.class.map = &config->maps[i];
		c.class.families = families[i];
		r = check_map(&c);
		result = r < 0 ? r : result;
	}
	families_free(config, families);
	return result;
}

static void print_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		fprintf(stderr, "%s\n", problems->items[i]);
	if (problems->incomplete)
		fputs("There is not enough memory to check the configuration whole.\n", stderr);
}

int check_load(const char *path, struct config **ret_config)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	int r = config_load(path, ret_config, &problems);

	print_problems(&problems);
	if (r < 0 && r != -EINVAL && r != -ENOMEM)
		fputs("Name a configuration that this user may read; `bpfmapctl init PIN` prints "
		      "one to begin with.\n",
		      stderr);
	return r;
}

int check_file(const char *path)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT, notes = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *config = NULL;
	int r = check_load(path, &config);

	if (r < 0)
		return r;
	r = check_config(config, &problems, &notes);
	print_problems(&notes);
	print_problems(&problems);
	if (r == 0)
		printf("%s is valid.\n", path);
	return r;
}
