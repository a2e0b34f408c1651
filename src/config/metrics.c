// SPDX-License-Identifier: GPL-2.0-only
/* `metrics:` of a map. What does not fit together is found in checks.c. */
#include <stdlib.h>

#include "schema_internal.h"

static const char *const type_names[] = {[CONFIG_COUNTER] = "counter",
					 [CONFIG_GAUGE] = "gauge",
					 [CONFIG_HISTOGRAM] = "histogram",
					 [CONFIG_SUMMARY] = "summary",
					 [CONFIG_INFO] = "info"};
static const char *const aggregate_names[] = {[CONFIG_AGGREGATE_SUM] = "sum",
					      [CONFIG_AGGREGATE_MAX] = "max",
					      [CONFIG_AGGREGATE_MIN] = "min",
					      [CONFIG_AGGREGATE_AVG] = "avg"};

static const struct choices types = {"type", "", type_names, ARRAY_SIZE(type_names)};
static const struct choices aggregates = {"aggregate", "", aggregate_names,
					  ARRAY_SIZE(aggregate_names)};

static void parse_metric_name(struct parser *p, const struct node *n, void *out, const void *arg)
{
	static const char why[] = "bpfmap_ and process_ are the exporter's own";
	static const struct reserved reserved[] = {{"bpfmap_", why}, {"process_", why}};
	char **name = out;

	parse_text(p, n, out, arg);
	if (!*name)
		return;
	if (!name_check(p, n, "metric")) {
		free(*name);
		*name = NULL;
	} else if (!strcmp(*name, "bpfmap")) {
		complain(
			p, &n->at,
			"the metric name 'bpfmap': OpenMetrics calls the exporter's bpfmap_info so");
	} else if (strchr(*name, ':')) {
		complain(p, &n->at, "the metric name '%s': colons are for recording rules", *name);
	} else if (name_check_prefix(p, n, "metric name", &reserved[0])) {
		name_check_prefix(p, n, "metric name", &reserved[1]);
	}
}

static const struct key metric_keys[] = {
	{"name", parse_metric_name, INTO(config_metric, name), .required = true},
	{"type", parse_choice, INTO(config_metric, type), .arg = &types, .required = true},
	{"help", parse_text, INTO(config_metric, help)},
	{"value", parse_value, INTO(config_metric, value)},
	{"buckets", parse_buckets, INTO(config_metric, buckets)},
	{"native", parse_bool, INTO(config_metric, buckets.is_native)},
	{"sum", parse_sum, .offset = 0},
	{"count", parse_expr, INTO(config_metric, count.expr), .arg = &schema_field_of_number},
	{"skip_zero", parse_bool, INTO(config_metric, skip_zero)},
	{"cpu", parse_choice, INTO(config_metric, cpu), .arg = &schema_cpus},
	{"aggregate", parse_choice, INTO(config_metric, aggregate), .arg = &aggregates},
	{"where", .parse = NULL},
	{"labels", .parse = NULL},
};

static void parse_metric(struct parser *p, const struct node *n, struct config_metric *m)
{
	*m = (struct config_metric){
		.at = n->at,
		.type = TYPE_UNKNOWN,
		.value = VALUE_INIT(n->at),
		.buckets = {.at = n->at,
			    .array = EXPR_INIT(n->at),
			    .slot = EXPR_INIT(n->at),
			    .scale = SCALE_ONE},
		.sum = VALUE_INIT(n->at),
		.count = VALUE_INIT(n->at),
		.cpu = p->map->cpu,
		.cpu_at = place_of_key(p->map_node, "cpu"),
	};
	if (!parse_mapping(p, n, "a metric", metric_keys, ARRAY_SIZE(metric_keys), m))
		return;
	parse_conditions(p, node_find(n, "where"), m);
	parse_labels(p, node_find(n, "labels"), m);
	if (node_find(n, "cpu"))
		m->cpu_at = place_of_key(n, "cpu");
	m->count.at = m->count.expr.at;
	if (!m->sum.has_scale)
		m->sum.scale = m->buckets.scale;
	if (m->type == CONFIG_INFO) {
		m->value.is_constant = true;
		m->value.constant = 1;
	}
}

static void condition_done(struct config_condition *c)
{
	for (size_t i = 0; i < c->n_matches; i++)
		free(c->matches[i].text);
	free(c->matches);
	free(c->field);
}

void metric_done(struct config_metric *m)
{
	for (size_t i = 0; i < m->n_labels; i++)
		label_done(&m->labels[i]);
	for (size_t i = 0; i < m->n_conditions; i++)
		condition_done(&m->conditions[i]);
	free(m->labels);
	free(m->conditions);
	free(m->value.expr.field);
	free(m->sum.expr.field);
	free(m->count.expr.field);
	free(m->buckets.array.field);
	free(m->buckets.slot.field);
	free(m->buckets.bounds);
	free(m->buckets.keys);
	free(m->help);
	free(m->name);
}

void parse_metrics(struct parser *p, const struct node *n, struct config_map *map)
{
	if (n && n->kind != NODE_LIST)
		complain(p, &n->at, "metrics must be a list, found %s", node_kind_name(n));
	else if (n)
		map->metrics = array_new(p, n->n_items, sizeof(*map->metrics));
	for (; n && map->metrics && map->n_metrics < n->n_items; map->n_metrics++)
		parse_metric(p, n->items[map->n_metrics], &map->metrics[map->n_metrics]);
	if (!map->n_metrics) {
		/* Nobody has looked at the labels and conditions. */
		struct config_metric none = {0};

		parse_conditions(p, NULL, &none);
		parse_labels(p, NULL, &none);
		metric_done(&none);
	}
}
