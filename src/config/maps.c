// SPDX-License-Identifier: GPL-2.0-only
/*
 * `maps:`, of the main file and of those that it includes: each appends to
 * the one list. What does not fit together is found in checks.c.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "schema_internal.h"

#define KERNEL_NAME_MAX 15

static const char *const read_names[] = {
	[CONFIG_READ_SNAPSHOT] = "snapshot", [CONFIG_READ_DRAIN] = "drain"};
static const char *const instances_names[] = {
	[CONFIG_INSTANCES_EACH] = "each", [CONFIG_INSTANCES_SUM] = "sum"};
static const char *const on_limit_names[] = {
	[CONFIG_ON_LIMIT_DROP] = "drop", [CONFIG_ON_LIMIT_OTHER] = "other"};
static const char *const cpu_names[] = {[CONFIG_CPU_SUM] = "sum",
					[CONFIG_CPU_MAX] = "max",
					[CONFIG_CPU_MIN] = "min",
					[CONFIG_CPU_AVG] = "avg",
					[CONFIG_CPU_EACH] = "each"};
static const char *const at_scrape_names[] = {[CONFIG_AT_SCRAPE_CHEAP] = "cheap",
					      [CONFIG_AT_SCRAPE_ALWAYS] = "always",
					      [CONFIG_AT_SCRAPE_NEVER] = "never"};

static const struct choices reads = {"read mode", "", read_names, ARRAY_SIZE(read_names)};
static const struct choices instances = {"instances", "", instances_names,
					 ARRAY_SIZE(instances_names)};
static const struct choices on_limits = {"on_limit", "", on_limit_names,
					 ARRAY_SIZE(on_limit_names)};
const struct choices schema_cpus = {"cpu reduction", "", cpu_names, ARRAY_SIZE(cpu_names)};
const struct choices schema_at_scrapes = {"at_scrape", "", at_scrape_names,
					  ARRAY_SIZE(at_scrape_names)};
const struct duration_range schema_refreshes = {100 * NS_PER_MS, 86400 * NS_PER_S, "100ms to 24h",
						true};
static const struct duration_range idle_times = {NS_PER_S, 365 * 86400 * NS_PER_S, "1s to 365d",
						 true};
const struct number_range schema_max_series = {1, UINT64_MAX, sizeof(uint64_t)};
const struct number_range schema_max_label_bytes = {64, 1 << 20, sizeof(uint32_t)};
static const struct number_range map_ids = {1, UINT32_MAX, sizeof(uint32_t)};

const char *config_read_name(enum config_read read)
{
	return read_names[read];
}

bool config_map_is_many(const struct config_map *map)
{
	return map->map_name || (map->pin && strpbrk(map->pin, "*?["));
}

static void parse_name(struct parser *p, const struct node *n, void *out, const void *arg)
{
	parse_text(p, n, out, arg);
	if (*(char **)out && !**(char **)out)
		complain(p, &n->at, "the name of a map cannot be empty");
}

static void parse_pin(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_map *map = out;

	parse_text(p, n, &map->pin, arg);
	if (map->pin && *map->pin != '/')
		complain(p, &n->at, "the pin '%s' must be an absolute path", map->pin);
}

/* The kernel cuts names without a word. */
static void parse_map_name(struct parser *p, const struct node *n, void *out, const void *arg)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.";
	struct config_map *map = out;

	parse_text(p, n, &map->map_name, arg);
	if (!map->map_name)
		return;
	if (!*map->map_name || map->map_name[strspn(map->map_name, allowed)])
		complain(p, &n->at,
			 "'%s' is not the name of a loaded map: letters, digits, _ and .",
			 map->map_name);
	map->name_is_cut = strlen(map->map_name) > KERNEL_NAME_MAX;
	if (map->name_is_cut)
		map->map_name[KERNEL_NAME_MAX] = '\0';
}

