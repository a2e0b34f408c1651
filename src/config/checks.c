// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is impossible whatever the maps look like: combinations inside of one
 * map, and metrics of one name that could not be one family.
 *
 * Parts that were wrong by themselves are unknown here (a type, a label
 * without a field) and match no rule, so that one mistake is told once.
 */
#include <stdlib.h>

#include "schema_internal.h"

/* A map while its metrics are checked. */
struct checked_map {
	struct parser *p;
	const struct config_map *map;
	bool is_glob;
	size_t n_stars;
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
static size_t label_capture(const struct config_label *l)
{
	const char *f = l->expr.field;

	return f && f[0] == '$' && f[1] >= '1' && f[1] <= '9' ? (size_t)(f[1] - '0') : 0;
}

static bool label_tells_instance(const struct config_label *l)
{
	return label_is_unknown(l) || label_capture(l) || label_is_from(l, "$pin") ||
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

static void check_label(const struct checked_map *c, const struct config_label *l)
{
	const struct config_map *map = c->map;
	const char *field = l->expr.field;

	if (!field)
		return;
	if (map->cpu != CONFIG_CPU_EACH && label_is_from(l, "$cpu"))
		complain(c->p, &l->expr.at, "the label '%s' from $cpu needs 'cpu: each'", l->name);
	if (map->pin && label_capture(l) > c->n_stars)
		complain(c->p, &l->expr.at, "the label '%s' from %s, but the pin has %zu '*'",
			 l->name, field, c->n_stars);
	if (map->read == CONFIG_READ_DRAIN &&
	    (!strcmp(field, "value") || !strncmp(field, "value.", 6)))
		complain(
			c->p, &l->expr.at,
			"the label '%s' from a value that 'read: drain' adds up: take it from the key",
			l->name);
}

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n > k && !strcmp(s + n - k, suffix);
}

static void check_name(const struct checked_map *c, const struct node *n,
		       const struct config_metric *m)
{
	struct place at = place_of_key(n, "name");

	if (!m->name)
		return;
	if (m->type == CONFIG_COUNTER && !has_suffix(m->name, "_total"))
		complain(c->p, &at, "the counter '%s' must end in _total, after a name", m->name);
	if (m->type == CONFIG_INFO && !has_suffix(m->name, "_info"))
		complain(c->p, &at, "the info metric '%s' must end in _info, after a name",
			 m->name);
}

static void check_type(const struct checked_map *c, const struct node *n,
		       const struct config_metric *m)
{
	struct place type = place_of_key(n, "type"), value = place_of_key(n, "value");
	struct place skip_zero = place_of_key(n, "skip_zero");

	if (c->map->read == CONFIG_READ_DRAIN &&
	    (m->type == CONFIG_GAUGE || m->type == CONFIG_INFO))
		complain(c->p, &type, "with 'read: drain' a metric must be a counter");
	if (m->type == CONFIG_COUNTER && m->value.is_constant)
		complain(c->p, &value, "a counter cannot have a constant value: make it a gauge");
	if (m->type == CONFIG_INFO && node_find(n, "value"))
		complain(c->p, &value, "an info metric is always 1: it takes no 'value'");
	if (m->type == CONFIG_INFO && m->skip_zero)
		complain(c->p, &skip_zero, "an info metric is always 1: it takes no 'skip_zero'");
}

static void check_metric(const struct checked_map *c, const struct node *n,
			 const struct config_metric *m)
{
	check_name(c, n, m);
	check_type(c, n, m);
	for (size_t i = 0; i < m->n_labels; i++)
		check_label(c, &m->labels[i]);
	if (c->map->cpu == CONFIG_CPU_EACH && !metric_has(m, label_tells_cpu))
		complain(c->p, &m->at, "with 'cpu: each' a metric needs a label from $cpu");
	if (c->is_glob && !metric_has(m, label_tells_instance))
		complain(c->p, &m->at,
			 "the pin may match several maps: a metric needs a label from %s",
			 c->n_stars ? "$1, $pin or $id" : "$pin or $id");
}

static void check_reading(struct parser *p, const struct node *n, const struct config_map *map)
{
	struct place cpu = place_of_key(n, "cpu");
	struct place never = place_of_key(n, node_find(n, "at_scrape") ? "at_scrape" : "refresh");

	if (!map->refresh_ns && map->at_scrape == CONFIG_AT_SCRAPE_NEVER)
		complain(p, &never,
			 "with 'refresh: off' and 'at_scrape: never' the map is never read");
	if (map->read == CONFIG_READ_DRAIN && map->cpu != CONFIG_CPU_SUM &&
	    map->cpu != CONFIG_CPU_EACH)
		complain(p, &cpu, "with 'read: drain' cpu must be sum or each");
}

void check_map(struct parser *p, const struct node *n, const struct config_map *map)
{
	struct checked_map c = {.p = p, .map = map};
	const struct node *metrics = node_find(n, "metrics");

	if (map->pin)
		c.is_glob = strpbrk(map->pin, "*?[");
	for (const char *s = map->pin; s && (s = strchr(s, '*')); s++)
		c.n_stars++;
	check_reading(p, n, map);
	for (size_t i = 0; i < map->n_metrics; i++)
		check_metric(&c, metrics->items[i], &map->metrics[i]);
}

/* A metric while families are compared. */
struct member {
	const struct config_metric *metric;
	size_t i; /* the order */
};

static int member_compare(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	int r = strcmp(a->metric->name, b->metric->name);

	return r ? r : a->i < b->i ? -1 : 1;
}

static bool same_labels(const struct config_metric *a, const struct config_metric *b)
{
	if (a->n_labels != b->n_labels)
		return false;
	for (size_t i = 0; i < a->n_labels; i++) {
		const char *x = a->labels[i].name, *y = b->labels[i].name;

		if (x && y && strcmp(x, y) != 0)
			return false;
	}
	return true;
}

/* @help: the first of the family that has one. */
static void check_member(struct parser *p, const struct config_metric *m,
			 const struct config_metric *first, const struct config_metric *help)
{
	if (m->type != TYPE_UNKNOWN && first->type != TYPE_UNKNOWN && m->type != first->type)
		complain(p, &m->at, "the metric '%s' has another type in line %u", m->name,
			 first->at.line);
	if (!same_labels(m, first))
		complain(p, &m->at, "the metric '%s' has other labels in line %u", m->name,
			 first->at.line);
	if (m->help && help && strcmp(m->help, help->help) != 0)
		complain(p, &m->at, "the metric '%s' has another help in line %u", m->name,
			 help->at.line);
}

static void check_members(struct parser *p, const struct member *members, size_t n)
{
	const struct config_metric *first = NULL, *help = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct config_metric *m = members[i].metric;

		if (!first || strcmp(first->name, m->name) != 0) {
			first = m;
			help = NULL;
		} else {
			check_member(p, m, first, help);
		}
		if (!help && m->help)
			help = m;
	}
}

void check_families(struct parser *p)
{
	const struct config *c = p->config;
	_cleanup_(freep) struct member *members = NULL;
	size_t n = 0, n_all = 0;

	for (size_t i = 0; i < c->n_maps; i++)
		n_all += c->maps[i].n_metrics;
	members = array_new(p, n_all, sizeof(*members));
	for (size_t i = 0; members && i < c->n_maps; i++) {
		for (size_t k = 0; k < c->maps[i].n_metrics; k++) {
			if (c->maps[i].metrics[k].name) {
				members[n] = (struct member){&c->maps[i].metrics[k], n};
				n++;
			}
		}
	}
	if (n)
		qsort(members, n, sizeof(*members), member_compare);
	check_members(p, members, n);
}
