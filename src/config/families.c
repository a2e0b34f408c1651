// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must agree across all maps, in whichever files they are: names that
 * are unique, metrics of one name that are one family, and names that point
 * to other maps.
 */
#include <stdlib.h>

#include "schema_internal.h"

void check_names(struct parser *p)
{
	const struct config *c = p->config;
	_cleanup_(freep) struct named *names = array_new(p, c->n_maps, sizeof(*names));
	size_t n_names = 0;

	for (size_t i = 0; names && i < c->n_maps; i++) {
		if (c->maps[i].name)
			names[n_names++] = (struct named){c->maps[i].name, p->names_at[i], i};
	}
	complain_twice(p, "map", names, n_names);
}

static void check_stack_map(struct parser *p, const struct config_decoder *d)
{
	const struct config *c = p->config;
	_cleanup_(freep) const char **names = NULL;
	const char *meant;

	if (!d->stack_map)
		return;
	for (size_t i = 0; i < c->n_maps; i++) {
		if (c->maps[i].name && !strcmp(c->maps[i].name, d->stack_map))
			return;
	}
	names = array_new(p, c->n_maps, sizeof(*names));
	for (size_t i = 0; names && i < c->n_maps; i++)
		names[i] = c->maps[i].name;
	meant = names ? str_suggest(d->stack_map, names, c->n_maps) : NULL;
	complain(p, &d->at, "there is no map '%s' among the maps%s%s%s", d->stack_map,
		 meant ? " (did you mean '" : "", meant ? meant : "", meant ? "'?)" : "");
}

void check_stack_maps(struct parser *p)
{
	const struct config *c = p->config;

	for (size_t i = 0; i < c->n_maps; i++) {
		for (size_t k = 0; k < c->maps[i].n_metrics; k++) {
			const struct config_metric *m = &c->maps[i].metrics[k];

			for (size_t l = 0; l < m->n_labels; l++) {
				for (size_t d = 0; d < m->labels[l].n_decoders; d++)
					check_stack_map(p, &m->labels[l].decoders[d]);
			}
		}
	}
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

static bool same_scale(const struct scale *a, const struct scale *b)
{
	return a->mantissa == b->mantissa && a->exp10 == b->exp10 && a->exp2 == b->exp2;
}

static bool same_numbers(const struct config_buckets *a, const struct config_buckets *b)
{
	if (a->n_bounds != b->n_bounds)
		return false;
	for (size_t i = 0; i < a->n_bounds; i++) {
		if (a->bounds[i].mantissa != b->bounds[i].mantissa ||
		    a->bounds[i].exp10 != b->bounds[i].exp10)
			return false;
	}
	return true;
}

/* As far as they are known: not how many slots an array has. */
static bool same_bounds(const struct config_buckets *a, const struct config_buckets *b)
{
	if (a->scheme == SCHEME_UNKNOWN || b->scheme == SCHEME_UNKNOWN)
		return true;
	return a->scheme == b->scheme && a->edges == b->edges && a->start == b->start &&
	       a->width == b->width && same_numbers(a, b) && a->has_zero == b->has_zero &&
	       a->has_overflow == b->has_overflow && same_scale(&a->scale, &b->scale) &&
	       (!a->n_slots || !b->n_slots || a->n_slots == b->n_slots);
}

/* What of @m is not as in @first, NULL: nothing. @help: the first of the family that has one. */
static void check_member(struct parser *p, const struct config_metric *m,
			 const struct config_metric *first, const struct config_metric *help)
{
	bool same_type = m->type == first->type;

	if (m->type != TYPE_UNKNOWN && first->type != TYPE_UNKNOWN && !same_type)
		complain(p, &m->at, "the metric '%s' has another type in " LINE, m->name,
			 LINE_OF(first->at, m->at));
	if (!same_labels(m, first))
		complain(p, &m->at, "the metric '%s' has other labels in " LINE, m->name,
			 LINE_OF(first->at, m->at));
	if (m->help && help && strcmp(m->help, help->help) != 0)
		complain(p, &m->at, "the metric '%s' has another help in " LINE, m->name,
			 LINE_OF(help->at, m->at));
	if (same_type && m->type == CONFIG_HISTOGRAM && !same_bounds(&m->buckets, &first->buckets))
		complain(p, &m->at, "the metric '%s' has other bounds in " LINE, m->name,
			 LINE_OF(first->at, m->at));
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

/* A name that histograms and summaries add to their own. */
static void check_suffix(struct parser *p, const struct config_metric *m, const char *suffix,
			 const struct config_metric *of)
{
	size_t n = strlen(of->name);

	if (!strncmp(m->name, of->name, n) && !strcmp(m->name + n, suffix))
		complain(p, &m->at, "the metric '%s' is what the %s in " LINE " shows as its %s",
			 m->name, of->type == CONFIG_HISTOGRAM ? "histogram" : "summary",
			 LINE_OF(of->at, m->at), suffix + 1);
}

/* @of: each of these, against all that begin with its name: they follow it. */
static void check_suffixes(struct parser *p, const struct member *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct config_metric *of = members[i].metric;

		if ((of->type != CONFIG_HISTOGRAM && of->type != CONFIG_SUMMARY) ||
		    (i && !strcmp(members[i - 1].metric->name, of->name)))
			continue;
		for (size_t k = i + 1;
		     k < n && !strncmp(members[k].metric->name, of->name, strlen(of->name)); k++) {
			check_suffix(p, members[k].metric, "_count", of);
			check_suffix(p, members[k].metric, "_sum", of);
			if (of->type == CONFIG_HISTOGRAM)
				check_suffix(p, members[k].metric, "_bucket", of);
		}
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
	check_suffixes(p, members, n);
}
