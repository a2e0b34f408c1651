// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must agree across all maps, in whichever files they are: names that
 * are unique, metrics of one name that are one family, and names that point
 * to other maps.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clashes_internal.h"

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
	struct config_metric *metric;
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
	       a->has_overflow == b->has_overflow && num_scale_equal(&a->scale, &b->scale) &&
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
	else if (m->buckets.is_native != first->buckets.is_native)
		complain(p, &m->at, "the metric '%s' is%s native in " LINE ", but%s here", m->name,
			 first->buckets.is_native ? "" : " not", LINE_OF(first->at, m->at),
			 first->buckets.is_native ? " not" : "");
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

/* Families, of each the first metric whose type is known, as they come in the files. */
struct families {
	struct parser *p;
	struct member *items;
	size_t n;
};

static const char *family_name(const void *arg, size_t i)
{
	return ((const struct families *)arg)->items[i].metric->name;
}

/* Without what OpenMetrics has only in the names of samples. */
static struct str openmetrics_name(const struct config_metric *m, struct str name)
{
	struct str end = m->type == CONFIG_COUNTER ? STR("_total")
			 : m->type == CONFIG_INFO  ? STR("_info")
						   : STR("");

	if (str_ends_in(name, end))
		name.n -= end.n;
	return name;
}

static void claim_names(const void *arg, size_t i, struct str name, struct claims *c)
{
	const struct config_metric *m = ((const struct families *)arg)->items[i].metric;
	struct str family = openmetrics_name(m, name);
	bool is_compound = m->type == CONFIG_HISTOGRAM || m->type == CONFIG_SUMMARY;

	claims_add(c, i, CLAIM_NAME, name, "");
	if (family.n != name.n)
		claims_add(c, i, CLAIM_FAMILY, family, "");
	if (is_compound) {
		claims_add(c, i, CLAIM_COUNT, name, "_count");
		claims_add(c, i, CLAIM_SUM, name, "_sum");
	}
	if (m->type == CONFIG_HISTOGRAM)
		claims_add(c, i, CLAIM_BUCKET, name, "_bucket");
	if (is_compound || m->type == CONFIG_COUNTER)
		claims_add(c, i, CLAIM_CREATED, family, "_created");
}

static void tell_names(void *arg, const struct clash *c)
{
	static const char *const samples[] = {
		[CLAIM_COUNT] = "count", [CLAIM_SUM] = "sum", [CLAIM_BUCKET] = "bucket"};
	const struct families *f = arg;
	/* What has the name of another's sample is told so, wherever it is. */
	bool swap = c->later_kind != CLAIM_NAME;
	const struct config_metric *at = f->items[swap ? c->first : c->later].metric;
	const struct config_metric *other = f->items[swap ? c->later : c->first].metric;
	enum claim_kind kind = swap ? c->later_kind : c->first_kind;
	char scheme[64] = "";

	if (c->scheme != ESCAPING_UTF8)
		(void)snprintf(scheme, sizeof(scheme), " where names are escaped with %s",
			       escaping_name(c->scheme));
	if (kind == CLAIM_NAME)
		complain(f->p, &at->at,
			 "the metrics '%s' and '%s' in " LINE " are both %s%s: rename one",
			 at->name, other->name, LINE_OF(other->at, at->at), c->text, scheme);
	else
		complain(f->p, &at->at,
			 "the metric '%s' is what the %s in " LINE " shows as its %s%s", at->name,
			 other->type == CONFIG_HISTOGRAM ? "histogram" : "summary",
			 LINE_OF(other->at, at->at), samples[kind], scheme);
}

static void crowd(void *arg, size_t i)
{
	((struct families *)arg)->items[i].metric->is_crowded = true;
}

static int order_compare(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	return a->i < b->i ? -1 : a->i > b->i;
}

/* After the names of each family have been compared: they are reordered. */
static void check_shared_names(struct parser *p, struct member *members, size_t n)
{
	struct families f = {.p = p, .items = members};

	for (size_t i = 0; i < n; i++) {
		struct member *last = f.n ? &members[f.n - 1] : NULL;

		if (!last || strcmp(last->metric->name, members[i].metric->name) != 0)
			members[f.n++] = members[i];
		else if (last->metric->type == TYPE_UNKNOWN)
			*last = members[i];
	}
	if (f.n)
		qsort(members, f.n, sizeof(*members), order_compare);
	clashes_tell(p, &(struct claimants){.n = f.n,
					    .name = family_name,
					    .claim = claim_names,
					    .tell = tell_names,
					    .crowd = crowd,
					    .arg = &f});
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
	check_shared_names(p, members, n);
}
