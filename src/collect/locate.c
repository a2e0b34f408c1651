// SPDX-License-Identifier: GPL-2.0-only
#include "locate_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/map_find.h"
#include "source/stack_source.h"

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct pin_match *)a)->path, ((const struct pin_match *)b)->path);
}

/* As text, like pins: "id:10" comes before "id:9". */
static int find_name(const char *name, struct pin_matches *ret_matches, struct err *e)
{
	int r = map_find_name(name, ret_matches, e);

	if (r == 0 && ret_matches->n)
		qsort(ret_matches->items, ret_matches->n, sizeof(*ret_matches->items), compare);
	return r;
}

int locate_maps(const struct collector_options *options, const struct config_map *map,
		struct pin_matches *ret_matches, struct err *e)
{
	if (map->pin)
		return options->glob(map->pin, ret_matches, e);
	if (map->map_name)
		return find_name(map->map_name, ret_matches, e);
	return map_find_id(map->map_id, ret_matches, e);
}

const char *locate_name(const struct config_map *map)
{
	return map->pin ? map->pin : map->map_name ? map->map_name : "id";
}

/* A map of stack traces as decoders want it. */
struct located_stacks {
	struct stack_map base;
	struct stack_source *source;
};

static int stacks_find(struct stack_map *m, uint32_t id, uint64_t *addresses, size_t max,
		       size_t *ret_n)
{
	struct located_stacks *s = (struct located_stacks *)m; /* base is its first member */

	return stack_source_find(s->source, id, addresses, max, ret_n);
}

static void stacks_close(struct stack_map *m)
{
	struct located_stacks *s = (struct located_stacks *)m;

	stack_source_close(s->source);
	free(s);
}

static const struct config_map *find_map(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_maps; i++)
		if (!strcmp(config->maps[i].name, name))
			return &config->maps[i];
	return NULL;
}

static int open_first(const struct collector_options *options, const struct config_map *map,
		      struct stack_source **ret_source, struct err *e)
{
	_cleanup_(pin_matches_done) struct pin_matches matches = {0};
	int r = locate_maps(options, map, &matches, e);

	if (r < 0)
		return r;
	if (!matches.n)
		return err_set(e, -ENOENT, "%s: there is no such map", locate_name(map));
	r = stack_source_open(matches.items[0].path, ret_source, e);
	return r > 0 ? -ENOENT : r;
}

static int stacks_open(void *ctx, const char *name, struct stack_map **ret_map, struct err *e)
{
	const struct collector_options *options = ctx;
	const struct config_map *map = find_map(options->config, name);
	struct located_stacks *s;
	int r;

	if (!map)
		return err_set(e, -ENOENT, "there is no map '%s'", name);
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, -ENOMEM, "there is not enough memory");
	s->base = (struct stack_map){.find = stacks_find, .close = stacks_close};
	r = open_first(options, map, &s->source, e);
	if (r < 0) {
		free(s);
		return r;
	}
	*ret_map = &s->base;
	return 0;
}

struct stack_provider locate_stacks(const struct collector_options *options)
{
	return (struct stack_provider){.ctx = (void *)options, .open = stacks_open};
}
