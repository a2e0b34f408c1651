// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is impossible whatever the maps look like: combinations inside of one
 * map and its metrics.
 *
 * Parts that were wrong by themselves are unknown here (a type, a label
 * without a field) and match no rule, so that one mistake is told once. What
 * belongs to a type at all is one table; the fields that a metric uses,
 * wherever they stand, are visited by one walk.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema_internal.h"

/* A map while its metrics are checked. */
struct checked_map {
	struct parser *p;
	const struct config_map *map;
	size_t n_captures;
};

static const char *const type_names[] = {
	[CONFIG_COUNTER] = "a counter",
	[CONFIG_GAUGE] = "a gauge",
	[CONFIG_HISTOGRAM] = "a histogram",
	[CONFIG_SUMMARY] = "a summary",
	[CONFIG_INFO] = "an info metric, which is always 1,",
};

static bool label_is_unknown(const struct config_label *l)
{
	return !l->text && !l->expr.field;
}

static bool label_is_from(const struct config_label *l, const char *field)
{
	return l->expr.field && !strcmp(l->expr.field, field);
}

/* 1 … 9 for $1 … $9, else 0. */
static size_t field_capture(const char *field)
{
	return field && field[0] == '$' && field[1] >= '1' && field[1] <= '9'
		       ? (size_t)(field[1] - '0')
		       : 0;
}

static bool label_tells_instance(const struct config_label *l)
{
	return label_is_unknown(l) || field_capture(l->expr.field) || label_is_from(l, "$pin") ||
	       label_is_from(l, "$id");
}

static bool label_tells_cpu(const struct config_label *l)
{
	return label_is_unknown(l) || label_is_from(l, "$cpu");
}

static bool metric_has(const struct config_metric *m, bool (*test)(const struct config_label *l))
{
	for (size_t i = 0; i < m->n_labels; i++) {
		if (test(&m->labels[i]))
			return true;
	}
	return false;
}

static void check_name(const struct checked_map *c, const struct node *n,
		       const struct config_metric *m)
{
	struct place at = place_of_key(n, "name");

	if (!m->name)
		return;
	if (m->type == CONFIG_COUNTER && !str_ends_in(str_of(m->name), STR("_total")))
		complain(c->p, &at, "the counter '%s' must end in _total, after a name", m->name);
	if (m->type == CONFIG_INFO && !str_ends_in(str_of(m->name), STR("_info")))
		complain(c->p, &at, "the info metric '%s' must end in _info, after a name",
			 m->name);
}

#define TYPE(type) (1U << (type))

/* Keys that not every type has, and those that it must have. */
static const struct {
	const char *key;
	unsigned int allowed, required;
} keys_of_types[] = {
	{"value", TYPE(CONFIG_COUNTER) | TYPE(CONFIG_GAUGE) | TYPE(CONFIG_HISTOGRAM), 0},
	{"buckets", TYPE(CONFIG_HISTOGRAM), TYPE(CONFIG_HISTOGRAM)},
	{"native", TYPE(CONFIG_HISTOGRAM), 0},
	{"sum", TYPE(CONFIG_HISTOGRAM) | TYPE(CONFIG_SUMMARY), TYPE(CONFIG_SUMMARY)},
	{"count", TYPE(CONFIG_SUMMARY), TYPE(CONFIG_SUMMARY)},
	{"aggregate", TYPE(CONFIG_GAUGE), 0},
};

static void check_keys(const struct checked_map *c, const struct node *n,
		       const struct config_metric *m)
{
	struct place skip_zero = place_of_key(n, "skip_zero");

	for (size_t i = 0; i < ARRAY_SIZE(keys_of_types); i++) {
		const char *key = keys_of_types[i].key;
		struct place at = place_of_key(n, key);

		if (node_find(n, key) && !(keys_of_types[i].allowed & TYPE(m->type)))
			complain(c->p, &at, "%s takes no '%s'", type_names[m->type], key);
		if (!node_find(n, key) && (keys_of_types[i].required & TYPE(m->type)))
			complain(c->p, &n->at, "%s needs the key '%s'", type_names[m->type], key);
	}
	if (m->type == CONFIG_INFO && m->skip_zero)
		complain(c->p, &skip_zero, "%s takes no 'skip_zero'", type_names[m->type]);
}

