// SPDX-License-Identifier: GPL-2.0-only
/* `maps:` and the metrics in them. What does not fit together is found in checks.c. */
#include <stdlib.h>

#include "base/clock.h"
#include "schema_internal.h"

static const char *const type_names[] = {
	[CONFIG_COUNTER] = "counter", [CONFIG_GAUGE] = "gauge", [CONFIG_INFO] = "info"};
static const char *const read_names[] = {
	[CONFIG_READ_SNAPSHOT] = "snapshot", [CONFIG_READ_DRAIN] = "drain"};
static const char *const cpu_names[] = {[CONFIG_CPU_SUM] = "sum",
					[CONFIG_CPU_MAX] = "max",
					[CONFIG_CPU_MIN] = "min",
					[CONFIG_CPU_AVG] = "avg",
					[CONFIG_CPU_EACH] = "each"};
static const char *const at_scrape_names[] = {[CONFIG_AT_SCRAPE_CHEAP] = "cheap",
					      [CONFIG_AT_SCRAPE_ALWAYS] = "always",
					      [CONFIG_AT_SCRAPE_NEVER] = "never"};

static const struct choices types = {"type", "", type_names, ARRAY_SIZE(type_names)};
static const struct choices reads = {"read mode", "", read_names, ARRAY_SIZE(read_names)};
static const struct choices cpus = {"cpu reduction", "", cpu_names, ARRAY_SIZE(cpu_names)};
const struct choices schema_at_scrapes = {"at_scrape", "", at_scrape_names,
					  ARRAY_SIZE(at_scrape_names)};
const struct duration_range schema_refreshes = {100 * NS_PER_MS, 86400 * NS_PER_S, "100ms to 24h",
						true};

const char *config_read_name(enum config_read read)
{
	return read_names[read];
}

static void parse_metric_name(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const char *name;

	parse_text(p, n, out, arg);
	name = *(char **)out;
	if (!name)
		return;
	if (strchr(name, ':'))
		complain(p, &n->at, "the metric name '%s': colons are for recording rules", name);
	else if (!name_is_valid(name))
		complain(p, &n->at,
			 "'%s' is not a metric name: letters, digits and _, no digit first", name);
	else if (!strncmp(name, "bpfmap_", 7) || !strncmp(name, "process_", 8))
		complain(p, &n->at,
			 "the metric name '%s': bpfmap_ and process_ are the exporter's own", name);
}

static const struct key metric_keys[] = {
	{"name", parse_metric_name, INTO(config_metric, name), .required = true},
	{"type", parse_choice, INTO(config_metric, type), .arg = &types, .required = true},
	{"help", parse_text, INTO(config_metric, help)},
	{"value", parse_value, INTO(config_metric, value)},
	{"skip_zero", parse_bool, INTO(config_metric, skip_zero)},
	{"labels", .parse = NULL},
};

static void parse_metric(struct parser *p, const struct node *n, struct config_metric *m)
{
	*m = (struct config_metric){
		.at = n->at,
		.type = TYPE_UNKNOWN,
		.value = {.at = n->at,
			  .expr = {.at = n->at, .mask = UINT64_MAX},
			  .scale = SCALE_ONE},
	};
	if (!parse_mapping(p, n, "a metric", metric_keys, ARRAY_SIZE(metric_keys), m))
		return;
	parse_labels(p, node_find(n, "labels"), m);
	if (m->type == CONFIG_INFO) {
		m->value.is_constant = true;
		m->value.constant = 1;
	}
}

static void metric_done(struct config_metric *m)
{
	for (size_t i = 0; i < m->n_labels; i++)
		label_done(&m->labels[i]);
	free(m->labels);
	free(m->value.expr.field);
	free(m->help);
	free(m->name);
}

static void parse_metrics(struct parser *p, const struct node *n, struct config_map *map)
{
	if (n->kind != NODE_LIST) {
		complain(p, &n->at, "metrics must be a list, found %s", node_kind_name(n));
		return;
	}
	map->metrics = array_new(p, n->n_items, sizeof(*map->metrics));
	for (; map->metrics && map->n_metrics < n->n_items; map->n_metrics++)
		parse_metric(p, n->items[map->n_metrics], &map->metrics[map->n_metrics]);
}

static void parse_pin(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_map *map = out;

	parse_text(p, n, &map->pin, arg);
	map->pin_at = n->at;
	if (map->pin && *map->pin != '/')
		complain(p, &n->at, "the pin '%s' must be an absolute path", map->pin);
}

static void parse_map_name(struct parser *p, const struct node *n, void *out, const void *arg)
{
	parse_text(p, n, out, arg);
	if (*(char **)out && !**(char **)out)
		complain(p, &n->at, "the name of a map cannot be empty");
}

static const struct key map_keys[] = {
	{"name", parse_map_name, INTO(config_map, name), .required = true},
	{"pin", parse_pin, .required = true},
	{"read", parse_choice, INTO(config_map, read), .arg = &reads},
	{"refresh", parse_duration, INTO(config_map, refresh_ns), .arg = &schema_refreshes},
	{"at_scrape", parse_choice, INTO(config_map, at_scrape), .arg = &schema_at_scrapes},
	{"cpu", parse_choice, INTO(config_map, cpu), .arg = &cpus},
	{"key", parse_layout, INTO(config_map, key)},
	{"value", parse_layout, INTO(config_map, value)},
	{"packed", parse_bool, INTO(config_map, packed)},
	{"labels", .parse = NULL},
	{"metrics", .parse = NULL},
};

static void parse_map(struct parser *p, const struct node *n, struct config_map *map)
{
	const struct node *metrics;

	*map = (struct config_map){
		.at = n->at,
		.pin_at = n->at,
		.refresh_ns = p->refresh_ns,
		.at_scrape = p->at_scrape,
	};
	if (!parse_mapping(p, n, "a map", map_keys, ARRAY_SIZE(map_keys), map))
		return;
	p->map_labels = node_find(n, "labels");
	metrics = node_find(n, "metrics");
	if (metrics)
		parse_metrics(p, metrics, map);
	if (!map->n_metrics) {
		/* Nobody has looked at the labels. */
		struct config_metric none = {0};

		parse_labels(p, NULL, &none);
		metric_done(&none);
	}
	check_map(p, n, map);
}

static void maps_check_names(struct parser *p, const struct node *n, const struct config *c)
{
	_cleanup_(freep) struct named *names = array_new(p, c->n_maps, sizeof(*names));
	size_t n_names = 0;

	for (size_t i = 0; names && i < c->n_maps; i++) {
		if (c->maps[i].name)
			names[n_names++] = (struct named){c->maps[i].name,
							  place_of_key(n->items[i], "name"), i};
	}
	complain_twice(p, "map", names, n_names);
}

void parse_maps(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config *c = out;

	(void)arg;
	if (n->kind != NODE_LIST) {
		complain(p, &n->at, "maps must be a list, found %s", node_kind_name(n));
		return;
	}
	c->maps = array_new(p, n->n_items, sizeof(*c->maps));
	if (!c->maps)
		return;
	for (; c->n_maps < n->n_items; c->n_maps++)
		parse_map(p, n->items[c->n_maps], &c->maps[c->n_maps]);
	maps_check_names(p, n, c);
	check_families(p);
}

void map_done(struct config_map *map)
{
	for (size_t i = 0; i < map->n_metrics; i++)
		metric_done(&map->metrics[i]);
	free(map->metrics);
	field_free(map->key);
	field_free(map->value);
	free(map->pin);
	free(map->name);
}
