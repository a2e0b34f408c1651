// SPDX-License-Identifier: GPL-2.0-only
/* A configuration for maps, to begin with. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/status.h"
#include "source/pin_glob.h"
#include "starter/starter.h"

/* A map that was opened, and what is known of it. */
struct known_map {
	char *locator; /* as a configuration takes it */
	struct map_source *source;
	struct layout *key, *value;
	char *no_btf; /* why there are no layouts */
};

static void known_map_done(struct known_map *m)
{
	free(m->locator);
	map_source_close(m->source);
	layout_free(m->key);
	layout_free(m->value);
	free(m->no_btf);
}

static bool are_alike(const struct map_info *a, const struct map_info *b)
{
	return a->type == b->type && a->key_size == b->key_size && a->value_size == b->value_size;
}

/* One configuration is for maps that are alike; the first stands for all. */
static int open_first(const char *pattern, const struct pin_matches *pins,
		      struct map_source **ret_source)
{
	_cleanup_(map_source_closep) struct map_source *first = NULL;
	int status = ctl_open(pins->items[0].path, &first);

	for (size_t i = 1; !status && i < pins->n; i++) {
		_cleanup_(map_source_closep) struct map_source *other = NULL;

		status = ctl_open(pins->items[i].path, &other);
		if (!status && !are_alike(&first->info, &other->info))
			status = ctl_fail(CTL_FAILED,
					  "%s: %s and %s differ in type or sizes: name a pattern "
					  "of maps that are alike, or each pin",
					  pattern, pins->items[0].path, pins->items[i].path);
	}
	if (!status)
		*ret_source = take_ptr(first);
	return status;
}

static int open_match(const char *pattern, struct map_source **ret_source)
{
	_cleanup_(pin_matches_done) struct pin_matches pins = {0};
	struct err e = {""};
	int r = pin_glob(pattern, &pins, &e);

	if (pins.n)
		return open_first(pattern, &pins, ret_source);
	if (r < 0)
		return ctl_fail_with(r, &e);
	return ctl_fail(CTL_FAILED,
			"%s: no pin matches: `ls` shows what is pinned, and quotes keep the "
			"pattern from the shell",
			pattern);
}

/* Where the exporter runs is not here: a path from the root. NULL: there is none to be had. */
static char *absolute(const char *operand)
{
	_cleanup_(freep) char *here = NULL;
	char *path = NULL;

	if (*operand == '/' || !strncmp(operand, "id:", 3))
		return strdup(operand);
	if (!pin_pattern_is_glob(operand)) {
		path = realpath(operand, NULL);
		return path ? path : strdup(operand); /* opening it says what is wrong */
	}
	here = getcwd(NULL, 0);
	return here && asprintf(&path, "%s/%s", here, operand) >= 0 ? path : NULL;
}

static int learn(const char *operand, const char *state_dir, struct known_map *m)
{
	struct err e = {""};
	int status, r;
	const char *locator;

	m->locator = absolute(operand);
	locator = m->locator;
	if (!locator)
		return ctl_fail(CTL_FAILED, "%s: name it by its whole path", operand);
	status = pin_pattern_is_glob(locator) ? open_match(locator, &m->source)
					      : ctl_open(locator, &m->source);
	if (!m->source)
		return status;
	r = map_source_layouts(m->source, state_dir, &m->key, &m->value, &e);
	if (r == MAP_SOURCE_NO_BTF) {
		if (map_type_is_readable(m->source->info.type))
			ctl_fail(CTL_OK,
				 "%s; the layout is guessed from sizes: correct it under 'key:' "
				 "and 'value:'",
				 e.text);
		m->no_btf = strdup(e.text);
		r = m->no_btf ? 0 : err_set(&e, -ENOMEM, "%s: no memory", locator);
	}
	return r ? ctl_fail_with(r, &e) : CTL_OK;
}

static int write_config(const struct starter_map *maps, size_t n)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (!n)
		return CTL_OK;
	if (starter_write(maps, n, &out) < 0)
		return ctl_fail(CTL_FAILED, "no memory for a configuration");
	fwrite(out.data, 1, out.len, stdout);
	return CTL_OK;
}

int ctl_init(const struct ctl_arguments *args)
{
	_cleanup_(freep) struct known_map *known = calloc(args->n, sizeof(*known));
	_cleanup_(freep) struct starter_map *maps = calloc(args->n, sizeof(*maps));
	int status = CTL_OK;
	size_t n = 0;

	if (!known || !maps)
		return ctl_fail(CTL_FAILED, "no memory for %zu maps", args->n);
	for (size_t i = 0; i < args->n; i++) {
		struct known_map *m = &known[i];
		int failed = learn(args->operands[i], args->state_dir, m);

		status = ctl_worse(status, failed);
		if (!failed)
			maps[n++] = (struct starter_map){
				.locator = m->locator,
				.info = &m->source->info,
				.key = m->key,
				.value = m->value,
				.no_btf = m->no_btf,
			};
	}
	status = ctl_worse(status, write_config(maps, n));
	for (size_t i = 0; i < args->n; i++)
		known_map_done(&known[i]);
	return status;
}