static const struct key map_keys[] = {
	{"name", parse_name, INTO(config_map, name), .required = true},
	{"pin", parse_pin, .offset = 0},
	{"map_name", parse_map_name, .offset = 0},
	{"map_id", parse_number, INTO(config_map, map_id), .arg = &map_ids},
	{"read", parse_choice, INTO(config_map, read), .arg = &reads},
	{"refresh", parse_duration, INTO(config_map, refresh_ns), .arg = &schema_refreshes},
	{"at_scrape", parse_choice, INTO(config_map, at_scrape), .arg = &schema_at_scrapes},
	{"cpu", parse_choice, INTO(config_map, cpu), .arg = &schema_cpus},
	{"where", .parse = NULL},
	{"evict_idle", parse_duration, INTO(config_map, evict_idle_ns), .arg = &idle_times},
	{"max_series", parse_number, INTO(config_map, limits.max_series),
	 .arg = &schema_max_series},
	{"max_label_bytes", parse_number, INTO(config_map, limits.max_label_bytes),
	 .arg = &schema_max_label_bytes},
	{"on_limit", parse_choice, INTO(config_map, limits.on_limit), .arg = &on_limits},
	{"instances", parse_choice, INTO(config_map, instances), .arg = &instances},
	{"key", parse_layout, INTO(config_map, key)},
	{"value", parse_layout, INTO(config_map, value)},
	{"packed", parse_bool, INTO(config_map, packed)},
	{"types", parse_types, .offset = 0},
	{"labels", .parse = NULL},
	{"metrics", .parse = NULL},
};

/* Which map it is. */
static void parse_locator(struct parser *p, const struct node *n, struct config_map *map)
{
	static const char *const names[] = {"pin", "map_name", "map_id"};
	size_t n_found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct node *found = node_find(n, names[i]);

		if (!found)
			continue;
		if (n_found++)
			complain(p, &found->at, "a map has only one of pin, map_name and map_id");
		else
			map->pin_at = found->at;
	}
	if (!n_found)
		complain(p, &n->at, "a map needs the key 'pin', or else 'map_name' or 'map_id'");
}

static void parse_map(struct parser *p, const struct node *n, struct config_map *map)
{
	*map = (struct config_map){
		.at = n->at,
		.pin_at = n->at,
		.refresh_ns = p->refresh_ns,
		.at_scrape = p->at_scrape,
		.limits = p->limits,
	};
	if (!parse_mapping(p, n, "a map", map_keys, ARRAY_SIZE(map_keys), map))
		return;
	parse_locator(p, n, map);
	p->map = map;
	p->map_node = n;
	p->map_labels = node_find(n, "labels");
	p->map_where = node_find(n, "where");
	parse_metrics(p, node_find(n, "metrics"), map);
	check_map(p, n, map);
}

/* Room for @n more. */
static bool maps_reserve(struct parser *p, size_t n)
{
	struct config *c = p->config;
	struct config_map *maps = realloc(c->maps, (c->n_maps + n) * sizeof(*maps));
	struct place *names_at;

	if (maps)
		c->maps = maps;
	names_at = realloc(p->names_at, (c->n_maps + n) * sizeof(*names_at));
	if (names_at)
		p->names_at = names_at;
	p->mistakes->no_memory |= !maps || !names_at;
	return maps && names_at;
}

void parse_maps(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config *c = out;

	(void)arg;
	if (n->kind != NODE_LIST) {
		complain(p, &n->at, "maps must be a list, found %s", node_kind_name(n));
		return;
	}
	if (!n->n_items || !maps_reserve(p, n->n_items))
		return;
	for (size_t i = 0; i < n->n_items; i++) {
		parse_map(p, n->items[i], &c->maps[c->n_maps]);
		p->names_at[c->n_maps++] = place_of_key(n->items[i], "name");
	}
}

void map_done(struct config_map *map)
{
	for (size_t i = 0; i < map->n_metrics; i++)
		metric_done(&map->metrics[i]);
	free(map->metrics);
	for (size_t i = 0; i < map->n_types; i++)
		free(map->types[i].field);
	free(map->types);
	field_free(map->key);
	field_free(map->value);
	free(map->pin);
	free(map->map_name);
	free(map->name);
}