static bool type_is_added(enum config_metric_type type)
{
	return type == CONFIG_COUNTER || type == CONFIG_HISTOGRAM;
}

static void check_value(const struct checked_map *c, const struct node *n,
			const struct config_metric *m)
{
	const struct node *value = node_find(n, "value"), *buckets = node_find(n, "buckets");
	struct place at;

	if (!value || !type_is_added(m->type))
		return;
	if (m->value.is_constant && c->map->read != CONFIG_READ_DRAIN)
		complain(c->p, &value->at, "%s cannot have a constant value: make it a gauge",
			 type_names[m->type]);
	at = place_of_key(value, "offset");
	if (node_find(value, "offset"))
		complain(c->p, &at, "%s takes no offset: it would be added for each entry and CPU",
			 type_names[m->type]);
	at = place_of_key(value, "clock");
	if (node_find(value, "clock"))
		complain(c->p, &at, "clock is for gauges: a point in time is not added up");
	at = place_of_key(value, "scale");
	if (m->value.is_negative)
		complain(c->p, &at, "%s cannot fall: its scale must be above 0",
			 type_names[m->type]);
	if (m->type == CONFIG_HISTOGRAM && node_find(value, "scale"))
		complain(c->p, &at, "what a histogram counts has no scale: the buckets have one");
	if (m->type == CONFIG_HISTOGRAM && buckets && node_find(buckets, "field"))
		complain(c->p, &value->at,
			 "'value' goes with 'slot': the buckets' field holds the counts");
}

static void check_sum(const struct checked_map *c, const struct node *n,
		      const struct config_metric *m)
{
	struct place sum = place_of_key(n, "sum");

	if (m->type == CONFIG_SUMMARY && m->sum_is_slot)
		complain(c->p, &sum, "only a histogram has slots: give the field of the sum");
}

/*
 * What to multiply by instead, so that the unit is a power of two not above
 * @scale: "v * 2^30 / 10^9".
 */
static void describe_scale(const struct scale *scale, char *dst, size_t size, int *ret_exp2)
{
	int n = 0, exp2;

	exp2 = (int)floor(log2(num_scale_double(scale)));
	exp2 = exp2 < -64 ? -64 : exp2 > 64 ? 64 : exp2; /* what a scale can be */
	n = snprintf(dst, size, "v");
	if (scale->mantissa != 1)
		n += snprintf(dst + n, size - (size_t)n, " * %" PRIu64, scale->mantissa);
	if (scale->exp10 > 0)
		n += snprintf(dst + n, size - (size_t)n, " * 10^%d", scale->exp10);
	if (exp2 < 0)
		n += snprintf(dst + n, size - (size_t)n, " * 2^%d", -exp2);
	if (scale->exp10 < 0)
		n += snprintf(dst + n, size - (size_t)n, " / 10^%d", -scale->exp10);
	if (exp2 > 0)
		(void)snprintf(dst + n, size - (size_t)n, " / 2^%d", exp2);
	*ret_exp2 = exp2;
}

/* Whether what is counted is what a native histogram has buckets for, exactly. */
static void check_native(const struct checked_map *c, const struct node *n,
			 const struct config_metric *m)
{
	const struct config_buckets *b = &m->buckets;
	const struct node *buckets = node_find(n, "buckets");
	struct place native = place_of_key(n, "native"), at;
	char product[96];
	int exp2;

	if (m->type != CONFIG_HISTOGRAM || !buckets || !b->is_native || b->scheme == SCHEME_UNKNOWN)
		return;
	if (b->scheme != CONFIG_EXP2) {
		complain(c->p, &native,
			 "a native histogram has only powers of two as bounds, none that are %s: "
			 "remove 'native', the classic buckets stay",
			 b->scheme == CONFIG_LINEAR ? "linear" : "explicit");
		return;
	}
	at = place_of_key(buckets, "edges");
	if (b->edges == CONFIG_EDGES_LOWER && node_find(buckets, "edges"))
		complain(
			c->p, &at,
			"a native histogram has the bounds 2^i, lower edges end with 2^(i+1)-1: let the "
			"program count v in slot i where 2^(i-1) < v <= 2^i, and write 'edges: upper'");
	at = place_of_key(buckets, "scale");
	if (num_scale_is_power_of_two(&b->scale))
		return;
	describe_scale(&b->scale, product, sizeof(product), &exp2);
	complain(c->p, &at,
		 "the scale of a native histogram is a power of two, %s is none: let the program "
		 "count in units of 2^%d (%s, rounded up; mind the overflow), and write 'scale: "
		 "2^%d'",
		 node_find(buckets, "scale")->text, exp2, product, exp2);
}

static bool cpu_adds_or_keeps(enum config_cpu cpu)
{
	return cpu == CONFIG_CPU_SUM || cpu == CONFIG_CPU_EACH;
}

static void check_cpu(const struct checked_map *c, const struct node *n,
		      const struct config_metric *m)
{
	bool drains = c->map->read == CONFIG_READ_DRAIN;

	if ((m->type == CONFIG_HISTOGRAM || m->type == CONFIG_SUMMARY) &&
	    !cpu_adds_or_keeps(m->cpu))
		complain(c->p, &m->cpu_at, "the cpu reduction of %s must be sum or each",
			 type_names[m->type]);
	else if (drains && node_find(n, "cpu") && !cpu_adds_or_keeps(m->cpu))
		complain(c->p, &m->cpu_at, "with 'read: drain' cpu must be sum or each");
	if (m->cpu == CONFIG_CPU_EACH && !metric_has(m, label_tells_cpu))
		complain(c->p, &m->at, "with 'cpu: each' a metric needs a label from $cpu");
}

/* Over all the fields that a metric uses. */
struct walk {
	const struct checked_map *c;
	const struct config_metric *m;
	unsigned int n_stars; /* the most in a path */
	void (*visit)(struct walk *w, const char *field, const struct place *at);
};

static void visit(struct walk *w, const struct config_expr *e)
{
	if (e->field)
		w->visit(w, e->field, &e->at);
}

static void walk_fields(struct walk *w)
{
	const struct config_metric *m = w->m;

	visit(w, &m->value.expr);
	visit(w, &m->buckets.array);
	visit(w, &m->buckets.slot);
	visit(w, &m->sum.expr);
	visit(w, &m->count.expr);
	for (size_t i = 0; i < m->n_conditions; i++) {
		if (m->conditions[i].field)
			w->visit(w, m->conditions[i].field, &m->conditions[i].at);
	}
	for (size_t i = 0; i < m->n_labels; i++) {
		visit(w, &m->labels[i].expr);
		for (size_t k = 0; k < m->labels[i].n_decoders; k++)
			visit(w, &m->labels[i].decoders[k].length);
	}
}

static void count_stars(struct walk *w, const char *field, const struct place *at)
{
	unsigned int n = 0;

	(void)at;
	while ((field = strchr(field, '*'))) {
		n++;
		field++;
	}
	if (n > w->n_stars)
		w->n_stars = n;
}

static void check_capture(const struct checked_map *c, const char *field, const struct place *at)
{
	size_t capture = field_capture(field);

	if (c->map->pin && capture > c->n_captures)
		complain(c->p, at, "%s needs a pin with %zu '*': this one has %zu", field, capture,
			 c->n_captures);
	else if (!c->map->pin && capture)
		complain(c->p, at, "%s needs a pin with '*': this map has no pin", field);
}

static void check_field(struct walk *w, const char *field, const struct place *at)
{
	const struct checked_map *c = w->c;

	check_capture(c, field, at);
	if (!strcmp(field, "$cpu") && w->m->cpu != CONFIG_CPU_EACH)
		complain(c->p, at, "$cpu needs 'cpu: each'");
	if (!strcmp(field, "$i") && !w->n_stars)
		complain(c->p, at, "$i needs a '*' in a field of the metric");
	if (!strcmp(field, "$j") && w->n_stars < 2)
		complain(c->p, at, "$j needs a field of the metric with two '*'");
}

static void check_labels(const struct checked_map *c, const struct config_metric *m)
{
	for (size_t i = 0; i < m->n_labels; i++) {
		const struct config_label *l = &m->labels[i];
		const char *own = m->type == CONFIG_HISTOGRAM ? "le"
				  : m->type == CONFIG_SUMMARY ? "quantile"
							      : NULL;

		if (own && l->name && !strcmp(l->name, own))
			complain(c->p, &l->at, "the label '%s': %s has it for its own use", own,
				 type_names[m->type]);
	}
}

static void check_instances(const struct checked_map *c, const struct config_metric *m)
{
	if (!config_map_is_many(c->map) || c->map->instances == CONFIG_INSTANCES_SUM ||
	    metric_has(m, label_tells_instance))
		return;
	complain(c->p, &m->at,
		 "%s: a metric needs a label from %s$pin or $id, or the map 'instances: sum'",
		 c->map->map_name ? "several maps may have this name"
				  : "the pin may match several maps",
		 c->n_captures ? "$1, " : "");
}

static void check_metric(const struct checked_map *c, const struct node *n,
			 const struct config_metric *m)
{
	struct walk w = {.c = c, .m = m};
	struct place type = place_of_key(n, "type");

	check_name(c, n, m);
	if (m->type != TYPE_UNKNOWN) {
		if (c->map->read == CONFIG_READ_DRAIN && !type_is_added(m->type))
			complain(c->p, &type,
				 "with 'read: drain' a metric must be a counter or a histogram");
		check_keys(c, n, m);
		check_value(c, n, m);
		check_sum(c, n, m);
		check_native(c, n, m);
	}
	check_cpu(c, n, m);
	check_labels(c, m);
	check_instances(c, m);
	w.visit = count_stars;
	walk_fields(&w);
	w.visit = check_field;
	walk_fields(&w);
}

static void check_reading(struct parser *p, const struct node *n, const struct config_map *map)
{
	struct place cpu = place_of_key(n, "cpu"), read = place_of_key(n, "read");
	struct place never = place_of_key(n, node_find(n, "at_scrape") ? "at_scrape" : "refresh");

	if (!map->refresh_ns && map->at_scrape == CONFIG_AT_SCRAPE_NEVER)
		complain(p, &never,
			 "with 'refresh: off' and 'at_scrape: never' the map is never read");
	if (map->read != CONFIG_READ_DRAIN)
		return;
	if (!cpu_adds_or_keeps(map->cpu))
		complain(p, &cpu, "with 'read: drain' cpu must be sum or each");
	if (map->map_name || map->map_id)
		complain(p, &read, "'read: drain' empties the map, so it must be named by its pin");
}

static void check_limits(struct parser *p, const struct node *n, const struct config_map *map)
{
	struct place evict_idle = place_of_key(n, "evict_idle");
	struct place on_limit = place_of_key(n, "on_limit");
	const struct node *metrics = node_find(n, "metrics");

	if (map->evict_idle_ns && map->read == CONFIG_READ_DRAIN)
		complain(p, &evict_idle, "'read: drain' deletes every key: remove 'evict_idle'");
	if (map->limits.on_limit == CONFIG_ON_LIMIT_OTHER &&
	    (!metrics || (metrics->kind == NODE_LIST && !metrics->n_items)))
		complain(p, &on_limit, "the map has no metrics: remove 'on_limit: other'");
}

static void check_which(struct parser *p, const struct node *n, const struct config_map *map)
{
	struct place instances = place_of_key(n, "instances"), types = place_of_key(n, "types");

	if (map->instances == CONFIG_INSTANCES_SUM && !config_map_is_many(map))
		complain(p, &instances, "there is only one map: remove 'instances: sum'");
	if (map->types && map->key && map->value)
		complain(p, &types,
			 "types correct a layout from BTF: here both are written, change them "
			 "there");
}

void check_map(struct parser *p, const struct node *n, const struct config_map *map)
{
	struct checked_map c = {.p = p, .map = map};
	const struct node *metrics = node_find(n, "metrics");

	for (const char *s = map->pin; s && (s = strchr(s, '*')); s++)
		c.n_captures++;
	check_reading(p, n, map);
	check_limits(p, n, map);
	check_which(p, n, map);
	for (size_t i = 0; i < map->n_metrics; i++)
		check_metric(&c, metrics->items[i], &map->metrics[i]);
}
